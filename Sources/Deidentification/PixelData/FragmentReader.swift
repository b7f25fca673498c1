/// The bytes of all fragments of Pixel Data, one after another, read in pieces: a stream of a gigabyte takes no more
/// memory than one of a kilobyte (P9).
struct FragmentReader {
    /// Where fragments lie in the file, the offset table left out, empty ones too.
    private let fragments: [Range<Int>]
    /// Where each begins in the stream.
    private let starts: [Int]
    /// Bytes of the stream.
    let count: Int
    private let read: (Range<Int>) -> [UInt8]?

    /// Bytes of the stream that were passed.
    private(set) var position = 0
    /// The fragment that the next byte is in.
    private(set) var fragment = 0
    private var piece: [UInt8] = []
    /// Where the piece begins in the stream.
    private var pieceStart = 0
    /// A piece that the file did not give.
    private(set) var hasFailed = false

    static let pieceSize = 256 << 10

    init(_ fragments: [Range<Int>], read: @escaping (Range<Int>) -> [UInt8]?) {
        let filled = fragments.filter { !$0.isEmpty }
        self.fragments = filled
        self.read = read
        var start = 0
        starts = filled.map { range in
            defer { start += range.count }
            return start
        }
        count = start
    }

    /// Whether the byte at the position is in the piece; fetches the one that has it.
    private mutating func fill() -> Bool {
        if position < pieceStart + piece.count { return true }
        guard !hasFailed, position < count else { return false }
        while fragment + 1 < starts.count, starts[fragment + 1] <= position { fragment += 1 }
        let offset = fragments[fragment].lowerBound + position - starts[fragment]
        let range = offset..<min(fragments[fragment].upperBound, offset + Self.pieceSize)
        guard let bytes = read(range), bytes.count == range.count else {
            hasFailed = true
            return false
        }
        piece = bytes
        pieceStart = position
        return true
    }

    mutating func peek() -> UInt8? { fill() ? piece[position - pieceStart] : nil }

    mutating func next() -> UInt8? {
        guard fill() else { return nil }
        position += 1
        return piece[position - 1 - pieceStart]
    }

    /// Two bytes, the higher first.
    mutating func nextPair() -> Int? {
        guard let high = next(), let low = next() else { return nil }
        return Int(high) << 8 | Int(low)
    }

    /// So many bytes, or nil when there are fewer.
    mutating func take(_ count: Int) -> [UInt8]? {
        var result: [UInt8] = []
        while result.count < count {
            guard fill() else { return nil }
            let start = position - pieceStart
            let part = min(count - result.count, piece.count - start)
            result += piece[start..<(start + part)]
            position += part
        }
        return result
    }

    /// The next bytes as far as they are at hand, so many at most, and where they begin in the stream. Nil at the end.
    mutating func nextPiece(upTo limit: Int = .max) -> (bytes: ArraySlice<UInt8>, start: Int)? {
        guard limit > 0, fill() else { return nil }
        let start = position - pieceStart
        let count = min(limit, piece.count - start)
        position += count
        return (piece[start..<(start + count)], position - count)
    }

    /// Some bytes of the stream, wherever the reader is. Nil when there are not so many.
    func bytes(of stream: Range<Int>) -> [UInt8]? {
        guard stream.lowerBound >= 0, stream.upperBound <= count else { return nil }
        var result: [UInt8] = []
        for range in ranges(of: stream) {
            guard let part = read(range), part.count == range.count else { return nil }
            result += part
        }
        return result
    }

    /// Whether these bytes come next.
    mutating func comes(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first, peek() == first else { return false }
        let start = position - pieceStart
        guard piece.count - start < bytes.count else { return piece[start..<start + bytes.count].elementsEqual(bytes) }
        var ahead = self
        return ahead.take(bytes.count) == bytes
    }

    /// Passes over all that comes before the next such byte. False when there is none.
    mutating func skip(to byte: UInt8) -> Bool {
        while fill() {
            if let found = piece[(position - pieceStart)...].firstIndex(of: byte) {
                position = pieceStart + found
                return true
            }
            position = pieceStart + piece.count
        }
        return false
    }

    /// Passes over such bytes as far as they are at hand, but for the last so many of them.
    mutating func skipRun(of byte: UInt8, butLast count: Int) {
        guard fill() else { return }
        let end = piece[(position - pieceStart)...].firstIndex { $0 != byte } ?? piece.count
        position = max(position, pieceStart + end - count)
    }

    /// Passes over so many bytes; what need not be looked at is not read.
    mutating func skip(_ count: Int) -> Bool {
        guard count >= 0, count <= self.count - position else { return false }
        position += count
        return true
    }

    /// Whether a fragment begins at the position, or the stream is at its end.
    var isAtFragmentStart: Bool { position == count || starts[fragmentHere] == position }

    /// Passes over what is left of the fragment that has the next byte.
    mutating func skipFragment() {
        guard position < count else { return }
        let here = fragmentHere
        position = starts[here] + fragments[here].count
    }

    private var fragmentHere: Int {
        var here = fragment
        while here + 1 < starts.count, starts[here + 1] <= position { here += 1 }
        return here
    }

    /// Where bytes of the stream lie in the file.
    func ranges(of stream: Range<Int>) -> [Range<Int>] {
        guard !stream.isEmpty else { return [] }
        // The last fragment that begins at or before the first byte.
        var low = 0, high = starts.count
        while low + 1 < high {
            let middle = (low + high) / 2
            if starts[middle] <= stream.lowerBound { low = middle } else { high = middle }
        }
        var result: [Range<Int>] = []
        var position = stream.lowerBound
        while position < stream.upperBound, low < fragments.count {
            let offset = fragments[low].lowerBound + position - starts[low]
            let part = min(stream.upperBound - position, fragments[low].upperBound - offset)
            result.append(offset..<(offset + part))
            position += part
            low += 1
        }
        return result
    }
}
