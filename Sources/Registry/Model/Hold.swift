public import Host

/// An order to preserve bytes as they are. Several may stand over one instance: their union is in force, and the last
/// release frees.
public struct Hold: Hashable, Sendable {
    public var id: Int64
    /// The case it belongs to.
    public var matter: String
    /// Who answers for what is held.
    public var custodian: String
    public var reason: String
    /// Who ordered it: a court, a department.
    public var authority: String
    public var scope: Scope
    public var placedBy: Person
    public var placed: Instant
    /// In force from then on; may lie in the past.
    public var start: Instant
    /// When somebody should ask whether it is still needed. Nothing ends by itself.
    public var review: Instant?
    public var reviews: [Review] = []
    /// The first of two wishes to release, by another than who placed it.
    public var releaseRequest: Wish?
    /// The second, by yet another.
    public var release: Wish?

    public struct Wish: Hashable, Sendable {
        public var person: Person
        public var reason: String
        public var time: Instant
    }

    public struct Review: Hashable, Sendable {
        public var person: Person
        public var reason: String
        public var time: Instant
        public var next: Instant?
    }

    public var isInForce: Bool { release == nil }
}

/// How long bytes are kept, whatever holds there are.
public struct Retention: Hashable, Sendable {
    public enum Mode: String, Hashable, Sendable {
        /// May be shortened by who says expressly that they go round it, with a reason.
        case governance
        /// Nobody shortens it; it may be made longer.
        case compliance
    }

    public var id: Int64
    public var scope: Scope
    public var mode: Mode
    public var until: Instant
    public var author: Person
    public var reason: String
    public var time: Instant
}

/// What a hold or a retention may forbid (P6).
public enum Act: Hashable, Sendable {
    case delete, overwrite, coerce
    case withdrawLabel(Int64)
    /// The fingerprint of the key that links pseudonyms to patients.
    case destroyKey(String)
    /// A code of the DCM scheme: 113001, 113037, 113038, 113039 (IHE IOCM).
    case acceptRejection(String)
}
