/// Which bits of the cells of native Pixel Data are the sample's (PS3.5 8.1.1): Bits Allocated, Bits Stored, High Bit, Pixel
/// Representation. What else is in a cell (overlays, before they were retired) is none of it.
public struct StoredBits: Sendable, Hashable {
    private let byteCount: Int
    private let lowest: Int
    private let count: Int
    private let isSigned: Bool
    private let isBigEndian: Bool

    /// Nil for cells of other than 8 or 16 bits, and for samples that do not fit into them.
    ///
    /// - Parameter isBigEndian: whether a cell of 16 bits has its higher byte first.
    public init?(allocated: Int, stored: Int, highBit: Int, isSigned: Bool, isBigEndian: Bool) {
        guard allocated == 8 || allocated == 16, stored > 0, highBit < allocated, highBit + 1 >= stored else {
            return nil
        }
        byteCount = allocated / 8
        lowest = highBit + 1 - stored
        count = stored
        self.isSigned = isSigned
        self.isBigEndian = isBigEndian
    }

    /// Whether a bit of a cell is of the sample.
    public func contains(_ bit: Int) -> Bool { lowest..<(lowest + count) ~= bit }

    /// A cell without anything else: bits below the sample are zero, bits above it are zero, or what its sign is, so that
    /// a reader that takes the whole cell for the sample finds the same number.
    package func cleaned(_ cell: UInt16) -> UInt16 {
        let width = byteCount * 8
        let sample = cell >> UInt16(lowest) & UInt16((1 << count) - 1)
        let isNegative = isSigned && sample >> UInt16(count - 1) == 1
        let extended = isNegative ? sample | ~UInt16((1 << count) - 1) : sample
        return (extended << UInt16(lowest)) & UInt16((1 << width) - 1)
    }

    /// Cleans whole cells; bytes that are too few for one become zeros.
    package func clean(_ bytes: inout [UInt8]) {
        if byteCount == 1 {
            for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: cleaned(UInt16(bytes[index]))) }
            return
        }
        let high = isBigEndian ? 0 : 1
        var index = 0
        while index + 1 < bytes.count {
            let cell = cleaned(UInt16(bytes[index + high]) << 8 | UInt16(bytes[index + 1 - high]))
            bytes[index + high] = UInt8(truncatingIfNeeded: cell >> 8)
            bytes[index + 1 - high] = UInt8(truncatingIfNeeded: cell)
            index += 2
        }
        if index < bytes.count { bytes[index] = 0 }
    }
}

extension StoredBits {
    /// What is read at once: whole cells.
    private static var pieceByteCount: Int { 64 << 10 }

    /// Hands on a range of cells, cleaned, piece by piece.
    func forEachPiece(
        of range: Range<Int>, in source: StoredBytes, _ body: ([UInt8]) throws(WriteError) -> Void
    ) throws(WriteError) {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + Self.pieceByteCount, range.upperBound)
            var bytes: [UInt8]
            do throws(StoredBytes.ReadError) {
                bytes = try source.copy(start..<end)
            } catch {
                throw .unreadable(error.reason)
            }
            clean(&bytes)
            try body(bytes)
            start = end
        }
    }
}
