public import RuleLanguage

/// What was decided for an instance and an audience, with all that led there (P8).
public struct Decision: Sendable, Hashable {
    public var audience: String
    public var disposition: Disposition
    /// With `deidentify`, and only then.
    public var profile: String?
    /// With `flag`, and only then: in a de-identified copy the labels would tell a reader whom to look for.
    public var carriesLabels: Bool
    public var obligations: [Audience.Obligation]
    /// Sorted by name.
    public var labels: [AssignedLabel]
    /// The highest of the confidentiality labels (HL7 HCS: exactly one), `R`; nil when none was given.
    public var confidentiality: String?
    /// `always` and every clause whose label is there, the one that decided first, those that were lifted last.
    public var clauses: [AppliedClause]

    public init(
        audience: String, disposition: Disposition, profile: String?, carriesLabels: Bool,
        obligations: [Audience.Obligation], labels: [AssignedLabel], confidentiality: String?, clauses: [AppliedClause]
    ) {
        self.audience = audience
        self.disposition = disposition
        self.profile = profile
        self.carriesLabels = carriesLabels
        self.obligations = obligations
        self.labels = labels
        self.confidentiality = confidentiality
        self.clauses = clauses
    }

    public struct AppliedClause: Sendable, Hashable {
        /// Labels that made it apply; empty for `always`.
        public var labels: [String]
        public var disposition: Disposition
        public var location: SourceLocation
        /// The clause would apply, and this label lifts it.
        public var liftedBy: String?

        public init(labels: [String], disposition: Disposition, location: SourceLocation, liftedBy: String?) {
            self.labels = labels
            self.disposition = disposition
            self.location = location
            self.liftedBy = liftedBy
        }
    }
}
