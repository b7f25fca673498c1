/// What the registry knows of one study: for those who judge it without seeing it.
public struct StudyRecord: Hashable, Sendable {
    /// Whom its instances name.
    public var patients: [PatientIdentity]
    /// All of them that were ever seen, kept or not.
    public var instances: [RecordedInstance]
    /// Of one rule set, by digest, in the order in which they were recorded.
    public var decisions: [String: [DecidedInstance]]
    /// Of the rule set's last decision of each instance, each once: JSON, without values.
    public var explanations: [String]
}

/// A decision for one instance, without its explanation.
public struct DecidedInstance: Hashable, Sendable {
    public var digest: String
    public var audience: String
    public var disposition: String
    public var ruleSet: String
    public var revision: Int64
    public var ruleSetDigest: String
    /// The registry's number of it.
    public var decision: Int64
    /// What the rules said; another than `disposition` where this instance could not be made safe. Nil where no rule could be
    /// asked.
    public var byRules: String?
}

/// A study and the patient that it names.
public struct PatientStudy: Hashable, Sendable {
    public var study: String
    public var patient: PatientIdentity
}
