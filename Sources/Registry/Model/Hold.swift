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
    /// The rule that placed it, as `rule set/rule`; nil for a person's order.
    public var rule: String?
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

    public typealias Wish = Registry.Wish

    public struct Review: Hashable, Sendable {
        public var person: Person
        public var reason: String
        public var time: Instant
        public var next: Instant?
    }

    public var isInForce: Bool { release == nil }

    /// Whether it is in force at a time. One that was placed to begin at once is, even when a clock was set back since.
    public func isInForce(at time: Instant) -> Bool { isInForce && (start <= placed || start <= time) }
}

/// What somebody asks for who places a hold.
public struct HoldOrder: Hashable, Sendable {
    public var matter: String
    public var custodian: String
    public var reason: String
    public var authority: String
    public var scope: Scope
    /// When it is placed, if not given.
    public var start: Instant?
    public var review: Instant?
    /// The rule that wants it, as `rule set/rule`. The same rule places a hold of a matter on a scope once, also when people
    /// have released it since.
    public var rule: String?

    public init(
        matter: String, custodian: String, reason: String, authority: String, scope: Scope, start: Instant? = nil,
        review: Instant? = nil, rule: String? = nil
    ) {
        self.matter = matter
        self.custodian = custodian
        self.reason = reason
        self.authority = authority
        self.scope = scope
        self.start = start
        self.review = review
        self.rule = rule
    }
}
