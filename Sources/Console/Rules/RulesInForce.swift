internal import RuleLanguage

/// The site's rules, with what pages need of them.
struct RulesInForce: Sendable {
    var ruleSet: RuleSet?
    var vocabulary: [[String: String]] = []
    var findings: [[String: String]] = []

    init(_ ruleSet: RuleSet?) {
        self.ruleSet = ruleSet
        guard let ruleSet else { return }
        vocabulary = ruleSet.labels.values.sorted { ($0.tier, $0.id) < ($1.tier, $1.id) }.map { label in
            ["id": label.id, "words": label.meaning.map { "\(label.id): \($0)" } ?? label.id]
        }
        findings = RulePages.findings(ruleSet)
    }
}
