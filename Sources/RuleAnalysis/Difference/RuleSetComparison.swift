import DICOMCore
import RuleEngine
import RuleLanguage

/// Compares two rule sets, label by label and audience by audience.
final class RuleSetComparison {
    typealias Entry = RuleSetDifference.Entry
    typealias Shown = RuleSetDifference.Shown
    typealias Verdict = RuleSetDifference.Verdict
    typealias Function = DecisionDiagrams.Function

    let old: RuleSet
    let new: RuleSet
    let model: ConditionModel
    let before: LabelDefinitions
    let after: LabelDefinitions
    let trials: (old: Trial, new: Trial)

    init(old: RuleSet, new: RuleSet, maximumNodes: Int) {
        self.old = old
        self.new = new
        model = ConditionModel([old, new], maximumNodes: maximumNodes)
        let shared = Set(old.labels.keys).intersection(new.labels.keys).union([RuleSet.sensitive])
        before = LabelDefinitions(model, ruleSet: 0, shared: shared)
        after = LabelDefinitions(model, ruleSet: 1, shared: shared)
        trials = (Trial(old), Trial(new))
    }

    var diagrams: DecisionDiagrams { model.diagrams }

    /// `131392 DCM` that one vocabulary knows as another label than the other, or does not know.
    static func changedCodes(_ old: RuleSet, _ new: RuleSet) -> [String] {
        func codes(_ ruleSet: RuleSet) -> [String: String] {
            Dictionary(
                ruleSet.labels.values.compactMap { label in
                    label.code.map { ("\($0) \(label.system ?? "")", label.id) }
                }
            ) { first, _ in first }
        }
        let before = codes(old), after = codes(new)
        return Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted()
    }

    // MARK: - Labels

    func labels() -> [Entry] {
        let names = Set(old.labels.keys).union(new.labels.keys).union([RuleSet.sensitive])
        return names.sorted().map { name in
            if name != RuleSet.sensitive {
                if old.labels[name] == nil { return Entry(name: name, verdict: .added, shown: [], remark: nil) }
                if new.labels[name] == nil { return Entry(name: name, verdict: .removed, shown: [], remark: nil) }
            }
            do throws(DecisionDiagrams.TooLarge) {
                return try label(name)
            } catch {
                return Entry(name: name, verdict: .notKnown, shown: [], remark: "too large to be decided")
            }
        }
    }

    private func label(_ name: String) throws(DecisionDiagrams.TooLarge) -> Entry {
        let lifts = new.labels[name]?.lifts.isEmpty == false
        var shown: [Shown] = []
        var isOpen = false
        func look(_ function: Function, _ direction: Verdict, _ passes: (Truth, Truth) -> Bool) throws(DecisionDiagrams
            .TooLarge)
        {
            guard try model.isPossible(function) else { return }
            let example = try ExampleSearch(model: model).first(of: function) { example in
                guard let truths = self.truths(ofLabel: name, example) else { return false }
                return passes(truths.0, truths.1)
            }
            guard let example, let truths = truths(ofLabel: name, example) else {
                isOpen = true
                return
            }
            shown.append(
                Shown(
                    direction: direction, old: Self.words(truths.0), new: Self.words(truths.1), example: example))
        }
        let was = try before.final(name), becomes = try after.final(name)
        let wasThere = try diagrams.mayHold(was), isThere = try diagrams.mayHold(becomes)
        try look(try diagrams.and(isThere, was.isFalse), lifts ? .laxer : .stricter) { $0 == .false && $1 != .false }
        try look(try diagrams.and(wasThere, becomes.isFalse), lifts ? .stricter : .laxer) {
            $0 != .false && $1 == .false
        }
        if shown.isEmpty {
            let both = try diagrams.and(wasThere, isThere)
            let differs = try diagrams.choose(was.isTrue, try diagrams.not(becomes.isTrue), becomes.isTrue)
            try look(try diagrams.and(both, differs), .different) { $0 != $1 }
        }
        var remark: String?
        if shown.isEmpty, !isOpen, let apart = try differenceOfHolders(name) { remark = apart }
        let verdict = Self.verdict(shown, isOpen: isOpen)
        return Entry(
            name: name, verdict: remark != nil && verdict == .equivalent ? .different : verdict, shown: shown,
            remark: isOpen && verdict == .notKnown ? "something may differ, and no example of it was found" : remark)
    }

    /// Whether the label is given to the patient here and to the study there: the same for one instance, and not for the
    /// patient's other studies.
    private func differenceOfHolders(_ name: String) throws(DecisionDiagrams.TooLarge) -> String? {
        for holder in [LabelDefinitions.Holder.patient, .study] {
            let was = try before.final(name, of: holder), becomes = try after.final(name, of: holder)
            for (left, right) in [(was.isTrue, becomes.isTrue), (was.isFalse, becomes.isFalse)] {
                let differs = try diagrams.choose(left, try diagrams.not(right), right)
                if try model.isPossible(differs) {
                    return
                        "the same for one instance; it is given to the patient in one, and to the study alone in the other"
                }
            }
        }
        return nil
    }

    private func truths(ofLabel name: String, _ example: Example) -> (Truth, Truth)? {
        guard let before = trials.old.observe(example), let after = trials.new.observe(example) else { return nil }
        return (before.truth(ofLabel: name), after.truth(ofLabel: name))
    }

    private static func words(_ truth: Truth) -> String {
        switch truth {
        case .true: "given"
        case .unknown: "given, uncertainly"
        case .false: "not given"
        }
    }

    static func verdict(_ shown: [Shown], isOpen: Bool) -> Verdict {
        let directions = Set(shown.map(\.direction))
        if isOpen && directions.count < 2 { return directions.isEmpty ? .notKnown : .different }
        if directions.isEmpty { return .equivalent }
        return directions.count == 1 ? directions.first ?? .different : .different
    }

    // MARK: - Audiences

    func audiences(_ labels: [Entry]) -> [Entry] {
        Set(old.audiences.keys).union(new.audiences.keys).sorted().map { name in
            guard let was = old.audiences[name] else {
                return Entry(name: name, verdict: .added, shown: [], remark: nil)
            }
            guard let becomes = new.audiences[name] else {
                return Entry(name: name, verdict: .removed, shown: [], remark: nil)
            }
            do throws(DecisionDiagrams.TooLarge) {
                return try audience(
                    AudienceFormulas(audience: was, labels: before, diagrams: diagrams),
                    AudienceFormulas(audience: becomes, labels: after, diagrams: diagrams), labels)
            } catch {
                return Entry(name: name, verdict: .notKnown, shown: [], remark: "too large to be decided")
            }
        }
    }

    private func audience(
        _ was: AudienceFormulas, _ becomes: AudienceFormulas, _ labels: [Entry]
    ) throws(DecisionDiagrams.TooLarge) -> Entry {
        let name = was.audience.id
        var stricter: [Function] = [], laxer: [Function] = []
        for disposition in Disposition.allCases.dropFirst() {
            let before = try was.atLeast(disposition), after = try becomes.atLeast(disposition)
            stricter.append(try diagrams.and(after, try diagrams.not(before)))
            laxer.append(try diagrams.and(before, try diagrams.not(after)))
        }
        var shown: [Shown] = []
        var isOpen = false
        func look(_ functions: [Function], _ direction: Verdict, _ passes: (Decision, Decision) -> Bool)
            throws(DecisionDiagrams.TooLarge)
        {
            var isPossible = false
            for function in functions where try model.isPossible(function) {
                isPossible = true
                let example = try ExampleSearch(model: model).first(of: function) { example in
                    self.decisions(name, example).map { passes($0.0, $0.1) } ?? false
                }
                guard let example, let decisions = decisions(name, example) else { continue }
                shown.append(
                    Shown(
                        direction: direction, old: Self.words(decisions.0), new: Self.words(decisions.1),
                        example: example))
                return
            }
            if isPossible { isOpen = true }
        }
        try look(stricter, .stricter) { $1.disposition > $0.disposition }
        try look(laxer, .laxer) { $1.disposition < $0.disposition }
        let details = try details(was, becomes)
        try look(details.functions, .different) { before, after in
            before.disposition == after.disposition
                && (before.profile != after.profile || before.obligations != after.obligations
                    || before.carriesLabels != after.carriesLabels
                    || before.profile.map(details.changed.contains) ?? false)
        }
        var verdict = Self.verdict(shown, isOpen: isOpen)
        var remark: String?
        if verdict == .notKnown { remark = "something may differ, and no example of it was found" }
        if verdict == .equivalent, try areLiftedOtherwise(was, becomes) {
            verdict = .notKnown
            remark =
                "what is said of the patient lifts nothing where there is no Patient ID, and what is said of the study does"
        }
        if verdict == .equivalent, !holdsForSeveral(was, becomes, labels) {
            remark = "for studies of one instance; labels of several may come together in other ways"
        }
        return Entry(name: name, verdict: verdict, shown: shown, remark: remark)
    }

    /// Whether what lifts clauses is said of the study in one and of the patient in the other: the formulas know no
    /// patient without an ID, of whom nothing lifts.
    private func areLiftedOtherwise(
        _ was: AudienceFormulas, _ becomes: AudienceFormulas
    ) throws(DecisionDiagrams.TooLarge) -> Bool {
        var mayLiftByPatient = false
        for (lifting, definitions) in [(was.lifting, before), (becomes.lifting, after)] {
            for label in lifting.sorted() {
                let ofPatient = try definitions.final(label, of: .patient)
                if try model.isPossible(ofPatient.isTrue) { mayLiftByPatient = true }
            }
        }
        guard mayLiftByPatient else { return false }
        guard was.lifting == becomes.lifting else { return true }
        for label in was.lifting.sorted() {
            if try differenceOfHolders(label) != nil { return true }
        }
        return false
    }

    /// Where decisions of one disposition differ in what else they say.
    private func details(
        _ was: AudienceFormulas, _ becomes: AudienceFormulas
    ) throws(DecisionDiagrams.TooLarge) -> (functions: [Function], changed: Set<String>) {
        var functions: [Function] = []
        func differ(_ left: Function, _ right: Function) throws(DecisionDiagrams.TooLarge) -> Function {
            try diagrams.choose(left, try diagrams.not(right), right)
        }
        for obligation in was.obligations.union(becomes.obligations).sorted() {
            let before = try was.some { $0.obligations.contains(obligation) }
            let after = try becomes.some { $0.obligations.contains(obligation) }
            functions.append(try differ(before, after))
        }
        let carriedBefore = try diagrams.and(
            try was.some(\.carriesLabels), try diagrams.not(try was.atLeast(.deidentify)))
        let carriedAfter = try diagrams.and(
            try becomes.some(\.carriesLabels), try diagrams.not(try becomes.atLeast(.deidentify)))
        functions.append(try differ(carriedBefore, carriedAfter))
        var changed: Set<String> = []
        for profile in was.profiles.union(becomes.profiles).sorted() {
            let before = try was.takes(profile), after = try becomes.takes(profile)
            functions.append(try differ(before, after))
            guard let left = old.profiles[profile], let right = new.profiles[profile],
                !left.doesTheSame(as: right) || hasOtherLists(left)
            else { continue }
            changed.insert(profile)
            functions.append(try diagrams.and(before, after))
        }
        return (functions, changed)
    }

    /// Whether a list that a profile names has other rows now.
    private func hasOtherLists(_ profile: Profile) -> Bool {
        let names = ListIdentity.names(of: [old, new])
        return profile.lists.contains { names[0][$0] != names[1][$0] }
    }

    /// Whether what holds for one instance holds for all studies. Labels of several instances are joined. Where each label
    /// is given alike, those that rules ask for too, all that follows is; where no clause can be lifted and no rule asks for
    /// labels, a study is as restricted as the most restricted of its instances.
    private func holdsForSeveral(_ was: AudienceFormulas, _ becomes: AudienceFormulas, _ labels: [Entry]) -> Bool {
        var used = Set(
            [was.audience, becomes.audience].flatMap { audience in
                audience.clauses.flatMap { $0.labels + ($0.unless.map { [$0] } ?? []) }
            })
        for ruleSet in [old, new] {
            for rule in ruleSet.rules where rule.tier <= ruleSet.tier { used.formUnion(rule.condition.askedLabels) }
        }
        if areSeenAlike, labels.allSatisfy({ !used.contains($0.name) || $0.verdict == .equivalent }) { return true }
        let isSimple = !was.hasLifting && !becomes.hasLifting
        let asks = (old.rules + new.rules).contains { !$0.condition.askedLabels.isEmpty }
        let toPatients = (old.rules + new.rules).contains { !$0.patientLabels.isEmpty }
        return isSimple && !asks && !toPatients
    }

    /// Whether rules see the labels that they ask for as they would in the other rule set: another instance may bring them.
    private var areSeenAlike: Bool {
        [old, new].allSatisfy { ruleSet in
            ruleSet.rules.allSatisfy { rule in
                rule.tier > ruleSet.tier
                    || rule.condition.askedLabels.allSatisfy { label in
                        guard let was = try? before.formula(label, seenByTier: rule.tier),
                            let becomes = try? after.formula(label, seenByTier: rule.tier)
                        else { return false }
                        return was == becomes
                    }
            }
        }
    }

    private func decisions(_ audience: String, _ example: Example) -> (Decision, Decision)? {
        guard let before = trials.old.observe(example)?.decision(audience),
            let after = trials.new.observe(example)?.decision(audience)
        else { return nil }
        return (before, after)
    }

    static func words(_ decision: Decision) -> String {
        var text = decision.disposition.name
        if let profile = decision.profile { text += " by \(profile)" }
        if decision.carriesLabels { text += ", labels written" }
        for obligation in decision.obligations { text += ", \(obligation.code)" }
        return text
    }
}

extension Profile {
    /// Whether another profile, wherever it is written, does the same.
    func doesTheSame(as other: Profile) -> Bool {
        struct Line: Hashable {
            var selector: ProfileStatement.Selector
            var action: ProfileAction
        }
        func lines(_ profile: Profile) -> Set<Line> {
            Set(profile.statements.map { Line(selector: $0.selector, action: $0.action) })
        }
        return lines(self) == lines(other) && settings.withoutPlaces == other.settings.withoutPlaces
            && methodCodes == other.methodCodes && burnedInAnnotation == other.burnedInAnnotation
            && pixels == other.pixels
    }
}

extension ProfileSettings {
    /// The same, wherever it is written, and whatever the files of its certificates are called.
    fileprivate var withoutPlaces: ProfileSettings {
        var result = self
        result.concepts = concepts.map { concept in
            var result = concept
            result.location = .builtIn
            return result
        }
        result.recipients = recipients.map { Recipient(path: "", certificate: $0.certificate) }
            .sorted { $0.certificate.lexicographicallyPrecedes($1.certificate) }
        return result
    }
}
