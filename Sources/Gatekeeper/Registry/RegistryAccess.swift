public import DICOMFile
public import Inputs
public import Registry
public import RuleEngine

/// What a run asks of a site's registry, and tells it. `SiteRegistry` is the one; tests have their own.
public protocol RegistryAccess: Sendable {
    /// Holds in force and labels, for an instance with this data set.
    func knowledge(of file: DICOMFile) throws(RunError) -> RegistryKnowledge

    /// Places what rules want. What the same rule placed before, for the same study or patient and matter, is not placed
    /// again, also when people have released it since.
    /// - Returns: how many holds are new.
    func place(_ holds: Set<WantedHold>, ofRuleSet ruleSet: String) throws(RunError) -> Int

    /// Is told, before anything is copied, which labels rules gave to patients, and so to studies that this run may not see.
    func found(_ labels: Set<PatientLabel>)

    /// What is to be written down of an instance; nil for one of which nothing can be read.
    func seen(_ file: DICOMFile?) -> InstanceIdentity

    /// Writes down instances that were seen and what was decided for them; what is written already, once.
    func record(_ decisions: [RecordedDecision]) throws(RunError)
}

extension RegistryAccess {
    /// A registry that is told of decisions needs no more.
    public func found(_ labels: Set<PatientLabel>) {}
}

/// What was decided for one instance of a run.
public struct RecordedDecision: Sendable {
    /// Of the bytes that came in.
    public var digest: String
    public var size: Int
    public var identity: InstanceIdentity
    /// `release`, `flag`, `deidentify` or `sequester`.
    public var disposition: String
    public var profile: String?
    /// Fingerprint of the key, where pseudonyms were made.
    public var key: String?
    /// JSON, without values.
    public var explanation: String
    /// Of the bytes that left, or were sequestered.
    public var output: String?
    public var context: Context

    package init(
        digest: String, size: Int, identity: InstanceIdentity, disposition: String, profile: String?, key: String?,
        explanation: String, output: String?, context: Context
    ) {
        self.digest = digest
        self.size = size
        self.identity = identity
        self.disposition = disposition
        self.profile = profile
        self.key = key
        self.explanation = explanation
        self.output = output
        self.context = context
    }

    /// What all decisions of a run share.
    public struct Context: Sendable {
        public var audience: String
        public var ruleSet: String
        public var revision: String
        public var ruleSetDigest: String
        public var tier: Int

        package init(audience: String, ruleSet: String, revision: String, ruleSetDigest: String, tier: Int) {
            self.audience = audience
            self.ruleSet = ruleSet
            self.revision = revision
            self.ruleSetDigest = ruleSetDigest
            self.tier = tier
        }
    }
}
