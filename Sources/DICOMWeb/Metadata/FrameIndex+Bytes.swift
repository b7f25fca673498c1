import DICOMEncoding
import DICOMFile
import NIOCore
import NIOPosix

extension FrameIndex {
    /// Bytes of a frame.
    func length(of frame: Int) -> Int {
        if let bits = bits(of: frame) { return (bits.count + 7) / 8 }
        return runs(of: frame).reduce(0) { $0 + $1.count }
    }

    /// The bytes of a frame, native ones in little endian order.
    func bytes(of frame: Int, in file: DICOMFile) -> Feed<ByteBuffer> {
        if let bits = bits(of: frame), let bytes = runs(of: frame).first {
            return Feed.dataSet(file, bytes, pieceSize: bytes.count) {
                Self.shifted($0, by: bits.lowerBound % 8, bits.count)
            }
        }
        let isSwapped = isSwapped
        return Feed(
            concatenating: runs(of: frame).map { range in
                Feed.dataSet(file, range) { isSwapped ? Self.swapped($0) : $0 }
            })
    }

    private static func swapped(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        for index in stride(from: 0, to: bytes.count - 1, by: 2) { result.swapAt(index, index + 1) }
        return result
    }

    /// Bits are packed from the lowest on (PS3.5 D.1).
    private static func shifted(_ bytes: [UInt8], by shift: Int, _ count: Int) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: (count + 7) / 8)
        for bit in 0..<count {
            let source = bit + shift
            if bytes[source / 8] >> (source % 8) & 1 == 1 { result[bit / 8] |= 1 << (bit % 8) }
        }
        return result
    }
}

extension Feed where Element == ByteBuffer {
    /// Some bytes of a data set, in pieces of an even length, each read on threads of their own when it is asked for.
    static func dataSet(
        _ file: DICOMFile, _ range: Range<Int>, pieceSize: Int = 256 << 10,
        _ transform: @escaping @Sendable ([UInt8]) -> [UInt8] = { $0 }
    ) -> Feed {
        let pieces = stride(from: range.lowerBound, to: range.upperBound, by: max(2, pieceSize)).map {
            $0..<min($0 + max(2, pieceSize), range.upperBound)
        }
        let rest = Feed<Range<Int>>(pieces)
        return Feed {
            guard let piece = try await rest.next() else { return nil }
            return try await NIOThreadPool.singleton.runIfActive {
                ByteBuffer(bytes: transform(try file.bytes(in: piece)))
            }
        }
    }
}
