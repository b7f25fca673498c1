public import Host

/// A label that somebody or something gave. It ends by expiry or by a withdrawal, which is a record of its own.
public struct LabelRecord: Hashable, Sendable {
    /// The number that the registry gave it.
    public var id: Int64
    /// Of a rule set's vocabulary.
    public var label: String
    public var scope: Scope
    public var source: Source
    /// Of a feed: its name and the place that says so, `adt PV1-16`. Only what has the same origin is withdrawn by it.
    public var origin: String?
    public var reason: String
    public var author: Person
    public var time: Instant
    public var expires: Instant?
    /// Whether it says that something is held. Two people withdraw such a label.
    public var tellsOfHold: Bool
    /// The first wish to withdraw such a label.
    public var withdrawalRequest: Registry.Wish?
    /// The wish of the feed that gave such a label to take it back: for people to know, and none of the two.
    public var feedWish: Registry.Wish?
    public var withdrawal: Withdrawal?

    init(
        id: Int64, label: String, scope: Scope, source: Source, origin: String? = nil, reason: String, author: Person,
        time: Instant, expires: Instant? = nil, tellsOfHold: Bool, withdrawalRequest: Registry.Wish? = nil,
        feedWish: Registry.Wish? = nil, withdrawal: Withdrawal? = nil
    ) {
        self.id = id
        self.label = label
        self.scope = scope
        self.source = source
        self.origin = origin
        self.reason = reason
        self.author = author
        self.time = time
        self.expires = expires
        self.tellsOfHold = tellsOfHold
        self.withdrawalRequest = withdrawalRequest
        self.feedWish = feedWish
        self.withdrawal = withdrawal
    }

    /// Whether it counts at a time: before it expires, and before it was withdrawn.
    public func isInForce(at time: Instant) -> Bool {
        (withdrawal.map { time < $0.time } ?? true) && (expires.map { time < $0 } ?? true)
    }

    public enum Source: String, CaseIterable, Hashable, Sendable {
        case person, rule, list, dataSet = "data-set", hold
        /// Another system that tells of persons: HL7 v2, FHIR.
        case feed
    }

    public struct Withdrawal: Hashable, Sendable {
        public var reason: String
        public var author: Person
        /// For a label that tells of a hold: two people.
        public var second: Person?
        public var time: Instant
    }
}
