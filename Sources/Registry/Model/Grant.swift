public import Host

/// Broken glass: leave for one person to look at what rules withhold, for a limited time, and to answer for it afterwards.
public struct Grant: Hashable, Sendable {
    public var id: Int64
    /// A patient or a study.
    public var scope: Scope
    public var person: Person
    /// What makes somebody that person: how they were proved, in words of whoever proved it. A grant is nobody else's.
    public var proof: String
    public var reason: String
    public var started: Instant
    /// It is over then, whatever happens.
    public var until: Instant
    /// The audience as which it shows; nil shows things as they are.
    public var audience: String?
    /// The second person, who granted it, where one was asked; nil where somebody breaks the glass alone.
    public var grantedBy: Person?
    /// Who ended it, and why; nil while it runs, or ran out and nobody has written that down yet.
    public var end: Registry.Wish?
    public var reviews: [Review] = []

    /// What somebody found who looked at it afterwards.
    public struct Review: Hashable, Sendable {
        public var person: Person
        public var isJustified: Bool
        public var remark: String
        public var time: Instant
    }

    public func isRunning(at time: Instant) -> Bool { end == nil && started <= time && time < until }
}

/// What somebody asks for who breaks the glass.
public struct GrantOrder: Hashable, Sendable {
    public var scope: Scope
    public var proof: String
    public var reason: String
    public var until: Instant
    public var audience: String?
    public var grantedBy: Person?

    public init(
        scope: Scope, proof: String, reason: String, until: Instant, audience: String? = nil, grantedBy: Person? = nil
    ) {
        self.scope = scope
        self.proof = proof
        self.reason = reason
        self.until = until
        self.audience = audience
        self.grantedBy = grantedBy
    }
}
