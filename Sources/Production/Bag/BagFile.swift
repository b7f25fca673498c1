internal import Crypto
internal import Glibc
internal import Host

/// A file of a bag while it is written: its bytes go through a buffer, and both digests are of what was written.
package final class BagFile {
    private let descriptor: Descriptor
    private var buffer: [UInt8] = []
    private var sha256 = SHA256()
    private var sha512 = SHA512()
    package private(set) var size = 0

    /// The digests in hexadecimal digits, as they stand in manifests.
    package struct Digests: Hashable, Sendable {
        package var sha256: String
        package var sha512: String
    }

    /// Makes a file that only its owner reads, and that was not there.
    init(path: String) throws(SystemError) {
        let number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw .last("open") }
        descriptor = Descriptor(number)
    }

    package func write(_ text: String) throws { try write(Array(text.utf8)) }

    package func write(_ bytes: [UInt8]) throws {
        buffer += bytes
        if buffer.count >= Descriptor.pieceSize { try drain() }
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        try drain()
        try put(bytes)
    }

    private func drain() throws(SystemError) {
        let bytes = buffer
        buffer.removeAll(keepingCapacity: true)
        let result = bytes.withUnsafeBytes { piece in Result { () throws(SystemError) in try put(piece) } }
        try result.get()
    }

    private func put(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        try descriptor.write(bytes)
        sha256.update(bufferPointer: bytes)
        sha512.update(bufferPointer: bytes)
        size += bytes.count
    }

    /// Brings it to the disk.
    func finish() throws(SystemError) -> Digests {
        try drain()
        try descriptor.flush()
        return Digests(
            sha256: hexadecimalDigits(sha256.finalize()), sha512: hexadecimalDigits(sha512.finalize()))
    }
}
