/// Writes JSON (RFC 8259): what is put in comes out in the same order, the same bytes every time. Nothing but ASCII is
/// printed for control characters and for those that turn the direction of writing, so that no terminal obeys what a
/// value says.
///
///     var json = JSONWriter()
///     json.object { json in
///         json.string("release", for: "disposition")
///         json.array(for: "labels") { json in json.string("vip") }
///     }
public struct JSONWriter: Sendable {
    /// What has been written, in UTF-8.
    public private(set) var bytes: [UInt8] = []
    /// Whether the value to come is the first in its array or object.
    private var isFirst = true
    private let indent: Int?
    private var depth = 0

    /// - Parameter indent: spaces for each level, on lines of their own; nil writes one line without blanks.
    public init(indent: Int? = nil) { self.indent = indent }

    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// What has been written so far, taken out: for writing large documents piece by piece.
    public mutating func takeBytes() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    /// A line feed after a whole document: JSON Lines has one object to each.
    public mutating func endLine() {
        bytes.append(0x0A)
        isFirst = true
    }

    public mutating func object<E: Error>(for key: String? = nil, _ body: (inout JSONWriter) throws(E) -> Void)
        throws(E)
    {
        try nest("{", "}", key, body)
    }

    public mutating func array<E: Error>(for key: String? = nil, _ body: (inout JSONWriter) throws(E) -> Void) throws(E)
    {
        try nest("[", "]", key, body)
    }

    public mutating func string(_ value: String, for key: String? = nil) {
        begin(key)
        quote(value)
    }

    public mutating func number(_ value: Int, for key: String? = nil) { literal(String(value), key) }

    public mutating func boolean(_ value: Bool, for key: String? = nil) { literal(value ? "true" : "false", key) }

    public mutating func null(for key: String? = nil) { literal("null", key) }

    /// A number that is already written as JSON asks: `NumericText.json` makes one of a DS.
    public mutating func number(json: String, for key: String? = nil) { literal(json, key) }

    /// Bytes in base64 (RFC 4648 4).
    public mutating func base64(_ value: some Sequence<UInt8>, for key: String? = nil) {
        begin(key)
        bytes.append(UInt8(ascii: "\""))
        Base64.append(value, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func literal(_ text: String, _ key: String?) {
        begin(key)
        bytes += text.utf8
    }

    private mutating func nest<E: Error>(
        _ opening: Unicode.Scalar, _ closing: Unicode.Scalar, _ key: String?,
        _ body: (inout JSONWriter) throws(E) -> Void
    ) throws(E) {
        begin(key)
        bytes.append(UInt8(ascii: opening))
        isFirst = true
        depth += 1
        try body(&self)
        depth -= 1
        if !isFirst { newLine() }
        bytes.append(UInt8(ascii: closing))
        isFirst = false
    }

    /// The comma, the line and the key before a value.
    private mutating func begin(_ key: String?) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        if depth > 0 { newLine() }
        isFirst = false
        guard let key else { return }
        quote(key)
        bytes.append(UInt8(ascii: ":"))
        if indent != nil { bytes.append(0x20) }
    }

    private mutating func newLine() {
        guard let indent else { return }
        bytes.append(0x0A)
        bytes += repeatElement(0x20, count: indent * depth)
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        // Nearly every text is such.
        if text.utf8.allSatisfy({ 0x20..<0x7F ~= $0 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            bytes += text.utf8
            bytes.append(UInt8(ascii: "\""))
            return
        }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": bytes += "\\\"".utf8
            case "\\": bytes += "\\\\".utf8
            case "\n": bytes += "\\n".utf8
            case "\r": bytes += "\\r".utf8
            case "\t": bytes += "\\t".utf8
            case _ where ControlCharacters.contains(scalar):
                // All of them are in the basic plane.
                let digits = String(scalar.value, radix: 16)
                bytes += "\\u".utf8
                bytes += repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count)
                bytes += digits.utf8
            default: bytes += String(scalar).utf8
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
