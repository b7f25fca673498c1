import RuleLanguage

/// What makes a study have a label, written out: rules of all tiers, and what codes and the registry bring. Of the study
/// and of the patient apart, for the one spreads to the patient's other studies.
final class LabelDefinitions {
    typealias Function = DecisionDiagrams.Function

    private let model: ConditionModel
    private let number: Int
    let ruleSet: RuleSet
    /// Labels that both vocabularies have: the registry may say them, to both alike.
    private let shared: Set<String>
    private var known: [Key: Kleene] = [:]
    private var formulas: [String: Kleene] = [:]

    enum Holder: Hashable { case study, patient }

    private struct Key: Hashable {
        var label: String
        var tier: Int
        var holder: Holder?
    }

    init(_ model: ConditionModel, ruleSet number: Int, shared: Set<String>) {
        self.model = model
        self.number = number
        self.shared = shared
        ruleSet = model.ruleSets[number]
    }

    /// As rules of a tier see it; as audiences do when the tier is above the site's.
    /// - Parameter holder: nil for both.
    func formula(
        _ label: String, seenByTier tier: Int, of holder: Holder? = nil
    ) throws(DecisionDiagrams.TooLarge) -> Kleene {
        let key = Key(label: label, tier: tier, holder: holder)
        if let known = known[key] { return known }
        var parts: [Kleene] = []
        for rule in ruleSet.rules where rule.tier < tier && rule.tier <= ruleSet.tier {
            let given =
                (holder == .patient ? [] : rule.studyLabels) + (holder == .study ? [] : rule.patientLabels)
            guard given.contains(where: { LabelFamily.ancestors(of: $0, in: ruleSet).contains(label) }) else {
                continue
            }
            parts.append(try formula(of: rule))
        }
        if holder != .patient {
            for name in shared.sorted() where LabelFamily.ancestors(of: name, in: ruleSet).contains(label) {
                parts.append(try model.given(name))
            }
        }
        let made = try model.diagrams.any(parts)
        known[key] = made
        return made
    }

    /// Audiences see what all rules of the site's tier gave, as far as the site's tier goes.
    func final(_ label: String, of holder: Holder? = nil) throws(DecisionDiagrams.TooLarge) -> Kleene {
        guard (ruleSet.labels[label]?.tier ?? (label == RuleSet.sensitive ? 1 : 5)) <= ruleSet.tier else {
            return .never
        }
        return try formula(label, seenByTier: ruleSet.tier + 1, of: holder)
    }

    /// Where some rule of the site's tier fires, or may, that places such a hold.
    func holding(_ isMeant: (RuleHold) -> Bool) throws(DecisionDiagrams.TooLarge) -> Function {
        var parts: [Function] = []
        for rule in ruleSet.rules where rule.tier <= ruleSet.tier && rule.holds.contains(where: isMeant) {
            parts.append(try model.diagrams.mayHold(try formula(of: rule)))
        }
        return try model.diagrams.any(parts)
    }

    private func formula(of rule: Rule) throws(DecisionDiagrams.TooLarge) -> Kleene {
        if let known = formulas[rule.id] { return known }
        let made = try model.formula(rule.condition, number) { name throws(DecisionDiagrams.TooLarge) in
            try self.formula(name, seenByTier: rule.tier)
        }
        formulas[rule.id] = made
        return made
    }
}
