/// A command set (PS3.7 6.3): elements of group 0000 in Implicit VR Little Endian. Values stay as they came; the
/// properties read them.
public struct Command: Hashable, Sendable {
    /// The Command Field (PS3.7 E.1-1). A response is its request with the high bit set.
    public enum Field: UInt16, Hashable, Sendable, CaseIterable {
        case storeRequest = 0x0001, getRequest = 0x0010, findRequest = 0x0020, moveRequest = 0x0021
        case echoRequest = 0x0030, eventReportRequest = 0x0100, actionRequest = 0x0130, cancelRequest = 0x0FFF
        case storeResponse = 0x8001, getResponse = 0x8010, findResponse = 0x8020, moveResponse = 0x8021
        case echoResponse = 0x8030, eventReportResponse = 0x8100, actionResponse = 0x8130
        // Nobody here asks or serves these; they are answered as what they are (0211H).
        case getAttributesRequest = 0x0110, setAttributesRequest = 0x0120, createRequest = 0x0140
        case deleteRequest = 0x0150, getAttributesResponse = 0x8110, setAttributesResponse = 0x8120
        case createResponse = 0x8140, deleteResponse = 0x8150

        public var isResponse: Bool { rawValue & 0x8000 != 0 }
        public var response: Field? { Field(rawValue: rawValue | 0x8000) }
    }

    /// Elements of group 0000 by their element number.
    public enum Element: UInt16, Hashable, Sendable {
        case affectedSOPClassUID = 0x0002, requestedSOPClassUID = 0x0003, commandField = 0x0100, messageID = 0x0110
        case messageIDBeingRespondedTo = 0x0120, moveDestination = 0x0600, priority = 0x0700, dataSetType = 0x0800
        case status = 0x0900, offendingElement = 0x0901, errorComment = 0x0902, errorID = 0x0903
        case affectedSOPInstanceUID = 0x1000, requestedSOPInstanceUID = 0x1001, eventTypeID = 0x1002
        case actionTypeID = 0x1008, remaining = 0x1020, completed = 0x1021, failed = 0x1022, warning = 0x1023
        case moveOriginatorTitle = 0x1030, moveOriginatorMessageID = 0x1031
    }

    /// By element number, ascending when written.
    public private(set) var values: [UInt16: [UInt8]] = [:]

    public init(_ field: Field) {
        self[.commandField] = field.rawValue
        hasDataSet = false
    }

    /// Nil when it is absent or not two bytes.
    public subscript(_ element: Element) -> UInt16? {
        get {
            guard let value = values[element.rawValue], value.count == 2 else { return nil }
            return UInt16(value[0]) | UInt16(value[1]) << 8
        }
        set { values[element.rawValue] = newValue.map { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] } }
    }

    /// Nil when it is absent or not printable ASCII. Padding is taken off and put on.
    public subscript(text element: Element) -> String? {
        get {
            guard let value = values[element.rawValue] else { return nil }
            var reader = ByteReader(value[...], subject: "command", base: 0)
            return try? reader.text()
        }
        set {
            values[element.rawValue] = newValue.map {
                var bytes = Array($0.utf8)
                if !bytes.count.isMultiple(of: 2) {
                    bytes.append(element == .moveDestination || element == .moveOriginatorTitle ? 0x20 : 0)
                }
                return bytes
            }
        }
    }

    public var rawField: UInt16? { self[.commandField] }
    public var field: Field? { rawField.flatMap(Field.init(rawValue:)) }
    public var messageID: UInt16? { self[.messageID] }
    public var status: Status? { self[.status].map(Status.init(rawValue:)) }
    /// Anything but 0101H says that a data set follows (PS3.7 E.1).
    public var hasDataSet: Bool {
        get { self[.dataSetType] != 0x0101 }
        set { self[.dataSetType] = newValue ? 0x0001 : 0x0101 }
    }
    /// Affected or requested SOP class, whichever the message has.
    public var sopClass: String? { self[text: .affectedSOPClassUID] ?? self[text: .requestedSOPClassUID] }
    public var sopInstance: String? { self[text: .affectedSOPInstanceUID] ?? self[text: .requestedSOPInstanceUID] }

    /// The four numbers of sub-operations; those that are absent are 0 (PS3.7 9.3.3.2).
    public var counts: SubOperationCounts {
        get {
            SubOperationCounts(
                remaining: Int(self[.remaining] ?? 0), completed: Int(self[.completed] ?? 0),
                failed: Int(self[.failed] ?? 0), warning: Int(self[.warning] ?? 0))
        }
        set {
            self[.remaining] = UInt16(clamping: newValue.remaining)
            self[.completed] = UInt16(clamping: newValue.completed)
            self[.failed] = UInt16(clamping: newValue.failed)
            self[.warning] = UInt16(clamping: newValue.warning)
        }
    }

    /// The message that a response answers, or that a cancel is about.
    var respondsTo: UInt16? { self[.messageIDBeingRespondedTo] }

    /// The response to this request: same message, SOP class and instance.
    public func response(_ status: Status) -> Command? {
        guard let field = field?.response, !(self.field?.isResponse ?? true), let messageID else { return nil }
        var response = Command(field)
        response[.messageIDBeingRespondedTo] = messageID
        response[.status] = status.rawValue
        response[text: .affectedSOPClassUID] = sopClass
        if field != .echoResponse { response[text: .affectedSOPInstanceUID] = sopInstance }
        response[.actionTypeID] = self[.actionTypeID]
        response[.eventTypeID] = self[.eventTypeID]
        return response
    }
}

extension Command {
    /// Reads a whole command set. Elements of other groups, out of order or twice, and odd lengths, are refused.
    public init(decoding bytes: ArraySlice<UInt8>) throws(PDUError) {
        var reader = ByteReader(bytes, subject: "command set", base: bytes.startIndex)
        var previous = -1
        while !reader.isAtEnd {
            let group = try reader.littleWord(), element = try reader.littleWord(), length = try reader.littleLong()
            guard group == 0, Int(element) > previous else { throw reader.error(.invalidValue) }
            guard length.isMultiple(of: 2) else { throw reader.error(.invalidValue) }
            previous = Int(element)
            let value = Array(try reader.take(Int(length)))
            // The group length says what is known already; some peers count it wrongly.
            if element != 0 { values[element] = value }
        }
        guard rawField != nil, self[.dataSetType] != nil else { throw reader.error(.missingItem) }
        guard messageID != nil || self[.messageIDBeingRespondedTo] != nil else { throw reader.error(.missingItem) }
    }

    public var encoded: [UInt8] {
        var body: [UInt8] = []
        for (element, value) in values.sorted(by: { $0.key < $1.key }) { Self.append(element, value, to: &body) }
        var out: [UInt8] = []
        let length = body.count
        Self.append(0, (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }, to: &out)
        return out + body
    }

    private static func append(_ element: UInt16, _ value: [UInt8], to out: inout [UInt8]) {
        out += [0, 0, UInt8(truncatingIfNeeded: element), UInt8(element >> 8)]
        out += (0..<4).map { UInt8(truncatingIfNeeded: value.count >> (8 * $0)) }
        out += value
    }
}

extension ByteReader {
    mutating func littleWord() throws(PDUError) -> UInt16 { try word().byteSwapped }
    mutating func littleLong() throws(PDUError) -> UInt32 { try long().byteSwapped }
}
