/// Why bytes of a peer are not a protocol data unit or a command. It never holds a value that the peer sent.
public struct PDUError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// A length says more than is there.
        case truncated
        /// A length, a count or a PDU is beyond `PDULimits`.
        case tooLong
        /// A type of PDU that PS3.8 9.3.1 does not have.
        case unknownType
        /// A value that its field cannot have.
        case invalidValue
        /// Bytes that belong to nothing.
        case trailingBytes
        /// An item that must be there and is not.
        case missingItem
    }

    public var code: Code
    /// Counted from the first byte of the PDU, or of the command set.
    public var offset: Int
    /// What was read, in words of the standard.
    public var subject: String

    public init(_ code: Code, at offset: Int, _ subject: String) {
        self.code = code
        self.offset = offset
        self.subject = subject
    }

    public var description: String {
        let reason =
            switch code {
            case .truncated: "ends early"
            case .tooLong: "is longer than the limit"
            case .unknownType: "has a type that is not in PS3.8 9.3.1"
            case .invalidValue: "has a value that is not allowed"
            case .trailingBytes: "is followed by bytes that belong to nothing"
            case .missingItem: "is missing"
            }
        return "\(subject) \(reason) at byte \(offset)"
    }
}
