/// Rows of key cells, packed into one array, with a hash table over them.
///
/// A row may leave columns other than the first empty, and an instance may have no value for some. To answer in
/// constant time all the same, each row is entered once for every choice of its filled columns that has the first in
/// it, its *projections*: two entries for two columns, four for three, eight for four, fewer where cells are empty or
/// rows share them. An entry remembers which columns the rows behind it fill, one bit for each of the at most eight ways.
///
/// Costs, for each row: its text with a byte or two of length a cell, 4 bytes for its place, and 6 bytes for each entry
/// at a load of at most four fifths.
struct RowTable: Sendable {
    static let maximumColumns = 4
    /// Row numbers share 32 bits with a projection.
    static let maximumRows = 1 << 28

    let columns: Int
    private(set) var count = 0
    private var arena: [UInt8] = []
    private var starts: [UInt32] = []
    /// A few bits of an entry's hash, so that most others are passed over without a look at their rows; 0 when free.
    private var tags: [UInt8]
    /// Row number, and above it the projection.
    private var slots: [UInt32]
    /// Which columns the rows of an entry fill: bit *n* for the set *n* of columns beyond the first.
    private var shapes: [UInt8]
    private var used = 0
    /// Whether a cell stands behind the keys of each row.
    let hasValues: Bool

    /// What became of a row.
    enum Insertion { case added, known, otherValue, full }

    /// - Parameter expectedRows: with a good guess nothing is moved while the table grows.
    init(columns: Int, hasValues: Bool = false, expectedRows: Int = 0) {
        self.columns = min(max(columns, 1), Self.maximumColumns)
        self.hasValues = hasValues
        let size = max(16, (min(expectedRows, Self.maximumRows) << (self.columns - 1)) * 4 / 3)
        tags = [UInt8](repeating: 0, count: size)
        slots = [UInt32](repeating: 0, count: size)
        shapes = [UInt8](repeating: 0, count: size)
    }

    /// Adds a row, unless one with these keys is there already.
    @discardableResult
    mutating func insert(_ key: RowKey, value: ArraySlice<UInt8> = []) -> Insertion {
        guard key.count == columns, count < Self.maximumRows, arena.count < Int(UInt32.max) - (1 << 24) else {
            return .full
        }
        if columns == 1, !hasValues { return insertOnly(key) }
        let filled = key.filled
        if let slot = find(key, projection: filled), shapes[slot] & 1 << filled != 0 {
            return hasValues && !self.value(at: slot).elementsEqual(value) ? .otherValue : .known
        }
        let row = count
        starts.append(UInt32(arena.count))
        for column in 0..<columns { append(key.bytes[key.range(column)]) }
        if hasValues { append(value) }
        count += 1
        for projection in UInt8(0)...filled where projection & ~filled == 0 {
            enter(key, projection: projection, shape: filled, row: row)
        }
        return .added
    }

    /// A row of one cell, as most lists have, which is one entry: looked up once.
    private mutating func insertOnly(_ key: RowKey) -> Insertion {
        let (index, tag) = probe(key, projection: 0)
        guard tags[index] == 0 else { return .known }
        starts.append(UInt32(arena.count))
        appendLength(key.bytes.count)
        for byte in key.bytes { arena.append(byte) }
        tags[index] = tag
        slots[index] = UInt32(count)
        shapes[index] = 1
        count += 1
        used += 1
        if used * 5 > slots.count * 4 { resize(to: slots.count * 8 / 5) }
        return .added
    }

    /// Gives back what growth reserved.
    mutating func finish() {
        arena = Array(arena[...])
        starts = Array(starts[...])
        if slots.count > used * 3 / 2 { resize(to: max(16, used * 4 / 3 + 1)) }
    }

    /// Looks a row of cells up; an empty cell is a value that the instance does not have.
    func answer(_ key: RowKey) -> ValueList.Answer {
        guard key.count == columns, !key.range(0).isEmpty else { return .notFound }
        let available = key.filled
        var isUndecided = false
        for projection in UInt8(0)...available where projection & ~available == 0 {
            guard let slot = find(key, projection: projection) else { continue }
            if shapes[slot] & 1 << projection != 0 { return .found }
            // Rows that agree here and fill more: what they fill besides has no value in the instance, or they would
            // have been compared by more than this.
            for shape in UInt8(0)..<8 where shapes[slot] & 1 << shape != 0 && shape & available == projection {
                isUndecided = true
            }
        }
        return isUndecided ? .undecided : .notFound
    }

    /// The values of all rows that agree with a row of cells, whatever else they may say.
    func values(_ key: RowKey) -> Set<[UInt8]> {
        guard hasValues, key.count == columns, !key.range(0).isEmpty else { return [] }
        let available = key.filled
        var values: Set<[UInt8]> = []
        for projection in UInt8(0)...available where projection & ~available == 0 {
            guard let slot = find(key, projection: projection), shapes[slot] & 1 << projection != 0 else { continue }
            values.insert(Array(value(at: slot)))
        }
        return values
    }

    /// The cells of a row as they are kept: those of its keys, and what stands behind them.
    func cells(ofRow row: Int) -> [ArraySlice<UInt8>] {
        var position = Int(starts[row])
        var cells: [ArraySlice<UInt8>] = []
        for _ in 0..<(hasValues ? columns + 1 : columns) { cells.append(arena[nextCell(at: &position)]) }
        return cells
    }

    func firstCell(ofRow row: Int) -> ArraySlice<UInt8> {
        var position = Int(starts[row])
        return arena[nextCell(at: &position)]
    }

    /// Of the row that an entry stands for: the one that fills these columns and no other, where there is one.
    private func value(at slot: Int) -> ArraySlice<UInt8> {
        var position = Int(starts[Int(slots[slot] & 0x1FFF_FFFF)])
        for _ in 0..<columns { _ = nextCell(at: &position) }
        return arena[nextCell(at: &position)]
    }

    private static func isChosen(_ column: Int, in projection: UInt8) -> Bool {
        column == 0 || projection & 1 << (column - 1) != 0
    }

    // MARK: - Entries

    private mutating func enter(_ key: RowKey, projection: UInt8, shape: UInt8, row: Int) {
        let (index, tag) = probe(key, projection: projection)
        shapes[index] |= 1 << shape
        guard tags[index] == 0 else {
            // Rows of one entry agree in what it compares; the row that fills just this is the one whose value counts.
            if shape == projection { slots[index] = UInt32(projection) << 29 | UInt32(row) }
            return
        }
        tags[index] = tag
        slots[index] = UInt32(projection) << 29 | UInt32(row)
        used += 1
        if used * 5 > slots.count * 4 { resize(to: slots.count * 8 / 5) }
    }

    private func find(_ key: RowKey, projection: UInt8) -> Int? {
        let index = probe(key, projection: projection).index
        return tags[index] == 0 ? nil : index
    }

    /// The slot of the entry, or the free one where it would stand.
    private func probe(_ key: RowKey, projection: UInt8) -> (index: Int, tag: UInt8) {
        var hash = RowHash(projection)
        for column in 0..<columns where Self.isChosen(column, in: projection) {
            hash.combine(key.bytes, key.range(column))
        }
        var (index, tag) = hash.place(among: slots.count)
        while tags[index] != 0 {
            if tags[index] == tag, UInt8(slots[index] >> 29) == projection,
                agrees(row: Int(slots[index] & 0x1FFF_FFFF), with: key, projection: projection)
            {
                break
            }
            index = index + 1 == slots.count ? 0 : index + 1
        }
        return (index, tag)
    }

    private mutating func resize(to size: Int) {
        var newTags = [UInt8](repeating: 0, count: size)
        var newSlots = [UInt32](repeating: 0, count: size)
        var newShapes = [UInt8](repeating: 0, count: size)
        for (old, slot) in slots.enumerated() where tags[old] != 0 {
            let projection = UInt8(slot >> 29)
            var hash = RowHash(projection)
            var position = Int(starts[Int(slot & 0x1FFF_FFFF)])
            for column in 0..<columns {
                let cell = nextCell(at: &position)
                if Self.isChosen(column, in: projection) { hash.combine(arena, cell) }
            }
            var index = hash.place(among: size).index
            while newTags[index] != 0 { index = index + 1 == size ? 0 : index + 1 }
            newTags[index] = tags[old]
            newSlots[index] = slot
            newShapes[index] = shapes[old]
        }
        tags = newTags
        slots = newSlots
        shapes = newShapes
    }

    // MARK: - Rows

    private mutating func append(_ cell: ArraySlice<UInt8>) {
        appendLength(cell.count)
        arena.append(contentsOf: cell)
    }

    private mutating func appendLength(_ count: Int) {
        var length = count
        while length >= 0x80 {
            arena.append(UInt8(truncatingIfNeeded: length) | 0x80)
            length >>= 7
        }
        arena.append(UInt8(length))
    }

    private func nextCell(at position: inout Int) -> Range<Int> {
        var length = 0
        var shift = 0
        while arena[position] & 0x80 != 0 {
            length |= Int(arena[position] & 0x7F) << shift
            shift += 7
            position += 1
        }
        length |= Int(arena[position]) << shift
        position += 1
        let cell = position..<(position + length)
        position += length
        return cell
    }

    private func agrees(row: Int, with key: RowKey, projection: UInt8) -> Bool {
        var position = Int(starts[row])
        for column in 0..<columns {
            let own = nextCell(at: &position)
            guard Self.isChosen(column, in: projection) else { continue }
            let asked = key.range(column)
            guard own.count == asked.count else { return false }
            for offset in 0..<own.count where arena[own.lowerBound + offset] != key.bytes[asked.lowerBound + offset] {
                return false
            }
        }
        return true
    }
}
