/// An HL7 v2 message in the encoding with delimiters (HL7 v2 chapter 2).
public struct Message: Hashable, Sendable {
    public let delimiters: Delimiters
    /// MSH first.
    public let segments: [Segment]

    init(delimiters: Delimiters, segments: [Segment]) {
        self.delimiters = delimiters
        self.segments = segments
    }

    public var header: Segment {
        segments.first ?? Segment(name: "MSH", fields: [], delimiters, MessageCharacterSet([]))
    }

    /// MSH-9.1: `ADT`.
    public var type: String { header[9].repetitions.first?[1] ?? "" }
    /// MSH-9.2, or what EVN-1 says where that is missing: `A08`.
    public var event: String {
        header[9].repetitions.first?[2] ?? segments.first { $0.name == "EVN" }?[1].text ?? ""
    }
    /// MSH-10.
    public var controlID: String { header[10].text }
    /// MSH-3.1 and MSH-4.1.
    public var sender: (application: String, facility: String) { (header[3].text, header[4].text) }
}

/// How messages are read: what one may be at most, beyond which it is refused before it is taken apart, and what it is
/// written in when it does not say so.
public struct MessageLimits: Hashable, Sendable {
    /// Of a whole message, in bytes. ADT messages have some thousands; documents in OBX come in base64.
    public var bytes = 8 << 20
    public var segments = 10_000
    /// Of one segment.
    public var fields = 2000
    /// Of all segments: a field that is empty takes one byte of a message, and a hundred of memory.
    public var allFields = 200_000
    /// Of one field.
    public var repetitions = 10_000
    /// The character set of messages that name none, as table 0211 or DICOM has it; nil for UTF-8.
    public var characterSet: String?

    public init() {}
}
