public import RuleLanguage

/// All evaluations of a run, joined by study and patient. Adding in any order gives the same book (P4).
public struct StudyBook: Sendable {
    public init(_ ruleSet: RuleSet, tier: Int? = nil) {}

    public mutating func add(_ evaluation: Evaluation) {}

    /// Labels of every study, tier by tier. Call once, when everything has been added.
    public func resolve() -> ResolvedLabels { ResolvedLabels() }
}

public struct ResolvedLabels: Sendable {
    init() {}

    /// Labels that hold for an instance of this study and patient, sorted by name, with their reasons.
    public func labels(study: StudyKey, patient: PatientKey) -> [AssignedLabel] { [] }
}

/// A label that a study has, and why.
public struct AssignedLabel: Sendable, Hashable {
    public var label: String
    /// False when every reason for it is an unknown.
    public var isCertain: Bool
    /// Sorted and capped: the first few are enough to explain.
    public var reasons: [Reason]

    public init(label: String, isCertain: Bool, reasons: [Reason]) {
        self.label = label
        self.isCertain = isCertain
        self.reasons = reasons
    }

    /// What gave a label: a rule and the attributes that made it fire, or a code that came in, or a child label.
    public struct Reason: Sendable, Hashable, Comparable {
        public enum Kind: Int, Sendable, Hashable { case rule, incomingCode, unknownCode, unreadableCode, impliedBy }
        public var kind: Kind
        /// The rule's id, or the child label's, or the code as `131392 DCM`.
        public var id: String
        /// Of the rule, or of the label.
        public var location: SourceLocation?
        public var isCertain: Bool
        public var evidence: [Evidence]

        public init(kind: Kind, id: String, location: SourceLocation?, isCertain: Bool, evidence: [Evidence]) {
            self.kind = kind
            self.id = id
            self.location = location
            self.isCertain = isCertain
            self.evidence = evidence
        }

        public static func < (left: Reason, right: Reason) -> Bool {
            (left.kind.rawValue, left.id) < (right.kind.rawValue, right.id)
        }
    }
}

/// What a condition looked at. No values: they are read again from the file by whoever may see them.
public struct Evidence: Sendable, Hashable, Comparable {
    /// `(0010,0020)`, `(0040,0275)/1/(0008,0050)`; or what else was looked at: `preamble`, `source`.
    public var attribute: String
    /// Of the condition.
    public var location: SourceLocation
    /// For an unknown: why the value could not be read.
    public var problem: String?

    public init(attribute: String, location: SourceLocation, problem: String?) {
        self.attribute = attribute
        self.location = location
        self.problem = problem
    }

    public static func < (left: Evidence, right: Evidence) -> Bool {
        (left.attribute, left.location, left.problem ?? "") < (right.attribute, right.location, right.problem ?? "")
    }
}
