import Host
internal import Crypto
import Glibc
import Inputs

/// Where the lines of a text go: to a file, or nowhere but into a digest.
struct TextSink {
    private var file: DurableFile?
    private var hash = SHA256()
    private var buffer: [UInt8] = []

    init(file: DurableFile? = nil) { self.file = file }

    mutating func write(_ bytes: [UInt8]) throws {
        buffer += bytes
        if buffer.count >= Descriptor.pieceSize { try flush() }
    }

    private mutating func flush() throws {
        try buffer.withUnsafeBytes { bytes in
            if file == nil { hash.update(bufferPointer: bytes) } else { try file?.write(bytes) }
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Brings a file to disk; says what was written.
    mutating func finish() throws -> ContentDigest {
        try flush()
        return try file?.finish() ?? ContentDigest(hash.finalize())
    }
}

/// A text file that is only touched when its text changes, so that a run that changes nothing touches nothing.
enum TextFile {
    /// - Parameter generate: called once or twice, and says the same each time.
    /// - Returns: whether the file was written.
    static func put(
        _ path: String, temporaryPath: String, mode: mode_t, _ generate: (inout TextSink) throws -> Void
    ) throws(RunError) -> Bool {
        try RunError.wrapping("a file of records cannot be written") {
            if let status = FileSystem.status(path), FileKind(mode: status.st_mode) == .file,
                status.st_mode & 0o777 & ~mode == 0
            {
                var sink = TextSink()
                try generate(&sink)
                if try sink.finish() == ContentDigest(of: Descriptor(reading: PathBytes(path))) { return false }
            }
            var sink = TextSink(file: try DurableFile(temporaryPath: temporaryPath, mode: mode))
            do {
                try generate(&sink)
                _ = try sink.finish()
                try FileSystem.rename(temporaryPath, to: path)
            } catch {
                try? FileSystem.remove(temporaryPath)
                throw error
            }
            try FileSystem.flushFolder(PathBytes(path).folder.text)
            return true
        }
    }
}
