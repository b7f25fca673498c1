public import Host

/// A rule set that decides from now on.
public struct Activation: Hashable, Sendable {
    public var id: Int64
    public var ruleSet: String
    public var revision: Int64
    /// SHA-256 of the rule set, 64 hexadecimal digits.
    public var digest: String
    public var tier: Int
    public var author: Person
    public var reason: String
    public var time: Instant
}
