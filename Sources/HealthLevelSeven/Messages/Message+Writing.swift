extension Message {
    /// As bytes in UTF-8, each segment ended by CR. Trailing fields that are absent are left out (2.6).
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for segment in segments {
            var texts = segment.fields.map { $0.raw ?? "" }
            while texts.last?.isEmpty ?? false { texts.removeLast() }
            bytes += segment.name.utf8
            // The first field of MSH is the separator that follows the name.
            if segment.name == "MSH" { texts = Array(texts.dropFirst()) }
            for text in texts {
                bytes.append(delimiters.field)
                bytes += text.utf8
            }
            // MSH-2 ends with a separator, also where nothing follows: without it nobody knows how long it is.
            if segment.name == "MSH", texts.count <= 1 { bytes.append(delimiters.field) }
            bytes.append(0x0D)
        }
        return bytes
    }
}

/// Makes a message, field by field.
public struct MessageWriter: Sendable {
    private let delimiters: Delimiters
    private var segments: [Segment] = []
    private let characterSet = MessageCharacterSet(["UNICODE UTF-8"])

    public init(delimiters: Delimiters = .usual) { self.delimiters = delimiters }

    /// Adds a segment.
    /// - Parameter fields: by number, escaped as `text` and `components` give them. Of MSH, 1 and 2 are made here.
    public mutating func add(_ name: String, _ fields: [Int: String]) {
        var fields = fields
        if name == "MSH" {
            fields[1] = String(UnicodeScalar(delimiters.field))
            fields[2] = delimiters.encodingCharacters
        }
        let texts = (0..<(fields.keys.max() ?? 0)).map { fields[$0 + 1] ?? "" }
        segments.append(
            Segment(
                name: name, fields: texts.map { Field(raw: $0, delimiters, characterSet) }, delimiters, characterSet))
    }

    /// Text as it stands in a field.
    public func text(_ value: String) -> String { EscapedText(delimiters, characterSet).escaped(value) }

    /// A field of components of subcomponents.
    public func components(_ values: [[String]]) -> String {
        values.map { parts in
            parts.map(text).joined(separator: String(UnicodeScalar(delimiters.subcomponent)))
        }.joined(separator: String(UnicodeScalar(delimiters.component)))
    }

    public func components(_ values: [String]) -> String { components(values.map { [$0] }) }

    /// A field of several values.
    public func repetitions(_ values: [String]) -> String {
        values.joined(separator: String(UnicodeScalar(delimiters.repetition)))
    }

    public var message: Message { Message(delimiters: delimiters, segments: segments) }
}
