internal import Host

/// Why a production was not made, or cannot be checked: what, and what to do. Never patient data.
public struct ProductionError: Error, Hashable, Sendable {
    public enum Code: Hashable, Sendable {
        /// What was asked for cannot be done.
        case arguments
        /// Something that belongs to the matter is not there, or not as it was recorded.
        case missing
        /// The output cannot be written.
        case output
        /// Something that should never be.
        case inconsistent
    }

    public var code: Code
    /// Lower case, no full stop.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension ProductionError {
    init(writing error: SystemError) {
        self.init(.output, "the bag cannot be written: \(error) (\(error.call)); nothing was left of it")
    }
}

extension ProductionError: CustomStringConvertible {
    public var description: String { message }
}
