import DICOMCore
import DICOMEncoding
import Glibc

/// The bytes of a file, of a source, or bytes in memory: the beginning is kept, the rest is read when it is asked for. Nothing is
/// mapped, because a mapped file that somebody else cuts short kills the process; here it is an error. Shared freely: the
/// descriptor has no position of its own that anybody uses.
///
/// The one file with `unsafe` that reads; `write(2)` and zlib have theirs.
final class StoredBytes: Sendable {
    /// Enough for the header of nearly every image.
    static let headByteCount = 32 << 10
    /// What is read at once beyond it.
    static let windowByteCount = 64 << 10

    enum ReadError: Error {
        /// The system's reason.
        case system(Int32)
        /// The file ends earlier than it did.
        case shortened
        /// It is not a regular file.
        case notRegular
        /// What a source says.
        case source(String)

        var reason: String {
            switch self {
            // SAFETY: strerror answers with a string of its own for every number; it is copied at once.
            case .system(let number): unsafe String(cString: strerror(number))
            case .shortened: "it has become shorter"
            case .notRegular: "it is no regular file"
            case .source(let reason): reason
            }
        }
    }

    /// What tells whether somebody wrote to the file since it was opened. Renaming it is no harm.
    struct Identity: Hashable {
        var size: Int
        var modified: Int
        var modifiedNanoseconds: Int
    }

    let size: Int
    let head: [UInt8]
    /// -1 for bytes in memory, and of a source.
    private let descriptor: Int32
    private let source: (any ByteSource)?
    private let identity: Identity?
    /// Whose the descriptor is, where it is not ours to close.
    private let owner: (any AnyObject & Sendable)?

    init(_ bytes: [UInt8]) {
        head = bytes
        size = bytes.count
        descriptor = -1
        source = nil
        identity = nil
        owner = nil
    }

    init(_ source: any ByteSource) throws(ReadError) {
        size = source.size
        head = try Self.read(source, 0..<min(source.size, Self.headByteCount))
        descriptor = -1
        self.source = source
        identity = nil
        owner = nil
    }

    convenience init(path: String) throws(ReadError) {
        // O_NONBLOCK: a pipe in the folder must not hold us up before we see that it is one.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else { throw .system(errno) }
        try self.init(takingOver: descriptor)
    }

    /// Of a file that is open as long as its owner lives, whom this keeps; without one it is closed with this.
    init(_ descriptor: Int32, of owner: (any AnyObject & Sendable)?) throws(ReadError) {
        let identity = try Self.identity(descriptor)
        self.identity = identity
        size = identity.size
        head = try Self.read(descriptor, 0..<min(identity.size, Self.headByteCount))
        self.descriptor = descriptor
        source = nil
        self.owner = owner
    }

    /// Of a file that is open: a descriptor of its own, which is cheaper than to open the file again.
    convenience init(duplicating other: Int32) throws(ReadError) {
        let descriptor = fcntl(other, F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else { throw .system(errno) }
        try self.init(takingOver: descriptor)
    }

    /// Closes the descriptor when the last user is gone, and when this throws.
    convenience init(takingOver descriptor: Int32) throws(ReadError) {
        do throws(ReadError) { try self.init(descriptor, of: nil) } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { if descriptor >= 0, owner == nil { close(descriptor) } }

    /// A copy of some of the bytes.
    func copy(_ range: Range<Int>) throws(ReadError) -> [UInt8] {
        guard range.upperBound <= size else { throw .shortened }
        if range.upperBound <= head.count { return Array(head[range]) }
        if let source { return try Self.read(source, range) }
        return try Self.read(descriptor, range)
    }

    /// Reads some of the bytes into a part of a buffer.
    func read(_ range: Range<Int>, into buffer: inout [UInt8], at start: Int) throws(ReadError) {
        guard range.upperBound <= size, range.count <= buffer.count - start else { throw .shortened }
        if range.upperBound <= head.count {
            buffer.replaceSubrange(start..<start + range.count, with: head[range])
            return
        }
        if let source {
            buffer.replaceSubrange(start..<start + range.count, with: try Self.read(source, range))
            return
        }
        var failure: ReadError?
        // SAFETY: the part lies in the buffer, as was compared above.
        unsafe buffer.withUnsafeMutableBytes { bytes in
            let part = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + range.count])
            do throws(ReadError) { unsafe try Self.read(descriptor, at: range.lowerBound, into: part) } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Whether the file is still the one that was opened, as far as size and times tell.
    var isUnchanged: Bool {
        guard let identity else { return true }
        return (try? Self.identity(descriptor)) == identity
    }

    private static func read(_ source: any ByteSource, _ range: Range<Int>) throws(ReadError) -> [UInt8] {
        let bytes: [UInt8]
        do throws(ByteSourceError) { bytes = try source.bytes(in: range) } catch { throw .source(error.reason) }
        guard bytes.count == range.count else { throw .shortened }
        return bytes
    }

    private static func identity(_ descriptor: Int32) throws(ReadError) -> Identity {
        var status = stat()
        // SAFETY: the structure is ours and lives through the call.
        guard unsafe fstat(descriptor, &status) == 0 else { throw .system(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular }
        return Identity(
            size: Int(status.st_size), modified: status.st_mtim.tv_sec, modifiedNanoseconds: status.st_mtim.tv_nsec)
    }

    private static func read(_ descriptor: Int32, _ range: Range<Int>) throws(ReadError) -> [UInt8] {
        var failure: ReadError?
        // SAFETY: the buffer has the capacity asked for; all of it is filled, or none of it is used.
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            do throws(ReadError) {
                let whole = UnsafeMutableRawBufferPointer(buffer)
                let exact = unsafe UnsafeMutableRawBufferPointer(rebasing: whole[0..<range.count])
                unsafe try read(descriptor, at: range.lowerBound, into: exact)
                count = range.count
            } catch {
                failure = error
                count = 0
            }
        }
        if let failure { throw failure }
        return bytes
    }

    private static func read(
        _ descriptor: Int32, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReadError) {
        var done = 0
        while done < buffer.count {
            // SAFETY: `done` is less than the buffer's count, so address and length lie in it.
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = unsafe pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            if count < 0 {
                if errno == EINTR { continue }
                throw .system(errno)
            }
            guard count > 0 else { throw .shortened }
            done += count
        }
    }
}
