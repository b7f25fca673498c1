/// The key cells of a row, one after the other, as a table keeps them and is asked for them. Used again for row after
/// row, so that a million rows allocate nothing.
struct RowKey {
    private(set) var bytes: [UInt8] = []
    private var ends: [Int] = []

    var count: Int { ends.count }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }

    /// The same of a cell in a row, which has no blanks around it any more.
    mutating func append(_ row: CSVReader.Row, _ column: Int) {
        let place = row.place(column)
        for index in place where row.bytes[index] >= 0x80 { return append(row.bytes[place]) }
        for index in place { bytes.append(row.bytes[index]) }
        ends.append(bytes.count)
    }

    /// Adds a cell: without surrounding blanks, in one of the ways to write its characters.
    mutating func append(_ cell: ArraySlice<UInt8>) {
        let cell = cell.trimmed
        if cell.allSatisfy({ $0 < 0x80 }) {
            bytes.append(contentsOf: cell)
        } else {
            bytes.append(contentsOf: CanonicalForm.of(cell))
        }
        ends.append(bytes.count)
    }

    /// The same of a value. Nearly all are ASCII and have no blanks around them.
    mutating func append(_ value: String) {
        let text = value.utf8
        guard let first = text.first, let last = text.last, first > 0x20, last > 0x20,
            text.allSatisfy({ $0 < 0x80 })
        else { return append(Array(text)[...]) }
        bytes.append(contentsOf: text)
        ends.append(bytes.count)
    }

    func range(_ column: Int) -> Range<Int> { (column == 0 ? 0 : ends[column - 1])..<ends[column] }

    /// The columns beyond the first that have a value, a bit each.
    var filled: UInt8 {
        var bits: UInt8 = 0
        for column in 1..<max(1, ends.count) where !range(column).isEmpty { bits |= 1 << (column - 1) }
        return bits
    }
}

/// FNV-1a, mixed at the end. Keys come from the site's own files, so nobody can choose them to collide.
struct RowHash {
    private var state: UInt64

    init(_ projection: UInt8) { state = 0xCBF2_9CE4_8422_2325 ^ UInt64(projection) }

    mutating func combine(_ bytes: [UInt8], _ range: Range<Int>) {
        for index in range { state = (state ^ UInt64(bytes[index])) &* 0x100_0000_01B3 }
        state = (state ^ 0xFF) &* 0x100_0000_01B3
    }

    /// A slot of so many, and a few other bits, never zero.
    func place(among count: Int) -> (index: Int, tag: UInt8) {
        var mixed = state ^ state >> 32
        mixed = mixed &* 0xD6E8_FEB8_6659_FD93
        mixed ^= mixed >> 32
        return (Int(mixed.multipliedFullWidth(by: UInt64(count)).high), UInt8(truncatingIfNeeded: mixed) | 1)
    }
}
