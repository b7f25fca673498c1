public import Host

/// What was decided for an instance and an audience, and by what.
public struct DecisionEntry: Hashable, Sendable {
    /// The number that the registry gave it; 0 before that.
    public var id: Int64
    /// Of the original bytes.
    public var instance: String
    public var audience: String
    /// `release`, `flag`, `deidentify`, `sequester`.
    public var disposition: String
    public var profile: String?
    public var ruleSet: String
    public var revision: Int64
    public var ruleSetDigest: String
    public var tier: Int
    /// Fingerprint of the key that pseudonyms were made with.
    public var key: String?
    /// Labels, rules and clauses with their places: JSON, without values.
    public var explanation: String
    /// Of the bytes that left; nil when nothing did.
    public var output: String?
    public var time: Instant
    public var author: Person

    public init(
        id: Int64 = 0, instance: String, audience: String, disposition: String, profile: String? = nil, ruleSet: String,
        revision: Int64, ruleSetDigest: String, tier: Int, key: String? = nil, explanation: String,
        output: String? = nil, time: Instant, author: Person
    ) {
        self.id = id
        self.instance = instance
        self.audience = audience
        self.disposition = disposition
        self.profile = profile
        self.ruleSet = ruleSet
        self.revision = revision
        self.ruleSetDigest = ruleSetDigest
        self.tier = tier
        self.key = key
        self.explanation = explanation
        self.output = output
        self.time = time
        self.author = author
    }
}

/// Decisions of a span of time.
public struct DecisionCount: Hashable, Sendable {
    /// When the span begins.
    public var start: Instant
    /// All of them.
    public var count: Int
    /// Those that sequester.
    public var kept: Int

    public init(start: Instant, count: Int, kept: Int) {
        self.start = start
        self.count = count
        self.kept = kept
    }
}
