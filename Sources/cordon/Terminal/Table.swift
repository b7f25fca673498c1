/// Rows in columns that fit what is in them; the last one takes what the terminal leaves, on as many lines as it needs.
struct Table {
    struct Column {
        var title: String
        var isNumber = false
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    init(_ columns: [Column]) { self.columns = columns }

    mutating func add(_ row: [String]) { rows.append(row) }

    /// - Parameter width: of the terminal; nil when there is none, and lines may be as long as they like.
    func lines(width: Int?) -> [String] {
        guard let last = columns.indices.last else { return [] }
        let widths = columns.indices.map { column in
            rows.reduce(columns[column].title.count) { max($0, $1[column].count) }
        }
        let before = widths[..<last].reduce(0) { $0 + $1 + 2 }
        let room = width.map { max(20, $0 - before) } ?? Int.max
        let lastWidth = min(widths[last], room)
        var lines = [line(columns.map(\.title), widths)]
        lines.append(
            widths.indices.map { String(repeating: "─", count: $0 == last ? lastWidth : widths[$0]) }.joined(
                separator: "  "))
        for row in rows {
            for (index, part) in Self.wrapped(row[last], to: room).enumerated() {
                let head = index == 0 ? Array(row[..<last]) : columns[..<last].map { _ in "" }
                lines.append(line(head + [part], widths))
            }
        }
        return lines
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        let parts = zip(cells, zip(columns, widths)).map { cell, layout in
            let blanks = String(repeating: " ", count: max(0, layout.1 - cell.count))
            return layout.0.isNumber ? blanks + cell : cell + blanks
        }
        var line = parts.joined(separator: "  ")[...]
        while line.last == " " { line.removeLast() }
        return String(line)
    }

    /// Broken at blanks; a longer word stays whole.
    static func wrapped(_ text: String, to width: Int) -> [String] {
        guard text.count > width else { return [text] }
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " " + word
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
