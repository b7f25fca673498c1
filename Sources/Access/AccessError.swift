/// Why the core did not do something. Never patient data, and never that something is withheld: that is no error.
public struct AccessError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable {
        /// The question is against the standard: no UID where one must be, a value that cannot be meant.
        case invalid
        /// The archive failed.
        case archive
        /// The registry or the disk failed.
        case storage
        /// It would be more than is given at once.
        case tooMany = "too-many"
        /// The glass is not for this person to break, or not in this way.
        case forbidden
        /// The configuration cannot be meant.
        case configuration
    }

    public var code: Code
    /// Lower case, no full stop.
    public var what: String
    /// What to do about it.
    public var advice: String

    public init(_ code: Code, _ what: String, advice: String = "") {
        self.code = code
        self.what = what
        self.advice = advice
    }

    public var description: String { advice.isEmpty ? what : "\(what); \(advice)" }
}
