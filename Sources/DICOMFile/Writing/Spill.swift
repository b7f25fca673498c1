import DICOMEncoding
import Glibc

/// Bytes that were made for a result before it is written, and are too many to keep in memory: those of cleaned frames.
/// They lie in a file without a name that is gone with the last user; few of them stay in memory.
public final class Spill: Sendable, Hashable {
    let stored: StoredBytes

    /// Bytes altogether.
    public var count: Int { stored.size }

    init(_ stored: StoredBytes) { self.stored = stored }

    public static func == (left: Spill, right: Spill) -> Bool { left === right }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }

    /// Gathers bytes, in memory first, then in a file.
    public struct Writer: ~Copyable {
        /// Scratch space failed: the system's reason.
        public struct Failure: Error, Sendable {
            public var reason: String
        }

        private static let memoryByteCount = 4 << 20

        private let folder: String?
        private var memory: [UInt8] = []
        private var descriptor: Int32 = -1
        /// What was appended so far.
        public private(set) var count = 0

        /// - Parameter scratch: the folder for the file; `TMPDIR`, else `/tmp`, if nil.
        public init(scratch: String? = nil) { folder = scratch }

        deinit { if descriptor >= 0 { close(descriptor) } }

        /// - Returns: where the bytes are in the spill.
        @discardableResult
        public mutating func append(_ bytes: [UInt8]) throws(Failure) -> Range<Int> {
            let start = count
            memory += bytes
            count += bytes.count
            if memory.count > Self.memoryByteCount { try flush() }
            return start..<count
        }

        private mutating func flush() throws(Failure) {
            if descriptor < 0 { descriptor = Scratch.open(in: folder) }
            guard descriptor >= 0, writeAll(descriptor, memory.rawSpan) else {
                throw Failure(reason: StoredBytes.ReadError.system(errno).reason)
            }
            memory.removeAll(keepingCapacity: true)
        }

        /// What was gathered; the writer is used up.
        public mutating func finish() throws(Failure) -> Spill {
            guard descriptor >= 0 else {
                defer { memory = [] }
                return Spill(StoredBytes(memory))
            }
            if !memory.isEmpty { try flush() }
            let taken = descriptor
            descriptor = -1
            do throws(StoredBytes.ReadError) {
                return Spill(try StoredBytes(takingOver: taken))
            } catch {
                throw Failure(reason: error.reason)
            }
        }
    }
}

extension Spill {
    /// A copy of some of the bytes; nil when the file no longer gives them.
    public func bytes(in range: Range<Int>) -> [UInt8]? { try? stored.copy(range) }
}
