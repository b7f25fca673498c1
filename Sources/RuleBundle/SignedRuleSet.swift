public import RuleLanguage

/// A rule set that was signed by those whom this machine trusts.
public struct SignedRuleSet: Sendable {
    public let ruleSet: RuleSet
    public let manifest: Manifest
    public let signers: [PublicKey]
    private let memory: RevisionMemory

    /// Reads a bundle, holds it against the trust file and against what was accepted before, and loads the rule set from the
    /// very bytes that were verified.
    ///
    /// - Parameters:
    ///   - remembers: whether the revision is remembered, so that an older one is refused from now on: for whoever uses the
    ///     rule set, and not for who looks at it.
    ///   - findings: what the loader says of the rule set.
    public init(
        path: String, trust: TrustFile, registryLists: RegistryLists? = nil, remembers: Bool,
        findings: inout [Finding]
    ) throws(BundleError) {
        let bundle = try RuleBundle(path: path)
        try self.init(bundle, trust: trust, registryLists: registryLists, remembers: remembers, findings: &findings)
    }

    init(
        _ bundle: RuleBundle, trust: TrustFile, registryLists: RegistryLists? = nil, remembers: Bool,
        findings: inout [Finding]
    ) throws(BundleError) {
        signers = try trust.signers(of: bundle)
        memory = RevisionMemory(beside: trust.path)
        try memory.check(bundle.manifest)
        ruleSet = try bundle.ruleSet(registryLists: registryLists, findings: &findings)
        manifest = bundle.manifest
        // Last, so that a bundle that does not load keeps no older one out.
        if remembers { try remember() }
    }

    /// Remembers the revision, for whoever did not when it was read because more had to be looked at first: it is on disk
    /// when this returns. Refuses a replay, should a later one have come into use meanwhile.
    public func remember() throws(BundleError) { try memory.accept(manifest) }
}
