/// An element of a rule file as it is written, with the places of all its parts.
package struct XMLElement: Sendable {
    package var name: String
    /// Nil when it is in no namespace.
    package var namespace: String?
    package var attributes: [XMLAttribute]
    package var children: [XMLElement] = []
    /// The text that stands directly in the element.
    package var text = ""
    package var source: SourceText
    /// The whole start tag.
    var tag: Range<Int>
    var nameRange: Range<Int>
    var anchor: SourceText.Anchor

    /// Of the `<`.
    package var location: SourceLocation { anchor.location }
    /// The name in the start tag, which findings about the element point to.
    package var place: Place { Place(source, nameRange, after: anchor) }
    /// The first character of text in it, or the tag when there is none.
    package var textPlace: Place {
        let rest = source.bytes[tag.upperBound...]
        guard let start = rest.firstIndex(where: { $0 > 0x20 }), source.bytes[start] != UInt8(ascii: "<") else {
            return place
        }
        let end = rest[start...].firstIndex { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "\n") } ?? start + 1
        return Place(source, start..<end, after: anchor)
    }

    package func attribute(_ name: String) -> XMLAttribute? {
        attributes.first { $0.name == name && $0.namespace == nil }
    }

    /// Of the same namespace; others have been refused.
    package func children(named name: String) -> [XMLElement] {
        children.filter { $0.name == name && $0.namespace == namespace }
    }
}

/// An attribute of an element of a rule file.
package struct XMLAttribute: Sendable {
    package var name: String
    package var namespace: String?
    /// With references resolved.
    package var value: String
    var source: SourceText
    var nameRange: Range<Int>
    /// Between the quotes.
    var valueRange: Range<Int>
    var anchor: SourceText.Anchor

    /// Of the value.
    package var place: Place { Place(source, valueRange, after: anchor) }
    package var namePlace: Place { Place(source, nameRange, after: anchor) }

    /// The place of a part of the value, given in UTF-8 bytes of it.
    package func place(of part: Range<Int>) -> Place {
        Place(source, rawOffset(of: part.lowerBound)..<rawOffset(of: part.upperBound), after: anchor)
    }

    /// The words of the value, each with its place.
    package var words: [Word] {
        var words: [Word] = []
        let bytes = Array(value.utf8)
        var start: Int?
        var depth = 0
        for index in 0...bytes.count {
            let byte = index < bytes.count ? bytes[index] : 0x20
            if byte == UInt8(ascii: "{") { depth += 1 }
            if byte == UInt8(ascii: "}") { depth = max(0, depth - 1) }
            let isBlank = index == bytes.count || depth == 0 && (byte == 0x20 || byte == 0x09 || byte == 0x0A)
            if isBlank, let first = start {
                let text = String(decoding: bytes[first..<index], as: UTF8.self)
                words.append(Word(text: text, offset: first, place: place(of: first..<index)))
                start = nil
            } else if !isBlank, start == nil {
                start = index
            }
        }
        return words
    }

    /// A word in a value. Blanks within braces do not part words: `(0029,{SIEMENS CSA HEADER}10)` is one.
    package struct Word: Sendable {
        package var text: String
        /// In UTF-8 bytes of the value.
        package var offset: Int
        package var place: Place
    }

    /// Where a byte of the value stands in the file: references such as `&lt;` are longer there.
    private func rawOffset(of target: Int) -> Int {
        let raw = source.bytes[valueRange.clamped(to: 0..<source.bytes.count)]
        var position = raw.startIndex
        var produced = 0
        while position < raw.endIndex, produced < target {
            if raw[position] == UInt8(ascii: "&"), let end = raw[position...].firstIndex(of: UInt8(ascii: ";")) {
                produced += Self.length(ofReference: raw[(position + 1)..<end])
                position = end + 1
            } else {
                let isCRLF =
                    raw[position] == 0x0D && position + 1 < raw.endIndex && raw[position + 1] == 0x0A
                position += isCRLF ? 2 : 1
                produced += 1
            }
        }
        return position
    }

    /// How many UTF-8 bytes a reference stands for: one for the five named ones.
    private static func length(ofReference reference: ArraySlice<UInt8>) -> Int {
        let text = String(decoding: reference, as: UTF8.self)
        guard text.hasPrefix("#") else { return 1 }
        let number =
            text.hasPrefix("#x") ? UInt32(text.dropFirst(2), radix: 16) : UInt32(text.dropFirst(1), radix: 10)
        guard let number, let scalar = Unicode.Scalar(number) else { return 1 }
        return String(Character(scalar)).utf8.count
    }
}
