/// Finds where the start tags of a document stand, and in them each attribute and its value.
///
/// libxml2 keeps a line for each element and no column, so we look ourselves. The document has been found well-formed
/// before, and has no DTD, so little can stand between tags: text, comments, CDATA sections, processing instructions.
struct StartTagScanner {
    struct StartTag {
        /// The whole tag, from `<` to `>`.
        var range: Range<Int>
        var name: Range<Int>
        var attributes: [Attribute] = []
    }

    struct Attribute {
        var name: Range<Int>
        /// Between the quotes.
        var value: Range<Int>
    }

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next start tag, in the order of the document.
    mutating func next() -> StartTag? {
        while let start = find(UInt8(ascii: "<"), from: position) {
            position = start + 1
            if starts(with: "!--", at: position) {
                skip(past: "-->", from: position + 3)
            } else if starts(with: "![CDATA[", at: position) {
                skip(past: "]]>", from: position + 8)
            } else if starts(with: "?", at: position) {
                skip(past: "?>", from: position + 1)
            } else if starts(with: "/", at: position) || starts(with: "!", at: position) {
                skip(past: ">", from: position)
            } else {
                return tag(from: start)
            }
        }
        return nil
    }

    /// Where a document type declaration begins, if one stands before the first element.
    static func documentType(in bytes: [UInt8]) -> Range<Int>? {
        var scanner = StartTagScanner(bytes)
        while let start = scanner.find(UInt8(ascii: "<"), from: scanner.position) {
            scanner.position = start + 1
            if scanner.starts(with: "!DOCTYPE", at: start + 1) { return start..<start + 9 }
            if scanner.starts(with: "!--", at: start + 1) {
                scanner.skip(past: "-->", from: start + 4)
            } else if scanner.starts(with: "?", at: start + 1) {
                scanner.skip(past: "?>", from: start + 2)
            } else {
                return nil
            }
        }
        return nil
    }

    /// The encoding that the XML declaration states, with its place.
    static func declaredEncoding(in bytes: [UInt8]) -> Range<Int>? {
        var scanner = StartTagScanner(bytes)
        guard scanner.starts(with: "<?xml", at: 0) else { return nil }
        scanner.position = 5
        while scanner.position < bytes.count, !scanner.starts(with: "?>", at: scanner.position) {
            let before = scanner.position
            scanner.skipBlanks()
            guard let attribute = scanner.attribute(), scanner.position > before else { return nil }
            if String(decoding: bytes[attribute.name], as: UTF8.self) == "encoding" { return attribute.value }
        }
        return nil
    }

    private mutating func tag(from start: Int) -> StartTag {
        let name = scanName()
        var tag = StartTag(range: start..<start, name: name)
        while position < bytes.count {
            skipBlanks()
            if position >= bytes.count || bytes[position] == UInt8(ascii: ">") { break }
            if bytes[position] == UInt8(ascii: "/") {
                position += 1
                continue
            }
            let before = position
            if let attribute = attribute() { tag.attributes.append(attribute) }
            if position == before { position += 1 }
        }
        position = min(position + 1, bytes.count)
        tag.range = start..<position
        return tag
    }

    private mutating func attribute() -> Attribute? {
        let name = scanName()
        skipBlanks()
        guard !name.isEmpty, position < bytes.count, bytes[position] == UInt8(ascii: "=") else { return nil }
        position += 1
        skipBlanks()
        guard position < bytes.count else { return nil }
        let quote = bytes[position]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
        let start = position + 1
        let end = find(quote, from: start) ?? bytes.count
        position = min(end + 1, bytes.count)
        return Attribute(name: name, value: start..<max(start, end))
    }

    private mutating func scanName() -> Range<Int> {
        let start = position
        while position < bytes.count, !isBlank(bytes[position]), !Self.endsName.contains(bytes[position]) {
            position += 1
        }
        return start..<position
    }

    private static let endsName: [UInt8] = Array("=/>?\"'<".utf8)

    private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

    private mutating func skipBlanks() {
        while position < bytes.count, isBlank(bytes[position]) { position += 1 }
    }

    private func find(_ byte: UInt8, from start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            if bytes[index] == byte { return index }
            index += 1
        }
        return nil
    }

    private func starts(with text: String, at index: Int) -> Bool {
        let count = text.utf8.count
        guard index >= 0, index + count <= bytes.count else { return false }
        return text.utf8.elementsEqual(bytes[index..<index + count])
    }

    private mutating func skip(past text: String, from start: Int) {
        guard let first = text.utf8.first else { return }
        var index = start
        while let candidate = find(first, from: index) {
            if starts(with: text, at: candidate) {
                position = candidate + text.utf8.count
                return
            }
            index = candidate + 1
        }
        position = bytes.count
    }
}
