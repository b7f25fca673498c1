import CZlib
import DICOMCore

/// Runs made into a deflated data set of even length (PS3.5 A.5, RFC 1951). The same runs give the same bytes with the
/// same zlib.
enum Deflation {
    private static let chunkByteCount = 64 << 10

    static func deflate(
        _ plan: EditPlan, _ rest: Range<Int>, of source: StoredBytes, into buffer: inout RunBuffer,
        _ consume: RunBuffer.Consumer
    ) throws(WriteError) {
        var stream = unsafe z_stream()
        // SAFETY: zlib fills the structure; negative bits mean raw deflate, without the header of RFC 1950.
        let status = unsafe deflateInit2_(
            &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw .deflate }
        defer { unsafe deflateEnd(&stream) }
        var written = 0
        for run in plan.runs + [.copy(rest)] {
            switch run {
            case .made(let range):
                written += try unsafe feed(Array(plan.made[range]), Z_NO_FLUSH, &stream, &buffer, consume)
            case .samples(let range, let bits):
                try bits.forEachPiece(of: range, in: source) { bytes throws(WriteError) in
                    written += try unsafe feed(bytes, Z_NO_FLUSH, &stream, &buffer, consume)
                }
            case .copy, .spilled:
                var (from, start, upperBound) = (source, 0, 0)
                if case .copy(let range) = run { (start, upperBound) = (range.lowerBound, range.upperBound) }
                if case .spilled(let spill, let range) = run {
                    (from, start, upperBound) = (spill.stored, range.lowerBound, range.upperBound)
                }
                while start < upperBound {
                    let end = min(start + chunkByteCount, upperBound)
                    written += try unsafe feed(
                        try read(from, start..<end), Z_NO_FLUSH, &stream, &buffer, consume)
                    start = end
                }
            }
        }
        written += try unsafe feed([], Z_FINISH, &stream, &buffer, consume)
        if written % 2 == 1 { try buffer.append([0], consume) }
    }

    private static func read(_ source: StoredBytes, _ range: Range<Int>) throws(WriteError) -> [UInt8] {
        do throws(StoredBytes.ReadError) {
            return try source.copy(range)
        } catch {
            throw .unreadable(error.reason)
        }
    }

    /// Hands bytes to zlib and what it makes of them to the buffer; the count of the latter.
    private static func feed(
        _ bytes: [UInt8], _ flush: Int32, _ stream: inout z_stream, _ buffer: inout RunBuffer,
        _ consume: RunBuffer.Consumer
    ) throws(WriteError) -> Int {
        var chunk = [UInt8](repeating: 0, count: chunkByteCount)
        var used = 0
        var written = 0
        while true {
            let produced: Int
            let status: Int32
            // SAFETY: zlib reads and writes within the two counts, and keeps no pointer that is used after the call: the
            // next one sets both anew.
            (produced, used, status) = unsafe bytes.withUnsafeBytes { from in
                unsafe chunk.withUnsafeMutableBytes { to in
                    let rest = unsafe UnsafeRawBufferPointer(rebasing: from[used...])
                    unsafe stream.next_in = UnsafeMutablePointer(
                        mutating: rest.assumingMemoryBound(to: Bytef.self).baseAddress)
                    unsafe stream.avail_in = UInt32(rest.count)
                    unsafe stream.next_out = to.assumingMemoryBound(to: Bytef.self).baseAddress
                    unsafe stream.avail_out = UInt32(to.count)
                    let status = unsafe CZlib.deflate(&stream, flush)
                    return unsafe (to.count - Int(stream.avail_out), from.count - Int(stream.avail_in), status)
                }
            }
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { throw .deflate }
            written += produced
            try buffer.append(chunk[..<produced], consume)
            let isDone = flush == Z_FINISH ? status == Z_STREAM_END : used == bytes.count && produced < chunk.count
            if isDone { return written }
        }
    }
}
