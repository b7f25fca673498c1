internal import Crypto
import Glibc
import Inputs

/// A file that is written under a temporary name, brought to disk, and only then given its own: whoever looks sees all
/// of it or nothing.
struct DurableFile {
    /// Where it is until then.
    let temporaryPath: String
    private let descriptor: Descriptor
    private var hash = SHA256()
    private(set) var size = 0

    /// Begins a new file; one that is there is nobody's to overwrite.
    /// - Parameter mode: before the umask.
    init(temporaryPath: String, mode: mode_t) throws(SystemError) {
        let number = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard number >= 0 else { throw .last("open") }
        self.temporaryPath = temporaryPath
        descriptor = Descriptor(number)
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        try descriptor.write(bytes)
        observe(bytes)
    }

    mutating func write(_ text: String) throws(SystemError) {
        var text = text
        let bytes = text.withUTF8 { Array($0) }
        let result = bytes.withUnsafeBytes { bytes in Result { () throws(SystemError) in try write(bytes) } }
        try result.get()
    }

    /// For somebody who writes to the descriptor himself and tells what he wrote.
    mutating func write(through writer: (Int32, (UnsafeRawBufferPointer) -> Void) throws -> Void) throws {
        try writer(descriptor.number) { observe($0) }
    }

    private mutating func observe(_ bytes: UnsafeRawBufferPointer) {
        hash.update(bufferPointer: bytes)
        size += bytes.count
    }

    /// Brings the bytes to disk and says what they were.
    func finish() throws(SystemError) -> ContentDigest {
        try descriptor.flush()
        return ContentDigest(hash.finalize())
    }
}

/// Calls on names, with errors.
enum FileSystem {
    static func rename(_ from: String, to path: String) throws(SystemError) {
        guard Glibc.rename(from, path) == 0 else { throw .last("rename") }
    }

    /// Makes the folder unless it is there.
    static func makeFolder(_ path: String, mode: mode_t = 0o777) throws(SystemError) {
        guard mkdir(path, mode) == 0 || errno == EEXIST else { throw .last("mkdir") }
    }

    /// Brings the names in a folder to disk.
    static func flushFolder(_ path: String) throws(SystemError) {
        let number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw .last("open") }
        try Descriptor(number).flush()
    }

    static func status(_ path: String) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }

    static func identity(of path: PathBytes) -> FileIdentity? {
        var status = stat()
        return path.withCString { stat($0, &status) } == 0 ? FileIdentity(status) : nil
    }

    static func remove(_ path: String) throws(SystemError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw .last("unlink") }
    }

    /// The whole file, nil when there is none.
    static func contents(_ path: String) throws -> [UInt8]? {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        if number < 0, errno == ENOENT { return nil }
        guard number >= 0 else { throw SystemError.last("open") }
        var bytes: [UInt8] = []
        try Descriptor(number).forEachPiece { bytes += $0 }
        return bytes
    }
}
