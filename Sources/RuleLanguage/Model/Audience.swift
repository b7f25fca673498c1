/// Who would receive a study and for which purpose of use, and what follows from its labels for them.
public struct Audience: Sendable {
    public var id: String
    /// HL7 purpose of use, `TREAT`, `HRESCH`, `HLEGAL`.
    public var purpose: String?
    public var title: String?
    /// What applies to every study.
    public var always: Consequence
    /// Each clause whose label is there is joined to `always`: it can only restrict further.
    public var clauses: [Clause]
    public var location: SourceLocation

    public init(
        id: String, purpose: String?, title: String?, always: Consequence, clauses: [Clause], location: SourceLocation
    ) {
        self.id = id
        self.purpose = purpose
        self.title = title
        self.always = always
        self.clauses = clauses
        self.location = location
    }

    public struct Clause: Sendable {
        /// Any of these.
        public var labels: [String]
        /// A label that lifts the clause, when it is certain.
        public var unless: String?
        public var consequence: Consequence
        public var location: SourceLocation

        public init(labels: [String], unless: String?, consequence: Consequence, location: SourceLocation) {
            self.labels = labels
            self.unless = unless
            self.consequence = consequence
            self.location = location
        }
    }

    public struct Consequence: Sendable, Hashable {
        public var disposition: Disposition
        /// With `deidentify`, and only then.
        public var profile: String?
        /// `flag carry="sensitive-content"`: the labels' codes are written into (0008,001D) of the copy.
        public var carriesLabels: Bool
        public var obligations: [Obligation]

        public init(
            disposition: Disposition, profile: String? = nil, carriesLabels: Bool = false,
            obligations: [Obligation] = []
        ) {
            self.disposition = disposition
            self.profile = profile
            self.carriesLabels = carriesLabels
            self.obligations = obligations
        }
    }

    /// Something that the receiver must do, recorded with the decision (HL7 ObligationPolicy, RefrainPolicy).
    public struct Obligation: Sendable, Hashable, Comparable {
        public var system: String
        public var code: String

        public init(system: String, code: String) {
            self.system = system
            self.code = code
        }

        public static func < (left: Obligation, right: Obligation) -> Bool {
            (left.system, left.code) < (right.system, right.code)
        }
    }
}

/// What happens to a study for an audience, ordered by restriction.
public enum Disposition: Int, Sendable, Hashable, Comparable, CaseIterable {
    case release, flag, deidentify, sequester

    public static func < (left: Disposition, right: Disposition) -> Bool { left.rawValue < right.rawValue }

    /// As in rule files and records: `release`, `flag`, `deidentify`, `sequester`.
    public var name: String { "\(self)" }
}
