/// Rows of key cells, packed into one array, with a hash table over them.
///
/// A row may leave columns other than the first empty, and an instance may have no value for some. To answer in constant
/// time all the same, each row is entered once for every choice of its filled columns that has the first in it, its
/// *projections*: two entries for two columns, four for three, eight for four, fewer where cells are empty or rows share
/// them. An entry remembers which columns the rows behind it fill, one bit for each of the at most eight ways.
///
/// Costs, for each row: its text with a byte or two of length a cell, 4 bytes for its place, 5 bytes for each entry at a
/// load of at most four fifths.
struct RowTable: Sendable {
    static let maximumColumns = 4
    /// Row numbers share 32 bits with a projection.
    static let maximumRows = 1 << 28

    let columns: Int
    private(set) var count = 0
    private var arena: [UInt8] = []
    private var starts: [UInt32] = []
    /// Row number + 1, and above it the projection; 0 for a free slot.
    private var slots: [UInt32]
    /// Which columns the rows of an entry fill: bit *n* for the set *n* of columns beyond the first.
    private var shapes: [UInt8]
    private var used = 0

    init(columns: Int) {
        self.columns = min(max(columns, 1), Self.maximumColumns)
        slots = [UInt32](repeating: 0, count: 16)
        shapes = [UInt8](repeating: 0, count: 16)
    }

    /// Adds a row; false when it is there already, or when the table is full.
    @discardableResult
    mutating func insert(_ cells: some Collection<ArraySlice<UInt8>>) -> Bool {
        let row = Array(cells)
        guard row.count == columns, count < Self.maximumRows, arena.count < Int(UInt32.max) - (1 << 24) else {
            return false
        }
        let filled = Self.filled(row)
        if let slot = find(row, projection: filled), shapes[slot] & 1 << filled != 0 { return false }
        starts.append(UInt32(arena.count))
        for cell in row { append(cell) }
        count += 1
        for projection in UInt8(0)..<8 where projection & ~filled == 0 {
            enter(row, projection: projection, shape: filled)
        }
        return true
    }

    /// Gives back what growth reserved.
    mutating func finish() {
        arena = Array(arena)
        starts = Array(starts)
        resize(to: max(16, used * 4 / 3 + 1))
    }

    /// Looks a row of cells up; an empty cell is a value that the instance does not have.
    func answer(_ cells: [ArraySlice<UInt8>]) -> ValueList.Answer {
        guard cells.count == columns, let first = cells.first, !first.isEmpty else { return .notFound }
        let available = Self.filled(cells)
        var isUndecided = false
        for projection in UInt8(0)..<8 where projection & ~available == 0 {
            guard let slot = find(cells, projection: projection) else { continue }
            if shapes[slot] & 1 << projection != 0 { return .found }
            // A row that fills more than this: its other columns have no value in the instance, if they are not among
            // those that were asked with.
            for shape in UInt8(0)..<8 where shapes[slot] & 1 << shape != 0 && shape & available == projection {
                isUndecided = true
            }
        }
        return isUndecided ? .undecided : .notFound
    }

    /// The columns beyond the first that have a value, a bit each.
    private static func filled(_ cells: [ArraySlice<UInt8>]) -> UInt8 {
        var bits: UInt8 = 0
        for (index, cell) in cells.dropFirst().enumerated() where !cell.isEmpty { bits |= 1 << index }
        return bits
    }

    private static func isChosen(_ column: Int, in projection: UInt8) -> Bool {
        column == 0 || projection & 1 << (column - 1) != 0
    }

    // MARK: - Entries

    private mutating func enter(_ row: [ArraySlice<UInt8>], projection: UInt8, shape: UInt8) {
        let index = probe(row, projection: projection)
        shapes[index] |= 1 << shape
        guard slots[index] == 0 else { return }
        slots[index] = UInt32(projection) << 29 | UInt32(count)
        used += 1
        if used * 5 > slots.count * 4 { resize(to: slots.count * 8 / 5) }
    }

    private func find(_ cells: [ArraySlice<UInt8>], projection: UInt8) -> Int? {
        let index = probe(cells, projection: projection)
        return slots[index] == 0 ? nil : index
    }

    /// The slot of the entry, or the free one where it would stand.
    private func probe(_ cells: [ArraySlice<UInt8>], projection: UInt8) -> Int {
        var index = position(of: hash(cells, projection: projection), among: slots.count)
        while slots[index] != 0 {
            if UInt8(slots[index] >> 29) == projection,
                agrees(row: Int(slots[index] & 0x1FFF_FFFF) - 1, with: cells, projection: projection)
            {
                break
            }
            index = index + 1 == slots.count ? 0 : index + 1
        }
        return index
    }

    private mutating func resize(to size: Int) {
        let oldSlots = slots
        let oldShapes = shapes
        slots = [UInt32](repeating: 0, count: size)
        shapes = [UInt8](repeating: 0, count: size)
        for (old, slot) in oldSlots.enumerated() where slot != 0 {
            let cells = self.cells(ofRow: Int(slot & 0x1FFF_FFFF) - 1)
            var index = position(of: hash(cells, projection: UInt8(slot >> 29)), among: size)
            while slots[index] != 0 { index = index + 1 == size ? 0 : index + 1 }
            slots[index] = slot
            shapes[index] = oldShapes[old]
        }
    }

    private func position(of hash: UInt64, among count: Int) -> Int {
        Int(hash.multipliedFullWidth(by: UInt64(count)).high)
    }

    /// FNV-1a, mixed at the end. Keys come from the site's own files, so nobody can choose them to collide.
    private func hash(_ cells: [ArraySlice<UInt8>], projection: UInt8) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(projection)
        for (column, cell) in cells.enumerated() where Self.isChosen(column, in: projection) {
            for byte in cell { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            hash = (hash ^ 0xFF) &* 0x100_0000_01B3
        }
        hash ^= hash >> 32
        hash = hash &* 0xD6E8_FEB8_6659_FD93
        return hash ^ hash >> 32
    }

    // MARK: - Rows

    private mutating func append(_ cell: ArraySlice<UInt8>) {
        var length = cell.count
        while length >= 0x80 {
            arena.append(UInt8(truncatingIfNeeded: length) | 0x80)
            length >>= 7
        }
        arena.append(UInt8(length))
        arena.append(contentsOf: cell)
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

    private func cells(ofRow row: Int) -> [ArraySlice<UInt8>] {
        var position = Int(starts[row])
        return (0..<columns).map { _ in arena[nextCell(at: &position)] }
    }

    private func agrees(row: Int, with cells: [ArraySlice<UInt8>], projection: UInt8) -> Bool {
        var position = Int(starts[row])
        for (column, cell) in cells.enumerated() {
            let own = nextCell(at: &position)
            guard Self.isChosen(column, in: projection) else { continue }
            guard own.count == cell.count, arena[own] == cell else { return false }
        }
        return true
    }
}
