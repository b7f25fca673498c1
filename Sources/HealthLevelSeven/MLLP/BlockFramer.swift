/// Blocks of the minimal lower layer protocol (HL7 v2 transport, MLLP release 1): VT, the message, FS, CR.
///
/// However the bytes come, the same blocks come out. What stands between blocks is skipped, within a limit.
public struct BlockFramer: Sendable {
    public enum Failure: Error, Hashable, Sendable {
        /// The block is longer than what is taken.
        case tooLong
        /// Something other than blocks is sent.
        case noBlocks
    }

    static let start: UInt8 = 0x0B
    static let end: UInt8 = 0x1C
    static let last: UInt8 = 0x0D

    private let limit: Int
    private var bytes: [UInt8] = []
    /// Where the bytes that have not been given begin, and how far they have been looked at.
    private var position = 0
    private var scanned = 0
    private var isWithin = false
    private var skipped = 0

    /// - Parameter limit: of one block, in bytes.
    public init(limit: Int) { self.limit = limit }

    /// More between blocks is no line feed too many, but another protocol.
    static let mostSkipped = 4096

    public mutating func append(_ more: some Sequence<UInt8>) {
        if position > 65_536, position * 2 > bytes.count {
            bytes.removeFirst(position)
            scanned -= position
            position = 0
        }
        bytes.append(contentsOf: more)
    }

    /// Whether a block has begun and not ended.
    public var isWithinBlock: Bool { isWithin }

    /// How many bytes wait here.
    public var count: Int { bytes.count - position }

    /// The next whole block, without its framing; nil when more bytes are needed.
    public mutating func next() throws(Failure) -> [UInt8]? {
        if !isWithin {
            while position < bytes.count, bytes[position] != Self.start {
                position += 1
                skipped += 1
                guard skipped <= Self.mostSkipped else { throw .noBlocks }
            }
            guard position < bytes.count else {
                scanned = position
                return nil
            }
            position += 1
            scanned = position
            isWithin = true
            skipped = 0
        }
        while scanned < bytes.count {
            // FS alone is a byte of UTF-16, or of nothing: only with CR it ends the block.
            if bytes[scanned] == Self.end, scanned + 1 == bytes.count { break }
            if bytes[scanned] == Self.end, bytes[scanned + 1] == Self.last {
                let block = Array(bytes[position..<scanned])
                position = scanned + 2
                scanned = position
                isWithin = false
                return block
            }
            scanned += 1
            guard scanned - position <= limit else { throw .tooLong }
        }
        return nil
    }

    /// The beginning of a block that is too long: enough to say whom the answer is for.
    var beginning: ArraySlice<UInt8> { bytes[position...].prefix(4096) }

    /// A block with its framing.
    public static func framed(_ block: [UInt8]) -> [UInt8] { [start] + block + [end, last] }
}
