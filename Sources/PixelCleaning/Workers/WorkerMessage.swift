/// What goes to a worker and comes back: a code, twelve numbers and bytes (Sources/CWorker/include/worker.h).
struct WorkerMessage: Sendable {
    /// Of a request: what to do. Of an answer: how it went.
    var code: UInt32
    var numbers: [UInt32]
    var bytes: [UInt8]

    static let numberCount = 12
    static let headerByteCount = 64
    private static let magic: UInt32 = 0x3158_5043

    /// - Parameter numbers: at most twelve; the others are 0.
    init(_ code: UInt32, _ numbers: [UInt32], _ bytes: [UInt8]) {
        self.code = code
        self.numbers = numbers + [UInt32](repeating: 0, count: max(0, Self.numberCount - numbers.count))
        self.bytes = bytes
    }

    var header: [UInt8] {
        func bytes<Number: FixedWidthInteger>(of number: Number) -> [UInt8] {
            let inOrder = UInt64(number)
            return (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: inOrder >> UInt64($0 * 8)) }
        }
        return ([Self.magic, code] + numbers).flatMap { bytes(of: $0) } + bytes(of: UInt64(self.bytes.count))
    }

    /// An answer's header: its code, numbers, and how many bytes follow. Nil for one that is none.
    static func read(_ header: [UInt8]) -> (message: WorkerMessage, byteCount: Int)? {
        guard header.count == headerByteCount else { return nil }
        func number(_ at: Int, _ width: Int) -> UInt64 {
            header[at..<at + width].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        guard number(0, 4) == UInt64(magic), let count = Int(exactly: number(56, 8)) else { return nil }
        let numbers = (0..<numberCount).map { UInt32(truncatingIfNeeded: number(8 + $0 * 4, 4)) }
        return (WorkerMessage(UInt32(truncatingIfNeeded: number(4, 4)), numbers, []), count)
    }
}
