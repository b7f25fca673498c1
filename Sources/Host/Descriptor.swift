internal import CLinux
package import Glibc

/// An open file, closed with its last reference.
package final class Descriptor: Sendable {
    package let number: Int32

    /// Takes over an open descriptor.
    package init(_ number: Int32) { self.number = number }

    deinit { close(number) }

    /// Opens for reading. Never waits for the other end of a pipe.
    package convenience init(reading path: PathBytes) throws(SystemError) {
        let number = path.withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
        guard number >= 0 else { throw .last("open") }
        self.init(number)
    }

    package func status() throws(SystemError) -> stat {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw .last("fstat") }
        return status
    }

    /// A path that opens this very file again, whatever its name has become, and however it is spelled.
    package var path: String { "/proc/self/fd/\(number)" }

    /// Reads from an offset until the buffer is full or the file ends; says how many bytes there were.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(SystemError) -> Int {
        var count = 0
        while count < buffer.count {
            let part = pread(number, buffer.baseAddress.map { $0 + count }, buffer.count - count, offset + count)
            if part < 0 {
                if errno == EINTR { continue }
                throw .last("read")
            }
            if part == 0 { break }
            count += part
        }
        return count
    }

    /// Writes all of it.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        var count = 0
        while count < bytes.count {
            let part = Glibc.write(number, bytes.baseAddress.map { $0 + count }, bytes.count - count)
            if part < 0 {
                if errno == EINTR { continue }
                throw .last("write")
            }
            count += part
        }
    }

    /// Has the disk begin with what was written, and does not wait. Who writes many files does this for each and flushes them
    /// afterwards: the first flush finds most of the work under way, and the others find it done. That ext4 found no blocks for what was
    /// written it says here, and not when it is flushed.
    package func beginFlush() throws(SystemError) {
        if cordon_begin_flush(number) == 0 { return }
        let code = errno
        // Where there is no such call, the flush does all of it.
        if [ENOSYS, EPERM, EINVAL, ESPIPE].contains(code) { return }
        throw SystemError(code: code, call: "sync_file_range")
    }

    /// Brings the file to the disk.
    package func flush() throws(SystemError) {
        guard fsync(number) == 0 else { throw .last("fsync") }
    }

    /// The whole file in pieces, in order.
    /// Throws `SystemError` when it cannot be read, and whatever `body` throws.
    package func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceSize, alignment: 16)
        defer { piece.deallocate() }
        var offset = 0
        while true {
            let count = try read(into: piece, at: offset)
            if count == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: piece[..<count]))
            offset += count
        }
    }

    /// Large enough to hide the calls, small enough to stay in a cache.
    package static let pieceSize = 1 << 18
}
