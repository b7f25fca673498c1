import Gatekeeper
import Inputs
import Registry
import RuleLanguage

/// A rule set from its file, with what is wrong in it told on standard error.
enum RuleSource {
    /// - Parameters:
    ///   - tier: in place of the one that the rule set states.
    ///   - registry: whose lists it may name.
    static func load(_ path: String, tier: Int? = nil, registry: Registry? = nil) throws -> RuleSet {
        let (ruleSet, findings) = RuleSetLoader(registryLists: registry.map { RegistryLists($0) }).load(path: path)
        for finding in findings where ruleSet == nil || finding.severity == .error {
            StandardError.print(finding.json, text: finding.rendered)
        }
        guard let ruleSet else {
            let count = findings.count { $0.severity == .error }
            throw RunError(.arguments, "the rule set does not load: \(count) \(count == 1 ? "error" : "errors")")
        }
        guard let tier else { return ruleSet }
        do throws(RuleSet.TierError) {
            return try ruleSet.at(tier: tier)
        } catch {
            throw RunError(.arguments, error.reason)
        }
    }
}
