/// The headers of one part (RFC 2045 3). Names in small letters; each of those that decide something is there once.
public struct MultipartHeaders: Hashable, Sendable {
    public struct Field: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public var fields: [Field]

    public init(_ fields: [Field] = []) { self.fields = fields }

    /// - Parameter base: the offset in the body of the buffer that the lines are slices of.
    init(_ lines: [ArraySlice<UInt8>], base: Int, limit: Int) throws(MultipartError) {
        fields = []
        for line in lines {
            func malformed() -> MultipartError { MultipartError(.malformedHeader, at: base + line.startIndex) }
            guard let text = String(validating: line, as: UTF8.self), !line.contains(where: Self.isControl) else {
                throw malformed()
            }
            if line.first == 0x20 || line.first == 0x09 {
                // Folded (RFC 5322 2.2.3): mail libraries do that to long ones.
                guard let last = fields.indices.last else { throw malformed() }
                fields[last].value += " " + Self.trimmed(text)
                continue
            }
            guard let colon = text.utf8.firstIndex(of: 0x3A) else { throw malformed() }
            let name = String(text[..<colon]).asciiLowercased
            guard !name.isEmpty, name.utf8.allSatisfy(FieldScanner.isTokenCharacter), fields.count < limit,
                !(Self.deciding.contains(name) && self[name] != nil)
            else { throw malformed() }
            fields.append(Field(name, Self.trimmed(String(text[text.utf8.index(after: colon)...]))))
        }
    }

    private static let deciding: Set<String> = [
        "content-type", "content-length", "content-transfer-encoding", "content-location", "content-encoding",
    ]

    private static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 && byte != 0x09 || byte == 0x7F }

    private static func trimmed(_ text: String) -> String {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        let utf8 = text.utf8
        guard let first = utf8.firstIndex(where: { !isBlank($0) }), let last = utf8.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(text[first...last])
    }

    /// By its name in small letters.
    public subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    public var contentType: MediaType? { self["content-type"].flatMap { MediaType($0) } }
    public var contentLocation: String? { self["content-location"] }

    /// PS3.18 8.6.1 has no encodings but those that change nothing.
    public var isEncoded: Bool {
        let encoding = self["content-transfer-encoding"]?.asciiLowercased ?? "binary"
        return !["binary", "8bit", "7bit"].contains(encoding)
            || self["content-encoding"].map { $0 != "identity" } ?? false
    }

    /// As they are written, with the empty line behind them.
    var encoded: [UInt8] {
        Array((fields.map { "\($0.name): \($0.value)\r\n" }.joined() + "\r\n").utf8)
    }
}
