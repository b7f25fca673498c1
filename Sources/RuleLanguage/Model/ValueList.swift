/// Rows of a CSV file, found by the values of their key columns.
///
/// Values compare by characters, without blanks of any kind around them and characters that nobody sees, with case; composed and
/// decomposed characters are the same.
public final class ValueList: Sendable {
    public let id: String
    /// The key columns, which are the keywords of the attributes they compare with unless a rule names others.
    public let keys: [String]
    /// The column whose cells a look-up gives; nil for a list that only says who or what is on it.
    public let valueColumn: String?
    /// Rows that differ in their keys.
    public var count: Int { table.count }
    /// Of the `list` element.
    public let location: SourceLocation
    /// The list of the registry whose rows these are; nil for those of a file.
    public let registryName: String?
    /// Whether there was a registry to ask. A rule set with a list that nobody was asked for decides nothing.
    public let isKnown: Bool
    private let table: RowTable

    /// A list of rows, each with a cell for each key column; a row whose first cell is empty is left out.
    public convenience init(id: String, keys: [String], rows: Set<[String]>, location: SourceLocation) {
        var table = RowTable(columns: keys.count)
        for row in rows {
            let key = Self.key(row)
            if key.count > 0, !key.range(0).isEmpty { table.insert(key) }
        }
        self.init(id: id, keys: keys, valueColumn: nil, table: table, location: location)
    }

    /// A list that gives a value for each row of key cells.
    public convenience init(
        id: String, keys: [String], valueColumn: String, rows: [[String]: String], location: SourceLocation
    ) {
        var table = RowTable(columns: keys.count, hasValues: true)
        for (row, value) in rows {
            let key = Self.key(row)
            if key.count > 0, !key.range(0).isEmpty { table.insert(key, value: Array(value.utf8)[...].trimmed) }
        }
        self.init(id: id, keys: keys, valueColumn: valueColumn, table: table, location: location)
    }

    init(
        id: String, keys: [String], valueColumn: String?, table: RowTable, registryName: String? = nil,
        isKnown: Bool = true, location: SourceLocation
    ) {
        self.id = id
        self.keys = keys
        self.valueColumn = valueColumn
        self.table = table
        self.registryName = registryName
        self.isKnown = isKnown
        self.location = location
    }

    /// What a look-up says.
    public enum Answer: Sendable, Hashable {
        case found
        case notFound
        /// A row agrees in what can be compared, and a column that the row fills has no value in the instance.
        case undecided
    }

    /// Looks a tuple up, one value for each key column; nil for an attribute that is absent or empty. An empty cell
    /// agrees with any value. Without a value for the first column, nothing is found.
    public func contains(_ values: [String?]) -> Answer {
        table.answer(Self.key(values))
    }

    /// What a list with a value column says for a tuple.
    public enum Found: Sendable, Hashable {
        /// Without surrounding blanks; never empty in a list that was loaded.
        case value(String)
        /// No row agrees, or the list has no value column.
        case notFound
        /// Rows that agree say different things, or a row would agree if the instance had more values.
        case undecided
    }

    /// Looks the value for a tuple up; tuples compare as in `contains`.
    public func value(for values: [String?]) -> Found {
        guard valueColumn != nil else { return .notFound }
        let key = Self.key(values)
        switch table.answer(key) {
        case .undecided: return .undecided
        case .notFound: return .notFound
        case .found:
            let found = table.values(key)
            guard let value = found.first, found.count == 1 else { return .undecided }
            return .value(String(decoding: value, as: UTF8.self))
        }
    }

    /// The cells of the first key column, of each row: what a list of words consists of.
    public var firstCells: [String] {
        (0..<table.count).map { String(decoding: table.firstCell(ofRow: $0), as: UTF8.self) }
    }

    /// The same rows with the cells of some key columns in another form, to which whoever compares brings values as well. A row
    /// of which nothing is left in the first column is in no list.
    package func rewritten(_ chosen: [Int], _ form: (String) -> String) -> ValueList {
        var table = RowTable(columns: keys.count, hasValues: self.table.hasValues, expectedRows: self.table.count)
        var key = RowKey()
        for row in 0..<self.table.count {
            let cells = self.table.cells(ofRow: row)
            key.removeAll()
            for (column, cell) in cells.prefix(keys.count).enumerated() {
                let isChosen = chosen.contains(column)
                key.append(isChosen ? Array(form(String(decoding: cell, as: UTF8.self)).utf8)[...] : cell)
            }
            guard !key.range(0).isEmpty else { continue }
            table.insert(key, value: cells.dropFirst(keys.count).first ?? [])
        }
        table.finish()
        return ValueList(
            id: id, keys: keys, valueColumn: valueColumn, table: table, registryName: registryName, isKnown: isKnown,
            location: location)
    }

    /// A cell or a value in the form in which both are compared: whoever looks for what a row means looks for this.
    package static func compared(_ text: String) -> String {
        String(decoding: key([text]).bytes, as: UTF8.self)
    }

    private static func key(_ values: [String?]) -> RowKey {
        var key = RowKey()
        for value in values { key.append(value ?? "") }
        return key
    }
}
