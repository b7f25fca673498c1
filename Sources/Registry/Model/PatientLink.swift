public import Host

/// That two identities are one person: what is held and labelled of one is, of both.
public struct PatientLink: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// For good: one identity was taken up in the other, or is its new name (HL7 A18, A40, A47).
        case merge
        /// Until somebody says otherwise (A24, A37).
        case link
    }

    /// The number that the registry gave it.
    public var id: Int64
    public var kind: Kind
    public var one: PatientIdentity
    public var other: PatientIdentity
    public var reason: String
    public var author: Person
    public var time: Instant
    /// Who ended a link. What was held and labelled before that stays so for both.
    public var ended: Registry.Wish?
}
