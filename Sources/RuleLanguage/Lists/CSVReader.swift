/// Rows of a CSV text (RFC 4180): commas, quotes doubled within quotes, lines that end with LF or CRLF. Empty lines are
/// passed over.
struct CSVReader {
    /// One record. Its storage is used again for the next, so a million rows allocate nothing.
    struct Row {
        /// The line that it begins on, from 1.
        var line = 0
        fileprivate(set) var bytes: [UInt8] = []
        fileprivate var ends: [Int] = []

        var count: Int { ends.count }

        /// A cell without surrounding blanks; empty when the row is too short.
        func cell(_ index: Int) -> ArraySlice<UInt8> { bytes[place(index)] }

        /// Where it stands in `bytes`.
        func place(_ index: Int) -> Range<Int> {
            guard index >= 0, index < ends.count else { return 0..<0 }
            var start = index == 0 ? 0 : ends[index - 1], end = ends[index]
            while start < end, UInt8.isBlank(bytes[start]) { start += 1 }
            while end > start, UInt8.isBlank(bytes[end - 1]) { end -= 1 }
            return start..<end
        }
    }

    /// Why a text is no CSV. Never quotes it: lists name patients.
    struct Problem: Error {
        var reason: String
        var line: Int
        /// In bytes, from 1.
        var column: Int
    }

    private let text: [UInt8]
    private var position: Int
    private var line = 1
    private var lineStart: Int

    init(_ text: [UInt8]) {
        self.text = text
        position = text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        lineStart = position
    }

    /// About as many as the text has lines left.
    var expectedRows: Int { text[position...].reduce(0) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 } }

    /// Reads the next record; false at the end of the text.
    mutating func next(into row: inout Row) throws(Problem) -> Bool {
        while position < text.count, endsLine() { skipLineEnd() }
        guard position < text.count else { return false }
        row.line = line
        row.bytes.removeAll(keepingCapacity: true)
        row.ends.removeAll(keepingCapacity: true)
        while true {
            try readCell(into: &row)
            row.ends.append(row.bytes.count)
            guard position < text.count else { return true }
            if text[position] == UInt8(ascii: ",") {
                position += 1
            } else {
                skipLineEnd()
                return true
            }
        }
    }

    private mutating func readCell(into row: inout Row) throws(Problem) {
        if position < text.count, text[position] == UInt8(ascii: "\"") { return try readQuoted(into: &row) }
        let start = position
        scan: while position < text.count {
            switch text[position] {
            case UInt8(ascii: ","), UInt8(ascii: "\n"): break scan
            case UInt8(ascii: "\r"):
                guard endsLine() else { throw problem("a carriage return without a line feed") }
                break scan
            case UInt8(ascii: "\""): throw problem("a quote within a cell that does not begin with one")
            default: position += 1
            }
        }
        // Cells are short: byte by byte is sooner than a slice.
        for index in start..<position { row.bytes.append(text[index]) }
    }

    private mutating func readQuoted(into row: inout Row) throws(Problem) {
        let opening = problem("a quote that is not closed")
        position += 1
        while position < text.count {
            let byte = text[position]
            position += 1
            if byte == UInt8(ascii: "\"") {
                guard position < text.count, text[position] == UInt8(ascii: "\"") else {
                    guard position >= text.count || text[position] == UInt8(ascii: ",") || endsLine() else {
                        throw problem("text after a closing quote")
                    }
                    return
                }
                position += 1
            } else if byte == UInt8(ascii: "\n") {
                line += 1
                lineStart = position
            }
            row.bytes.append(byte)
        }
        throw opening
    }

    private func endsLine() -> Bool {
        let byte = text[position]
        return byte == UInt8(ascii: "\n")
            || byte == UInt8(ascii: "\r") && position + 1 < text.count && text[position + 1] == UInt8(ascii: "\n")
    }

    private mutating func skipLineEnd() {
        position += text[position] == UInt8(ascii: "\n") ? 1 : 2
        line += 1
        lineStart = position
    }

    private func problem(_ reason: String) -> Problem {
        Problem(reason: reason, line: line, column: position - lineStart + 1)
    }
}

extension ArraySlice<UInt8> {
    /// Without surrounding spaces, tabs and ends of lines, which a cell in quotes may have.
    var trimmed: ArraySlice<UInt8> {
        var slice = self
        while let first = slice.first, UInt8.isBlank(first) { slice.removeFirst() }
        while let last = slice.last, UInt8.isBlank(last) { slice.removeLast() }
        return slice
    }
}

extension UInt8 {
    fileprivate static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte >= 0x09 && byte <= 0x0D }
}
