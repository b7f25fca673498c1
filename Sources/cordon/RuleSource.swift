import Gatekeeper
import Inputs
import Registry
import RuleBundle
import RuleLanguage

/// A rule set from its file, with what is wrong in it told on standard error.
enum RuleSource {
    /// - Parameters:
    ///   - tier: in place of the one that the rule set states.
    ///   - registry: whose lists it may name.
    ///   - trust: the file that says whose signatures count; nil takes a rule set that nobody signed.
    static func load(
        _ path: String, tier: Int? = nil, registry: Registry? = nil, trust: String? = nil, remembers: Bool = false
    ) throws -> RuleSet {
        try load(path, tier: tier, lists: registry.map { RegistryLists($0) }, trust: trust, remembers: remembers)
    }

    /// - Parameter lists: those that are not in files.
    static func load(
        _ path: String, tier: Int?, lists: RegistryLists?, trust: String?, remembers: Bool
    ) throws -> RuleSet {
        let (ruleSet, findings) =
            if let trust { try signed(path, trust: trust, lists, remembers: remembers) } else {
                try unsigned(path, lists)
            }
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

    private static func unsigned(
        _ path: String, _ lists: RegistryLists?
    ) throws -> (ruleSet: RuleSet?, findings: [Finding]) {
        guard !RuleBundle.isBundle(path: path) else {
            throw RunError(
                .arguments, "`\(path)` is a bundle: say whose signatures count with `--require-signed FILE`")
        }
        return RuleSetLoader(registryLists: lists).load(path: path)
    }

    /// A bundle, and nothing that nobody signed.
    private static func signed(
        _ path: String, trust: String, _ lists: RegistryLists?, remembers: Bool
    ) throws -> (ruleSet: RuleSet?, findings: [Finding]) {
        var findings: [Finding] = []
        do throws(BundleError) {
            let signed = try SignedRuleSet(
                path: path, trust: TrustFile(path: trust), registryLists: lists, remembers: remembers,
                findings: &findings)
            return (signed.ruleSet, findings)
        } catch {
            if error.code == .content, findings.contains(where: { $0.severity == .error }) { return (nil, findings) }
            let hint = error.code == .malformed ? "; `cordon bundle make` makes one of rule files" : ""
            throw RunError(.arguments, error.message + hint)
        }
    }
}
