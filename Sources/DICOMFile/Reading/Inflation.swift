import CZlib
import DICOMCore
import DICOMEncoding
import Glibc

/// A deflated data set (PS3.5 A.5, RFC 1951) made into the bytes it stands for: in memory while they are few, else in a
/// file without a name that is gone with its last user.
enum Inflation {
    /// What stays in memory.
    private static let memoryByteCount = 1 << 20
    private static let chunkByteCount = 64 << 10

    static func inflate(
        _ source: StoredBytes, from start: Int, limits: ParseLimits, scratch: String?,
        stopsAtDamage: Bool = false
    ) throws(ParseError) -> StoredBytes {
        var stream = unsafe z_stream()
        // SAFETY: zlib fills the structure; negative bits mean raw deflate, without the header of RFC 1950.
        let size = Int32(unsafe MemoryLayout<z_stream>.size)
        guard unsafe inflateInit2_(&stream, -15, ZLIB_VERSION, size) == Z_OK else {
            throw ParseError(.malformedDeflate, at: start, expected: "memory to inflate with")
        }
        defer { unsafe inflateEnd(&stream) }
        var output = Output(folder: scratch, limit: limits.inflatedBytes)
        var chunk = [UInt8](repeating: 0, count: chunkByteCount)
        var position = start
        while position < source.size {
            let input = try bytes(source, position..<min(position + chunkByteCount, source.size))
            var used = 0
            var status = Z_OK
            repeat {
                let produced: Int
                // SAFETY: zlib reads and writes within the two counts, and keeps no pointer that is used after the call:
                // the next one sets both anew.
                (produced, used, status) = unsafe input.withUnsafeBytes { from in
                    unsafe chunk.withUnsafeMutableBytes { to in
                        let rest = unsafe UnsafeRawBufferPointer(rebasing: from[used...])
                        unsafe stream.next_in = UnsafeMutablePointer(
                            mutating: rest.assumingMemoryBound(to: Bytef.self).baseAddress)
                        unsafe stream.avail_in = UInt32(rest.count)
                        unsafe stream.next_out = to.assumingMemoryBound(to: Bytef.self).baseAddress
                        unsafe stream.avail_out = UInt32(to.count)
                        let status = unsafe CZlib.inflate(&stream, Z_NO_FLUSH)
                        return unsafe (to.count - Int(stream.avail_out), from.count - Int(stream.avail_in), status)
                    }
                }
                guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                    if stopsAtDamage { return try output.finish(at: start) }
                    throw ParseError(.malformedDeflate, at: position + used, expected: "a deflated stream (RFC 1951)")
                }
                try output.append(chunk[..<produced], at: position + used)
                if produced == 0, status == Z_BUF_ERROR { break }
            } while status != Z_STREAM_END && (used < input.count || status == Z_OK && !input.isEmpty)
            position += used
            if status == Z_STREAM_END {
                if !stopsAtDamage { try requirePadding(source, from: position, output) }
                return try output.finish(at: start)
            }
        }
        if stopsAtDamage { return try output.finish(at: start) }
        throw ParseError(.malformedDeflate, at: source.size, expected: "the end of the deflated stream")
    }

    /// A NUL makes the length even (PS3.5 A.5); more of them fill a sector. Data sets deflated with gzip bring its last
    /// eight bytes with them: checksum and length (RFC 1952 2.3.1), which then have to be right.
    private static func requirePadding(
        _ source: StoredBytes, from start: Int, _ output: Output
    ) throws(ParseError) {
        var position = start
        if source.size - start >= 8 {
            let trailer = try bytes(source, start..<start + 8)
            let checksum = trailer.rawSpan.littleEndian(UInt32.self, at: 0)
            let length = trailer.rawSpan.littleEndian(UInt32.self, at: 4)
            if checksum == output.checksum, length == UInt32(truncatingIfNeeded: output.count) { position += 8 }
        }
        while position < source.size {
            let rest = try bytes(source, position..<min(position + chunkByteCount, source.size))
            if let other = rest.firstIndex(where: { $0 != 0 }) {
                throw ParseError(.trailingBytes, at: position + other, expected: "nothing but NULs to the end")
            }
            position += rest.count
        }
    }

    private static func bytes(_ source: StoredBytes, _ range: Range<Int>) throws(ParseError) -> [UInt8] {
        do throws(StoredBytes.ReadError) {
            return try source.copy(range)
        } catch {
            throw ParseError(.unreadableFile, at: range.lowerBound, expected: "to read on: \(error.reason)")
        }
    }
}

extension Inflation {
    /// Grows in memory, then in a file.
    private struct Output {
        let folder: String?
        let limit: Int
        var memory: [UInt8] = []
        var descriptor: Int32 = -1
        var count = 0
        var checksum: UInt32 = 0

        mutating func append(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(ParseError) {
            guard bytes.count <= limit - count else {
                abandon()
                throw ParseError(.inflatesTooFar, at: offset, expected: "at most \(limit) bytes when inflated")
            }
            // zlib would take no bytes at all for the beginning of another checksum.
            guard !bytes.isEmpty else { return }
            count += bytes.count
            // SAFETY: zlib reads the bytes of the slice, no more, and keeps nothing.
            checksum = unsafe bytes.withUnsafeBytes { bytes in
                let start = unsafe bytes.assumingMemoryBound(to: Bytef.self).baseAddress
                return unsafe UInt32(truncatingIfNeeded: crc32(uLong(checksum), start, uInt(bytes.count)))
            }
            memory.append(contentsOf: bytes)
            if descriptor >= 0 || memory.count > Inflation.memoryByteCount { try spill(at: offset) }
        }

        mutating func finish(at offset: Int) throws(ParseError) -> StoredBytes {
            guard descriptor >= 0 else { return StoredBytes(memory) }
            do throws(StoredBytes.ReadError) {
                return try StoredBytes(takingOver: descriptor)
            } catch {
                throw ParseError(.unreadableFile, at: offset, expected: "scratch space: \(error.reason)")
            }
        }

        private mutating func spill(at offset: Int) throws(ParseError) {
            if descriptor < 0 { descriptor = Scratch.open(in: folder) }
            guard descriptor >= 0, writeAll(descriptor, memory.rawSpan) else {
                let reason = StoredBytes.ReadError.system(errno).reason
                abandon()
                throw ParseError(.unreadableFile, at: offset, expected: "scratch space to inflate into: \(reason)")
            }
            memory.removeAll(keepingCapacity: true)
        }

        private mutating func abandon() {
            if descriptor >= 0 { close(descriptor) }
            descriptor = -1
        }
    }
}
