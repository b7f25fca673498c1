/// Puts the pieces of messages together: a command whole, then its data set piece by piece (PS3.7 6.3.1, PS3.8 E).
public struct MessageAssembler: Sendable {
    public enum Event: Hashable, Sendable {
        case command(Command, contextID: UInt8)
        /// Bytes of the data set of the last command; the last piece may be empty.
        case data(ArraySlice<UInt8>, isLast: Bool)
    }

    private enum Expectation: Hashable, Sendable { case command, dataSet }

    private var expectation = Expectation.command
    private var contextID: UInt8?
    private var command: [UInt8] = []
    private let contexts: Set<UInt8>
    private let limits: PDULimits

    /// - Parameter contexts: those that were accepted; pieces of others are an error.
    public init(contexts: Set<UInt8>, limits: PDULimits = PDULimits()) {
        self.contexts = contexts
        self.limits = limits
    }

    /// Between messages, where an association may be released.
    public var isIdle: Bool { expectation == .command && contextID == nil }

    public mutating func take(_ value: PresentationDataValue) throws(PDUError) -> Event? {
        guard contexts.contains(value.contextID), contextID == nil || contextID == value.contextID else {
            throw PDUError(.invalidValue, at: 0, "context of a presentation data value")
        }
        guard value.isCommand == (expectation == .command) else {
            throw PDUError(.invalidValue, at: 0, "kind of a presentation data value")
        }
        contextID = value.contextID
        guard value.isCommand else {
            if value.isLast { finish() }
            return .data(value.bytes, isLast: value.isLast)
        }
        guard command.count + value.bytes.count <= limits.commandLength else {
            throw PDUError(.tooLong, at: command.count, "command set")
        }
        command += value.bytes
        guard value.isLast else { return nil }
        let complete = try Command(decoding: command[...])
        command = []
        if complete.hasDataSet { expectation = .dataSet } else { finish() }
        return .command(complete, contextID: value.contextID)
    }

    private mutating func finish() {
        expectation = .command
        contextID = nil
    }
}
