/// The bytes of all fragments of Pixel Data, one after another, read in pieces: a stream of a gigabyte takes no more
/// memory than one of a kilobyte (P9).
struct FragmentReader {
    /// Where fragments lie in the file, the offset table left out.
    private let fragments: [Range<Int>]
    private let read: (Range<Int>) -> [UInt8]?
    private var fragment = 0
    /// Where the next piece begins in the file.
    private var offset: Int
    private var piece: [UInt8] = []
    private var position = 0
    /// A piece that the file did not give.
    private(set) var hasFailed = false

    static let pieceSize = 256 << 10

    init(_ fragments: [Range<Int>], read: @escaping (Range<Int>) -> [UInt8]?) {
        self.fragments = fragments.filter { !$0.isEmpty }
        self.read = read
        offset = self.fragments.first?.lowerBound ?? 0
    }

    /// Where the fragments of a value lie (PS3.5 A.4): items of defined length up to the delimiter or the end. The first
    /// is the offset table. Nil when the value is built in another way.
    static func fragments(in value: Range<Int>, read: (Range<Int>) -> [UInt8]?) -> [Range<Int>]? {
        var result: [Range<Int>] = []
        var position = value.lowerBound
        while value.upperBound - position >= 8 {
            guard let header = read(position..<(position + 8)), header.count == 8 else { return nil }
            let length = header[4...].reversed().reduce(0) { $0 << 8 | Int($1) }
            if header.starts(with: [0xFE, 0xFF, 0xDD, 0xE0]) { break }
            guard header.starts(with: [0xFE, 0xFF, 0x00, 0xE0]), length <= value.upperBound - position - 8 else {
                return nil
            }
            result.append((position + 8)..<(position + 8 + length))
            position += 8 + length
        }
        return result.isEmpty ? nil : Array(result.dropFirst())
    }

    /// Whether another byte is there; fetches the piece that has it.
    private mutating func fill() -> Bool {
        while position == piece.count {
            guard !hasFailed, fragment < fragments.count else { return false }
            let end = fragments[fragment].upperBound
            guard offset < end else {
                fragment += 1
                if fragment < fragments.count { offset = fragments[fragment].lowerBound }
                continue
            }
            let next = offset..<min(end, offset + Self.pieceSize)
            guard let bytes = read(next), bytes.count == next.count else {
                hasFailed = true
                return false
            }
            piece = bytes
            position = 0
            offset = next.upperBound
        }
        return true
    }

    mutating func peek() -> UInt8? { fill() ? piece[position] : nil }

    mutating func next() -> UInt8? {
        guard fill() else { return nil }
        position += 1
        return piece[position - 1]
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
            let part = min(count - result.count, piece.count - position)
            result += piece[position..<(position + part)]
            position += part
        }
        return result
    }

    /// Passes over so many bytes; what need not be looked at is not read.
    mutating func skip(_ count: Int) -> Bool {
        var rest = count
        while rest > 0 {
            if position < piece.count {
                let part = min(rest, piece.count - position)
                position += part
                rest -= part
                continue
            }
            guard fragment < fragments.count else { return false }
            let part = min(rest, fragments[fragment].upperBound - offset)
            offset += part
            rest -= part
            if offset == fragments[fragment].upperBound {
                fragment += 1
                if fragment < fragments.count { offset = fragments[fragment].lowerBound }
            }
        }
        return true
    }
}
