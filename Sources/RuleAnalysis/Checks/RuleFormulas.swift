import RuleLanguage

/// The rules of one rule set as functions, with labels of lower tiers as variables of their own: whatever gives a label,
/// a rule sees it or does not.
final class RuleFormulas {
    typealias Function = DecisionDiagrams.Function

    let model: ConditionModel
    let ruleSet: RuleSet
    /// Of the site's tier and below, sorted by tier and name.
    let rules: [Rule]
    private let number: Int
    private var known: [Int: Kleene] = [:]
    private var tooLarge: Set<Int> = []

    init(_ model: ConditionModel, ruleSet number: Int = 0) {
        self.model = model
        self.number = number
        ruleSet = model.ruleSets[number]
        rules = ruleSet.rules.filter { $0.tier <= model.ruleSets[number].tier }.sorted {
            ($0.tier, $0.id) < ($1.tier, $1.id)
        }
    }

    /// Makes the functions of all rules, so that none is made while others are temporary. Of what is too large there is none,
    /// and who asks for it is told so.
    func makeAll() {
        for index in rules.indices { if (try? formula(index)) == nil { tooLarge.insert(index) } }
    }

    /// By place in `rules`.
    func formula(_ index: Int) throws(DecisionDiagrams.TooLarge) -> Kleene {
        if let known = known[index] { return known }
        guard !tooLarge.contains(index) else { throw DecisionDiagrams.TooLarge() }
        let tier = rules[index].tier
        let made = try model.formula(rules[index].condition, number) { name throws(DecisionDiagrams.TooLarge) in
            try model.seen(name, tier: tier, ruleSet: number)
        }
        if !model.diagrams.isTemporary { known[index] = made }
        return made
    }
}

extension ConditionModel {
    /// A label as rules of a tier see it, whatever gave it.
    func seen(_ label: String, tier: Int, ruleSet: Int) throws(DecisionDiagrams.TooLarge) -> Kleene {
        try withContext { context throws(DecisionDiagrams.TooLarge) in
            try context.formula(ContextVariables.SeenLabel(name: label, tier: tier, ruleSet: ruleSet), diagrams)
        }
    }

    /// A label that a code or the registry brings.
    func given(_ label: String) throws(DecisionDiagrams.TooLarge) -> Kleene {
        try withContext { context throws(DecisionDiagrams.TooLarge) in try context.formula(given: label, diagrams) }
    }
}
