/// What a reader refuses to go beyond (P9).
public struct ParseLimits: Sendable, Hashable {
    /// Deepest nesting of sequences: real objects have six. At most 255.
    public var depth = 32
    /// Most nodes of one data set, of 40 bytes each: an enhanced MR of ten thousand frames has about half a million.
    public var nodes = 8_000_000
    /// Most bytes that a deflated data set may grow to: deflate can make a thousand bytes of one.
    public var inflatedBytes = 4 << 30

    public init() {}
}
