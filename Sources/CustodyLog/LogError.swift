/// What is wrong with the log, or with something that speaks of it: what, where, and what was expected. Never a personal
/// fact.
public struct LogError: Error, Hashable, Sendable {
    public enum Code: Hashable, Sendable {
        /// An event that cannot become a leaf, or bytes that are none.
        case leaf
        /// A size or an index outside of the tree.
        case size
        /// A leaf or a node that should be there is not.
        case missing
        /// A proof that does not lead to the root.
        case proof
    }

    public var code: Code
    /// Lower case, no full stop.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension LogError: CustomStringConvertible {
    public var description: String { message }
}
