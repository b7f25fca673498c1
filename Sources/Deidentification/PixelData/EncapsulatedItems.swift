/// The items of encapsulated Pixel Data (PS3.5 A.4): the Basic Offset Table, and fragments. Where each lies in the file.
struct EncapsulatedItems: Hashable {
    var offsetTable: Range<Int>
    var fragments: [Range<Int>]

    /// Items of defined length up to the delimiter or the end. Nil when the value is built in another way.
    init?(in value: Range<Int>, read: (Range<Int>) -> [UInt8]?) {
        var items: [Range<Int>] = []
        var position = value.lowerBound
        while value.upperBound - position >= 8 {
            guard let header = read(position..<(position + 8)), header.count == 8 else { return nil }
            let length = header[4...].reversed().reduce(0) { $0 << 8 | Int($1) }
            if header.starts(with: [0xFE, 0xFF, 0xDD, 0xE0]) { break }
            guard header.starts(with: [0xFE, 0xFF, 0x00, 0xE0]), length <= value.upperBound - position - 8 else {
                return nil
            }
            items.append((position + 8)..<(position + 8 + length))
            position += 8 + length
        }
        guard let table = items.first else { return nil }
        offsetTable = table
        fragments = Array(items.dropFirst())
    }

    /// Whether numbers in an offset table are what they should be: where fragments begin, ascending, the first at 0.
    func areOffsets(_ offsets: [UInt64]) -> Bool {
        guard let first = fragments.first else { return offsets.isEmpty }
        var next = 0
        for (index, offset) in offsets.enumerated() {
            guard index > 0 || offset == 0 else { return false }
            // Fragments and offsets ascend alike, so that each is looked at once.
            while next < fragments.count, UInt64(fragments[next].lowerBound - first.lowerBound) < offset { next += 1 }
            guard next < fragments.count, UInt64(fragments[next].lowerBound - first.lowerBound) == offset else {
                return false
            }
            next += 1
        }
        return true
    }
}
