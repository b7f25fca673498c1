public import RuleLanguage

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
        public enum Kind: Int, Sendable, Hashable {
            case rule, incomingCode, unknownCode, unreadableCode, impliedBy, unreadableIdentity, registry
        }
        public var kind: Kind
        /// The rule's id, or the child label's, or the code as `131392 DCM`. Empty for a code that no vocabulary knows or
        /// that cannot be read, and for an identity that cannot be read: it is a value of the data set, and the evidence says where it stands.
        public var id: String
        /// Of the rule, or of the label; nil for what every rule set has.
        public var location: SourceLocation?
        public var isCertain: Bool
        public var evidence: [Evidence]

        public init(kind: Kind, id: String, location: SourceLocation?, isCertain: Bool, evidence: [Evidence]) {
            self.kind = kind
            self.id = id
            self.location = location == .builtIn ? nil : location
            self.isCertain = isCertain
            self.evidence = evidence
        }

        public static func < (left: Reason, right: Reason) -> Bool {
            (left.kind.rawValue, left.id) < (right.kind.rawValue, right.id)
        }
    }
}
