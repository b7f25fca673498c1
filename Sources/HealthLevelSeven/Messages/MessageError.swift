/// What is wrong with a message, as an ERR segment says it: a code of table 0357, a place, and words without a value.
public struct MessageError: Error, Hashable, Sendable {
    public enum Code: Int, Hashable, Sendable {
        case segmentSequence = 100
        case requiredField = 101
        case dataType = 102
        case tableValue = 103
        case unsupportedMessageType = 200
        case unsupportedEvent = 201
        case unsupportedProcessing = 202
        case unsupportedVersion = 203
        case internalError = 207

        /// As table 0357 has it.
        public var name: String {
            switch self {
            case .segmentSequence: "Segment sequence error"
            case .requiredField: "Required field missing"
            case .dataType: "Data type error"
            case .tableValue: "Table value not found"
            case .unsupportedMessageType: "Unsupported message type"
            case .unsupportedEvent: "Unsupported event code"
            case .unsupportedProcessing: "Unsupported processing id"
            case .unsupportedVersion: "Unsupported version id"
            case .internalError: "Application internal error"
            }
        }
    }

    /// ERR-4, table 0516.
    public enum Severity: String, Hashable, Sendable {
        case error = "E"
        case warning = "W"
        case information = "I"
    }

    public var code: Code
    /// `PID-3`, `MSH`; empty for the message as a whole.
    public var place: String
    /// Lower case, no full stop, no value of the message.
    public var reason: String
    public var severity: Severity

    public init(_ code: Code, _ place: String, _ reason: String, severity: Severity = .error) {
        self.code = code
        self.place = place
        self.reason = reason
        self.severity = severity
    }
}

extension MessageError: CustomStringConvertible {
    public var description: String { place.isEmpty ? reason : "\(place): \(reason)" }
}
