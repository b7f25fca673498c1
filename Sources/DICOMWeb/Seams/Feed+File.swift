import Glibc
package import Host
package import NIOCore
import NIOPosix

/// Files as bodies.
package enum FileBytes {
    /// The bytes of an open file, or some of them, in pieces. They are read on threads of their own.
    package static func feed(_ file: Descriptor, _ range: Range<Int>) -> Feed<ByteBuffer> {
        let reader = FileReader(file, range)
        return Feed { try await reader.next() }
    }
}

// SAFETY: a feed has one reader at a time.
private final class FileReader: @unchecked Sendable {
    private let file: Descriptor
    private var rest: Range<Int>
    private static let pieceSize = 256 << 10

    init(_ file: Descriptor, _ range: Range<Int>) {
        self.file = file
        rest = range
    }

    func next() async throws -> ByteBuffer? {
        guard !rest.isEmpty else { return nil }
        let count = min(rest.count, Self.pieceSize)
        let start = rest.lowerBound
        let file = file
        let piece = try await NIOThreadPool.singleton.runIfActive {
            var buffer = ByteBuffer()
            try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
                try file.read(into: UnsafeMutableRawBufferPointer(rebasing: space[..<count]), at: start)
            }
            return buffer
        }
        // The file became shorter: less than was promised is an error, not an end.
        guard piece.readableBytes == count else { throw SystemError(code: EIO, call: "read") }
        rest = start + count..<rest.upperBound
        return piece
    }
}
