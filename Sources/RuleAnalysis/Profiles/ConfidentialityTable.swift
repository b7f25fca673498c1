import DICOMCore

/// PS3.15 Table E.1-1, as this product was made with it.
enum ConfidentialityTable {
    struct Row: Sendable {
        /// Nil for a row that speaks of a group: curves, private elements.
        var tag: Tag?
        /// As the table writes it: `0010,0010`, `50xx,xxxx`, `gggg,eeee`.
        var text: String
        /// Of the Basic Profile: `X/Z/D`.
        var code: String
        /// By the option's place in `options`: K or C.
        var options: [Int: Character]
        /// The strongest Type that an IOD gives it: 1, 2 or 3.
        var type: Int
    }

    /// Options in the order of the rows' letters: method code of CID 7050, and name.
    static let options: [(code: String, name: String)] = [
        ("113103", "Clean Graphics"), ("113104", "Clean Structured Content"), ("113105", "Clean Descriptors"),
        ("113106", "Retain Longitudinal Full Dates"), ("113107", "Retain Longitudinal Modified Dates"),
        ("113108", "Retain Patient Characteristics"), ("113109", "Retain Device Identity"), ("113110", "Retain UIDs"),
        ("113111", "Retain Safe Private"), ("113112", "Retain Institution Identity"),
    ]

    static let rows: [Row] = text.split(separator: "\n").compactMap { line in
        let cells = line.split(separator: " ")
        guard cells.count == 4, let type = Int(cells[3]) else { return nil }
        let letters = Array(cells[2])
        let options = letters.enumerated().filter { $0.element != "." }.map { ($0.offset, $0.element) }
        return Row(
            tag: UInt32(cells[0], radix: 16).map { Tag(rawValue: $0) },
            text: "\(cells[0].prefix(4)),\(cells[0].dropFirst(4))", code: String(cells[1]),
            options: Dictionary(options) { first, _ in first }, type: type)
    }
}
