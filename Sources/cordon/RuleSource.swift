import Gatekeeper
import Inputs
import RuleLanguage

/// A rule set from its file, with what is wrong in it told on standard error.
enum RuleSource {
    /// - Parameter tier: in place of the one that the rule set states.
    static func load(_ path: String, tier: Int? = nil) throws -> RuleSet {
        let (ruleSet, findings) = RuleSetLoader().load(path: path)
        for finding in findings where ruleSet == nil || finding.severity == .error {
            StandardError.print(finding.rendered)
        }
        guard var ruleSet else {
            let count = findings.count { $0.severity == .error }
            throw RunError(.arguments, "the rule set does not load: \(count) \(count == 1 ? "error" : "errors")")
        }
        if let tier {
            guard (1...4).contains(tier) else { throw RunError(.arguments, "a tier is 1, 2, 3 or 4") }
            ruleSet.tier = tier
        }
        return ruleSet
    }
}
