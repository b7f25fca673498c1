/// What is wrong with the audit trail: what, where, what to do. Never anything of a message.
public struct AuditError: Error, Hashable, Sendable {
    public enum Code: Hashable, Sendable {
        /// The configuration says something that it cannot.
        case configuration
        /// The queue is full: nothing was added.
        case full
        /// The queue cannot be read or written.
        case unavailable
        /// Part of the queue is not what was written to it.
        case damaged
        /// The receiver did not take what waits; it waits on.
        case receiver
    }

    public var code: Code
    /// Lower case, no full stop.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension AuditError: CustomStringConvertible {
    public var description: String { message }
}
