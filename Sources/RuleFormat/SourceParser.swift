/// Reads a file that has been found well-formed, without a document type declaration: nothing in it is lost but the way
/// in which it is laid out.
struct SourceParser {
    private let text: [UInt8]
    private var position = 0

    init(_ text: [UInt8]) { self.text = text.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(text.dropFirst(3)) : text }

    /// The nodes outside of every element: comments, instructions, the root.
    mutating func document() -> [PlacedNode] {
        var root = SourceElement(name: "", attributes: [])
        content(of: &root)
        return root.children
    }

    /// The local name of the first element; nil where there is none. The one thing that is asked of a file that nobody has checked.
    mutating func rootName() -> String? {
        while true {
            _ = take { $0 != UInt8(ascii: "<") }
            if starts(with: "<!--") {
                _ = enclosed("<!--", "-->")
            } else if starts(with: "<?") {
                _ = enclosed("<?", "?>")
            } else if starts(with: "<") {
                position += 1
                return SourceElement(name: name(), attributes: []).localName
            } else {
                return nil
            }
        }
    }

    /// Everything up to the end tag, which is taken too. Elements are nested at most 256 deep, as the reader has checked.
    private mutating func content(of parent: inout SourceElement) {
        var lineFeeds = 0
        var isBehindElement = false
        while position < text.count {
            guard text[position] == UInt8(ascii: "<") else {
                let run = take { $0 != UInt8(ascii: "<") }
                parent.text += Self.resolved(run)
                lineFeeds += run.count { $0 == UInt8(ascii: "\n") }
                continue
            }
            if starts(with: "<![CDATA[") {
                parent.text += String(decoding: enclosed("<![CDATA[", "]]>"), as: UTF8.self)
                continue
            }
            if starts(with: "</") {
                _ = enclosed("</", ">")
                return
            }
            let isFirst = parent.children.isEmpty
            var placed = PlacedNode(
                node: .comment(""), hasBlankBefore: lineFeeds > 1 && !isFirst, isBehindElement: false)
            if starts(with: "<!--") {
                placed.node = .comment(String(decoding: enclosed("<!--", "-->"), as: UTF8.self))
                placed.isBehindElement = isBehindElement && lineFeeds == 0
            } else if starts(with: "<?") {
                let instruction = String(decoding: enclosed("<?", "?>"), as: UTF8.self)
                // The declaration is written anew.
                if instruction.hasPrefix("xml "), isFirst, parent.name.isEmpty { continue }
                placed.node = .instruction(instruction)
            } else {
                placed.node = .element(element())
            }
            if case .element = placed.node { isBehindElement = true } else { isBehindElement = false }
            lineFeeds = 0
            parent.children.append(placed)
        }
    }

    private mutating func element() -> SourceElement {
        position += 1
        var element = SourceElement(name: name(), attributes: [])
        while position < text.count {
            skipBlanks()
            if starts(with: "/>") {
                position += 2
                return element
            }
            if starts(with: ">") {
                position += 1
                content(of: &element)
                return element
            }
            let before = position
            let name = name()
            skipBlanks()
            if starts(with: "=") { position += 1 }
            skipBlanks()
            guard position < text.count, position > before else { break }
            let quote = text[position]
            position += 1
            let raw = take { $0 != quote }
            position += 1
            element.attributes.append((name, Self.normalized(raw)))
        }
        return element
    }

    private mutating func name() -> String {
        String(
            decoding: take { byte in !Self.isBlank(byte) && !"=/>".utf8.contains(byte) }, as: UTF8.self)
    }

    private mutating func take(while isTaken: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let start = position
        while position < text.count, isTaken(text[position]) { position += 1 }
        return text[start..<position]
    }

    private mutating func skipBlanks() { _ = take(while: Self.isBlank) }

    private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

    private func starts(with word: String) -> Bool { text[position...].starts(with: word.utf8) }

    /// What stands between two words, the first of which is here.
    private mutating func enclosed(_ first: String, _ last: String) -> ArraySlice<UInt8> {
        position += first.utf8.count
        let start = position
        while position < text.count, !starts(with: last) { position += 1 }
        let end = position
        position = min(position + last.utf8.count, text.count)
        return text[start..<end]
    }

    // MARK: - Text

    /// A value with blanks as XML 1.0 3.3.3 makes them: each line's end, and each tab, one space; references stay what
    /// they are.
    private static func normalized(_ raw: ArraySlice<UInt8>) -> String {
        var bytes: [UInt8] = []
        for (index, byte) in zip(raw.indices, raw) {
            if byte == 0x0A, index > raw.startIndex, raw[index - 1] == 0x0D { continue }
            bytes.append(isBlank(byte) ? 0x20 : byte)
        }
        return resolved(bytes[...])
    }

    private static let named: [String: Unicode.Scalar] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'",
    ]

    /// With references resolved, and lines ending in one way (XML 1.0 2.11).
    private static func resolved(_ raw: ArraySlice<UInt8>) -> String {
        let text = String(decoding: raw, as: UTF8.self).replacing("\r\n", with: "\n").replacing("\r", with: "\n")
        guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
        var result = ""
        var rest = text[...]
        while let start = rest.firstIndex(of: "&"), let end = rest[start...].firstIndex(of: ";") {
            result += rest[..<start]
            let reference = rest[rest.index(after: start)..<end]
            let number =
                reference.hasPrefix("#x")
                ? UInt32(reference.dropFirst(2), radix: 16) : UInt32(reference.dropFirst(1), radix: 10)
            let scalar = reference.hasPrefix("#") ? number.flatMap(Unicode.Scalar.init) : named[String(reference)]
            if let scalar { result.unicodeScalars.append(scalar) } else { result += rest[start...end] }
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}
