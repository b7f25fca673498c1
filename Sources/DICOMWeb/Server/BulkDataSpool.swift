import Glibc
import Host
import NIOCore
import NIOPosix

/// Bulk data of one request, in a file without a name: it is gone with the request, whatever happens.
final class BulkDataSpool: Sendable {
    struct Entry: Sendable {
        var range: Range<Int>
        var type: MediaType
    }

    private let file: Descriptor
    // SAFETY: written by the one task that reads the request, before the assembly reads.
    private nonisolated(unsafe) var entries: [String: Entry] = [:]
    private nonisolated(unsafe) var end = 0

    init(folder: String?) throws {
        let folder = folder ?? Scratch.folder
        // glibc's O_TMPFILE is `__O_TMPFILE | O_DIRECTORY`, which Swift does not import.
        let withoutName = Int32(0o20_000_000) | O_DIRECTORY
        let number = open(folder, withoutName | O_RDWR | O_CLOEXEC, 0o600)
        if number >= 0 {
            file = Descriptor(number)
            return
        }
        // Some file systems have no files without a name: then one that has lost it.
        var template = Array("\(folder)/.cordon-XXXXXX".utf8CString)
        let named = mkstemp(&template)
        guard named >= 0 else { throw WebProblem.unavailable(retryAfter: 30) }
        _ = unlink(template)
        _ = fcntl(named, F_SETFD, FD_CLOEXEC)
        file = Descriptor(named)
    }

    /// False when there is an entry of that location.
    func add(_ bytes: Feed<ByteBuffer>, location: String, type: MediaType) async throws -> Bool {
        guard entries[location] == nil else { return false }
        let start = end
        while let buffer = try await bytes.next() {
            let file = file
            do {
                try await NIOThreadPool.singleton.runIfActive {
                    try buffer.withUnsafeReadableBytes { try file.write($0) }
                }
            } catch let error as SystemError {
                throw error.isOutOfSpace ? WebProblem.unavailable(retryAfter: 60) : error
            }
            end += buffer.readableBytes
        }
        entries[location] = Entry(range: start..<end, type: type)
        return true
    }

    func entry(_ location: String) -> Entry? { entries[location] }

    /// Some of the bytes, in pieces.
    func bytes(_ range: Range<Int>) -> Feed<ByteBuffer> { FileBytes.feed(file, range) }
}

extension SystemError {
    fileprivate var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT }
}
