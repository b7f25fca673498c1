/// The text of a rule file, with the places of its lines.
package final class SourceText: Sendable {
    /// As it is shown: see `SourceLocation.file`.
    package let name: String
    /// As it was opened: what it names is looked for from here.
    package let path: String
    /// UTF-8, without a byte order mark.
    package let bytes: [UInt8]
    private let lineStarts: [Int]
    /// Whether it is a file of the language, well or badly written. Any other file may be given in its place by mistake, an
    /// image or a report: nothing of that is shown.
    let isShown: Bool
    /// Where what it names is read from.
    let files: FileSource

    convenience init(
        name: String, path: String, bytes: [UInt8], dialect: Dialect = .rules, files: FileSource = .disk
    ) {
        self.init(name: name, path: path, bytes: bytes, root: dialect.root, files: files)
    }

    /// - Parameter root: the element that makes it a file of the language.
    init(name: String, path: String, bytes: [UInt8], root: String, files: FileSource = .disk) {
        self.files = files
        self.name = name
        self.path = path
        self.bytes = bytes
        var starts = [0]
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(index + 1) }
        self.lineStarts = starts
        let tag = Array("<\(root)".utf8)
        isShown = bytes.indices.contains { bytes[$0] == tag[0] && bytes[$0...].starts(with: tag) }
    }

    /// A place in the text that is known already, from which others nearby are counted.
    package struct Anchor: Sendable {
        package var offset: Int
        package var location: SourceLocation
    }

    /// The location of a byte. Counting begins at the anchor when it stands before it on the same line, so that a file
    /// without line breaks takes no longer than one with them.
    package func location(at offset: Int, after anchor: Anchor? = nil) -> SourceLocation {
        let offset = min(max(offset, 0), bytes.count)
        let line = lineIndex(at: offset)
        var start = lineStarts[line]
        var column = 1
        if let anchor, anchor.offset >= start, anchor.offset <= offset {
            start = anchor.offset
            column = anchor.location.column
        }
        return SourceLocation(file: name, line: line + 1, column: column + characters(in: start..<offset))
    }

    /// The line that holds the byte, without its end.
    func line(at offset: Int) -> String {
        let line = lineIndex(at: min(max(offset, 0), bytes.count))
        var end = line + 1 < lineStarts.count ? lineStarts[line + 1] - 1 : bytes.count
        if end > lineStarts[line], bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return String(decoding: bytes[lineStarts[line]..<end], as: UTF8.self)
    }

    /// How many characters a run of bytes has, no further than the end of its first line.
    func characters(in range: Range<Int>) -> Int {
        let range = range.clamped(to: 0..<bytes.count)
        let run = bytes[range].prefix { $0 != UInt8(ascii: "\n") }
        return run.allSatisfy { $0 < 0x80 } ? run.count : String(decoding: run, as: UTF8.self).count
    }

    private func lineIndex(at offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }
}

/// A run of characters in a rule file that a finding may point to.
package struct Place: Sendable {
    package var source: SourceText
    package var range: Range<Int>
    var anchor: SourceText.Anchor?

    init(_ source: SourceText, _ range: Range<Int>, after anchor: SourceText.Anchor? = nil) {
        self.source = source
        self.range = range
        self.anchor = anchor
    }

    package var location: SourceLocation { source.location(at: range.lowerBound, after: anchor) }
    /// Nil where the text may be anything.
    package var excerpt: String? { source.isShown ? source.line(at: range.lowerBound) : nil }
    package var length: Int { max(1, source.characters(in: range)) }
}
