/// What went wrong between here and another machine: what, and what to do. Never anything that was sent.
public struct TransportError: Error, Hashable, Sendable {
    public enum Code: Hashable, Sendable {
        /// Not an address, a certificate or a key as it should be.
        case configuration
        /// Nobody answers there.
        case unreachable
        /// The other side is not who it should be, or will not speak to us.
        case untrusted
        /// The connection ended before its time.
        case broken
        /// Nothing came, or nothing was taken, for too long.
        case timedOut
        /// An answer that is none.
        case answer
    }

    public var code: Code
    /// Lower case, no full stop.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension TransportError: CustomStringConvertible {
    public var description: String { message }
}
