/// Why a value cannot be read: the reason for an *unknown* in a condition. Never holds the value.
public struct ValueError: Error, Hashable, Sendable {
    public enum Code: String, Hashable, Sendable {
        case unknownCharacterSet, malformedText, wrongLength, malformedNumber, malformedDate, malformedAge, notText,
            tooLong, unreadable
    }

    public var code: Code
    /// In words, without the value.
    public var reason: String

    public init(_ code: Code, reason: String) {
        self.code = code
        self.reason = reason
    }
}
