import RuleLanguage

/// Finds rules of which others do all the work: whenever the rule is true, others give each of its labels for certain, and
/// when it is unknown they give it at least uncertainly.
final class RuleImplication {
    private let formulas: RuleFormulas
    private let ruleSet: RuleSet
    /// Rules by what they give, with all that comes with it.
    private var givers: [Given: Set<Int>] = [:]
    private var supports: [Int: Support] = [:]

    /// The most rules that are joined to imply one.
    private static let limit = 64

    private struct Given: Hashable {
        var label: String
        /// To the patient: that is more than to the study.
        var isOfPatient: Bool
    }

    /// What a rule's truth depends on.
    private struct Support {
        var classes: Set<Int> = []
        /// Places of which it asks more than single classes.
        var whole: Set<PlaceKey> = []
        var places: Set<PlaceKey> = []
        var others: Set<Int> = []
    }

    init(_ formulas: RuleFormulas) {
        self.formulas = formulas
        ruleSet = formulas.ruleSet
        for (index, rule) in formulas.rules.enumerated() {
            for label in rule.studyLabels.flatMap({ LabelFamily.ancestors(of: $0, in: formulas.ruleSet) }) {
                givers[Given(label: label, isOfPatient: false), default: []].insert(index)
            }
            for label in rule.patientLabels.flatMap({ LabelFamily.ancestors(of: $0, in: formulas.ruleSet) }) {
                givers[Given(label: label, isOfPatient: true), default: []].insert(index)
            }
        }
    }

    /// The rules that give all that this one gives, whenever it does; nil when there are none, or nobody knows. Of rules
    /// that imply each other the first is kept.
    /// - Parameter never: rules that do not count: they are never true, or have been found to be implied themselves. So all
    ///   that are found can go together.
    func implying(_ index: Int, without never: Set<Int>) throws(DecisionDiagrams.TooLarge) -> [Int]? {
        let rule = formulas.rules[index]
        // A hold is placed by the rule that says so.
        guard rule.holds.isEmpty else { return nil }
        var all: Set<Int> = []
        for label in rule.studyLabels {
            guard let found = try implying(index, Given(label: label, isOfPatient: false), never) else { return nil }
            all.formUnion(found)
        }
        for label in rule.patientLabels {
            guard let found = try implying(index, Given(label: label, isOfPatient: true), never) else { return nil }
            all.formUnion(found)
        }
        return all.sorted()
    }

    private func implying(_ index: Int, _ given: Given, _ never: Set<Int>) throws(DecisionDiagrams.TooLarge) -> [Int]? {
        let diagrams = formulas.model.diagrams
        let own = try formulas.formula(index)
        let mayHold = try diagrams.mayHold(own)
        let others = try candidates(index, given).filter { $0 != index && !never.contains($0) }
        let way = try witness(index)
        for other in others {
            let formula = try formulas.formula(other)
            // One data set of which this one is true and the other is not is enough to pass by.
            guard diagrams.value(formula.isTrue, way, other: formulas.model.isAbsence) else { continue }
            if try implies(own, mayHold, formula) {
                // Of two that are the same, the first stays.
                let theirs = try diagrams.mayHold(formula)
                if other > index, try implies(formula, theirs, own), gives(index, as: other) { continue }
                return [other]
            }
        }
        guard others.count > 1, others.count <= Self.limit else { return nil }
        var overlapping: [(index: Int, formula: Kleene)] = []
        for other in others {
            let formula = try formulas.formula(other)
            if try formulas.model.isPossible(try diagrams.and(own.isTrue, formula.isTrue)) {
                overlapping.append((other, formula))
            }
        }
        guard overlapping.count > 1 else { return nil }
        var chosen = overlapping
        guard try implies(own, mayHold, try diagrams.any(chosen.map(\.formula))) else { return nil }
        for candidate in overlapping {
            let rest = chosen.filter { $0.index != candidate.index }
            if try implies(own, mayHold, try diagrams.any(rest.map(\.formula))) { chosen = rest }
        }
        return chosen.map(\.index)
    }

    /// Whether a rule gives all labels of another.
    private func gives(_ index: Int, as other: Int) -> Bool {
        let rule = formulas.rules[index], wanted = formulas.rules[other]
        func all(_ labels: [String]) -> Set<String> {
            Set(labels.flatMap { LabelFamily.ancestors(of: $0, in: ruleSet) })
        }
        return all(rule.patientLabels).isSuperset(of: wanted.patientLabels)
            && all(rule.studyLabels + rule.patientLabels).isSuperset(of: wanted.studyLabels)
            && wanted.holds.isEmpty && rule.tier <= wanted.tier
    }

    /// A data set of which a rule is true, as values of variables.
    private func witness(_ index: Int) throws(DecisionDiagrams.TooLarge) -> [Int: Bool] {
        let model = formulas.model
        return model.diagrams.ways(try model.constrained(try formulas.formula(index).isTrue), limit: 1).first ?? [:]
    }

    private func implies(
        _ own: Kleene, _ mayHold: DecisionDiagrams.Function, _ other: Kleene
    ) throws(DecisionDiagrams.TooLarge) -> Bool {
        let diagrams = formulas.model.diagrams
        let open = try diagrams.and(own.isTrue, try diagrams.not(other.isTrue))
        guard try !formulas.model.isPossible(open) else { return false }
        return try !formulas.model.isPossible(try diagrams.and(mayHold, other.isFalse))
    }

    // MARK: - Which rules can have to do with it

    /// Rules by what their truth depends on.
    private struct Related {
        var byVariable: [Int: [Int]] = [:]
        var byPlace: [PlaceKey: [Int]] = [:]
        /// Those that ask more of a place than single classes.
        var byWholePlace: [PlaceKey: [Int]] = [:]
        /// True of everything.
        var others: [Int] = []
    }

    private var related: Related?

    private func relations() -> Related {
        if let related { return related }
        var made = Related()
        for index in formulas.rules.indices {
            // Of what is too large nothing is known, so that it implies nothing.
            guard let own = try? support(index) else { continue }
            for variable in own.classes.union(own.others) { made.byVariable[variable, default: []].append(index) }
            for place in own.places { made.byPlace[place, default: []].append(index) }
            for place in own.whole { made.byWholePlace[place, default: []].append(index) }
            if own.places.isEmpty, own.others.isEmpty { made.others.append(index) }
        }
        related = made
        return made
    }

    /// Rules of the same tier or lower that give as much and ask of something that this one asks of.
    private func candidates(_ index: Int, _ given: Given) throws(DecisionDiagrams.TooLarge) -> [Int] {
        let rule = formulas.rules[index], related = relations(), own = try support(index)
        var found = Set(related.others)
        for variable in own.classes.union(own.others) { found.formUnion(related.byVariable[variable] ?? []) }
        for place in own.whole { found.formUnion(related.byPlace[place] ?? []) }
        for place in own.places { found.formUnion(related.byWholePlace[place] ?? []) }
        // What a patient has, the study has; but what lifts has to be said of the same.
        let lifts = ruleSet.labels[given.label]?.lifts.isEmpty == false
        let wider = !given.isOfPatient && !lifts ? givers[Given(label: given.label, isOfPatient: true)] : nil
        return found.filter { other in
            formulas.rules[other].tier <= rule.tier
                && (givers[given]?.contains(other) == true || wider?.contains(other) == true)
        }.sorted()
    }

    private func support(_ index: Int) throws(DecisionDiagrams.TooLarge) -> Support {
        if let known = supports[index] { return known }
        let formula = try formulas.formula(index)
        var result = Support()
        for variable in formulas.model.diagrams.support(of: [formula.isTrue]) {
            guard let place = formulas.model.owners[variable] else {
                result.others.insert(variable)
                continue
            }
            result.places.insert(place.key)
            if formulas.model.isClosedClass(variable) {
                result.classes.insert(variable)
            } else {
                result.whole.insert(place.key)
            }
        }
        supports[index] = result
        return result
    }
}

extension ConditionModel {
    /// Whether the variable says that an attribute is absent, as attributes are of which nothing is said.
    func isAbsence(_ variable: Int) -> Bool { owners[variable]?.states?.absent == variable }

    /// Whether the variable stands for one text, or a few of which rules think the same.
    func isClosedClass(_ variable: Int) -> Bool { closedClasses.contains(variable) }
}
