/// A frame of RLE (PS3.5 Annex G): a header of sixteen numbers, and a segment for each byte of each component, the higher
/// bytes first. Decodes, and writes anew rows that changed; runs of other rows stay as they are.
struct RunLengthFrame {
    /// Why a frame cannot be read.
    struct Damage: Error, Hashable {}

    private static let headerByteCount = 64

    let columns: Int
    let rows: Int
    /// A plane of bytes for each segment.
    private(set) var planes: [[UInt8]]
    private let coded: [Segment]

    /// A segment as it is stored.
    private struct Segment {
        var bytes: ArraySlice<UInt8>
        /// Where the runs of each row begin, and where the last end; nil when a run goes over the end of a row, which
        /// the standard forbids (G.3.1) and some write.
        var rowStarts: [Int]?
    }

    /// - Parameter segmentCount: bytes of a pixel.
    init(_ bytes: [UInt8], columns: Int, rows: Int, segmentCount: Int) throws(Damage) {
        self.columns = columns
        self.rows = rows
        guard bytes.count >= Self.headerByteCount else { throw Damage() }
        let numbers = (0..<16).map { index in
            bytes[index * 4..<index * 4 + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        guard numbers[0] == segmentCount, (1...15).contains(segmentCount) else { throw Damage() }
        let starts = Array(numbers[1...segmentCount])
        guard starts[0] >= Self.headerByteCount, zip(starts, starts.dropFirst()).allSatisfy(<),
            starts[segmentCount - 1] <= bytes.count
        else { throw Damage() }
        var planes: [[UInt8]] = []
        var coded: [Segment] = []
        for (index, start) in starts.enumerated() {
            let end = index + 1 < segmentCount ? starts[index + 1] : bytes.count
            var segment = Segment(bytes: bytes[start..<end], rowStarts: nil)
            planes.append(try Self.decode(&segment, columns: columns, rows: rows))
            coded.append(segment)
        }
        self.planes = planes
        self.coded = coded
    }

    private static func decode(_ segment: inout Segment, columns: Int, rows: Int) throws(Damage) -> [UInt8] {
        let count = columns * rows
        var plane: [UInt8] = []
        plane.reserveCapacity(count)
        var rowStarts = [segment.bytes.startIndex]
        var isByRow = true
        var position = segment.bytes.startIndex
        let end = segment.bytes.endIndex
        while plane.count < count {
            guard position < end else { throw Damage() }
            let control = segment.bytes[position]
            position += 1
            switch control {
            case 0...127:
                let length = Int(control) + 1
                guard length <= end - position, length <= count - plane.count else { throw Damage() }
                plane += segment.bytes[position..<position + length]
                position += length
            case 128: continue
            default:
                let length = 257 - Int(control)
                guard position < end, length <= count - plane.count else { throw Damage() }
                plane += repeatElement(segment.bytes[position], count: length)
                position += 1
            }
            if isByRow {
                let expected = rowStarts.count * columns
                if plane.count > expected { isByRow = false }
                if plane.count == expected { rowStarts.append(position) }
            }
        }
        segment.rowStarts = isByRow && rowStarts.count == rows + 1 ? rowStarts : nil
        return plane
    }

    /// Sets a byte in a plane wherever the mask is.
    ///
    /// - Returns: whether any byte is another one now.
    mutating func fill(_ plane: Int, with value: UInt8, in mask: PixelMask) -> Bool {
        var isChanged = false
        for row in 0..<min(rows, mask.rows) {
            for span in mask.spans[row] {
                let range = row * columns + span.lowerBound..<row * columns + span.upperBound
                if !planes[plane][range].allSatisfy({ $0 == value }) { isChanged = true }
                planes[plane].replaceSubrange(range, with: repeatElement(value, count: range.count))
            }
        }
        return isChanged
    }

    /// The frame with its planes as they are now.
    ///
    /// - Parameter mask: what may have changed.
    func encoded(changedIn mask: PixelMask) -> [UInt8] {
        var segments: [[UInt8]] = []
        for (index, segment) in coded.enumerated() {
            var bytes: [UInt8] = []
            for row in 0..<rows {
                if let starts = segment.rowStarts, row >= mask.rows || mask.spans[row].isEmpty {
                    bytes += segment.bytes[starts[row]..<starts[row + 1]]
                } else {
                    Self.append(planes[index][row * columns..<(row + 1) * columns], to: &bytes)
                }
            }
            // Segments are of even length (G.3.1).
            if bytes.count % 2 == 1 { bytes.append(0) }
            segments.append(bytes)
        }
        var numbers = [segments.count]
        var offset = Self.headerByteCount
        for segment in segments {
            numbers.append(offset)
            offset += segment.count
        }
        numbers += [Int](repeating: 0, count: 16 - numbers.count)
        return numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }
            + segments.joined()
    }

    /// Runs of two bytes and more that are alike, and what is between them as it is (G.3.1).
    private static func append(_ row: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
        var position = row.startIndex
        var literal = position
        func flush(_ end: Int, _ bytes: inout [UInt8]) {
            var start = literal
            while start < end {
                let count = min(128, end - start)
                bytes.append(UInt8(count - 1))
                bytes += row[start..<start + count]
                start += count
            }
        }
        while position < row.endIndex {
            var end = position + 1
            while end < row.endIndex, row[end] == row[position], end - position < 128 { end += 1 }
            // A run of two within others costs as much as it saves.
            if end - position >= 3 {
                flush(position, &bytes)
                bytes.append(UInt8(257 - (end - position)))
                bytes.append(row[position])
                literal = end
            }
            position = end
        }
        flush(row.endIndex, &bytes)
    }
}
