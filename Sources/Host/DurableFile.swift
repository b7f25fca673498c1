internal import Crypto
internal import Glibc

/// A file that is written under a temporary name, brought to disk, and only then given its own: whoever looks sees all
/// of it or nothing.
package struct DurableFile {
    /// Where it is until then.
    package let temporaryPath: String
    private let descriptor: Descriptor
    private var hash = SHA256()
    package private(set) var size = 0

    /// Begins a new file; one that is there is nobody's to overwrite.
    /// - Parameter mode: a `mode_t`, before the umask. Spelled out, since a build of the whole module finds Glibc unused.
    package init(temporaryPath: String, mode: UInt32) throws(SystemError) {
        let number = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard number >= 0 else { throw .last("open") }
        self.temporaryPath = temporaryPath
        descriptor = Descriptor(number)
    }

    package mutating func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        try descriptor.write(bytes)
        observe(bytes)
    }

    package mutating func write(_ text: String) throws(SystemError) {
        var text = text
        let bytes = text.withUTF8 { Array($0) }
        let result = bytes.withUnsafeBytes { bytes in Result { () throws(SystemError) in try write(bytes) } }
        try result.get()
    }

    /// For somebody who writes to the descriptor himself and tells what he wrote.
    package mutating func write(through writer: (Int32, (UnsafeRawBufferPointer) -> Void) throws -> Void) throws {
        try writer(descriptor.number) { observe($0) }
    }

    private mutating func observe(_ bytes: UnsafeRawBufferPointer) {
        hash.update(bufferPointer: bytes)
        size += bytes.count
    }

    /// Brings the bytes to disk and says what they were.
    package func finish() throws(SystemError) -> ContentDigest {
        try descriptor.flush()
        return ContentDigest(hash.finalize())
    }

    /// Says what the bytes were, and leaves it to the caller to flush the file before it gets its name: those of many files wait for
    /// the disk together.
    package func finishUnflushed() throws(SystemError) -> (digest: ContentDigest, file: Descriptor) {
        try descriptor.beginFlush()
        return (ContentDigest(hash.finalize()), descriptor)
    }
}
