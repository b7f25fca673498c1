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
        /// A leaf or a node that is not what it was.
        case changed
        /// A proof that does not lead to the root.
        case proof
        /// An opening that does not open its commitment.
        case opening
        /// Text that is no signed note, checkpoint, proof or policy.
        case note
        /// A key that is none, or not of the kind that is needed.
        case key
        /// A signature that is missing or wrong.
        case signature
        /// Fewer cosignatures than the policy asks for.
        case quorum
        /// The log is not the one of which the last checkpoint was signed, or not all of it.
        case fork
        /// A time stamp that is none, or does not fit.
        case timeStamp
        /// Something of the file system or of the network failed.
        case unavailable
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
