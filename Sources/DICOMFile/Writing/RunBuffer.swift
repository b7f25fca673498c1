import DICOMCore
import DICOMEncoding

/// One buffer through which a result passes: small runs are gathered, long ones read into it piece by piece. Long ones that are
/// in memory already are handed on as they lie there.
struct RunBuffer {
    typealias Consumer = (borrowing RawSpan) throws(WriteError) -> Void

    /// What is read and written at once. More gains nothing: the kernel's copying is what costs.
    static let byteCount = 256 << 10

    /// Runs shorter than this come out of a window of the original: thousands of them would be as many system calls.
    private static let shortByteCount = 4 << 10
    /// Runs in memory of this length are worth a call of their own.
    private static let longByteCount = 64 << 10

    private var storage: [UInt8] = []
    private let capacity: Int
    private var window: [UInt8] = []
    private var windowStart = 0
    private var windowSource: StoredBytes?

    /// - Parameter byteCount: about how much there will be: a small result needs no large buffer.
    init(byteCount: Int) {
        capacity = min(Self.byteCount, max(4096, byteCount + byteCount / 8))
        storage.reserveCapacity(capacity)
    }

    /// - Parameter made: what runs of new bytes are parts of.
    mutating func append(
        _ run: EditPlan.Run, made: [UInt8], of source: StoredBytes, _ consume: Consumer
    ) throws(WriteError) {
        switch run {
        case .copy(let range): try copy(range, of: source, consume)
        case .samples(let range, let bits):
            try bits.forEachPiece(of: range, in: source) { bytes throws(WriteError) in
                try append(bytes[...], consume)
            }
        case .spilled(let spill, let range): try copy(range, of: spill.stored, consume)
        case .made(let range): try append(made[range], consume)
        }
    }

    mutating func append(_ bytes: ArraySlice<UInt8>, _ consume: Consumer) throws(WriteError) {
        if bytes.count <= capacity - storage.count {
            storage.append(contentsOf: bytes)
            return try flushIfFull(consume)
        }
        var rest = bytes
        while !rest.isEmpty {
            let part = rest.prefix(capacity - storage.count)
            storage.append(contentsOf: part)
            rest = rest.dropFirst(part.count)
            try flushIfFull(consume)
        }
    }

    mutating func copy(_ range: Range<Int>, of source: StoredBytes, _ consume: Consumer) throws(WriteError) {
        if range.upperBound <= source.head.count {
            let head = source.head
            guard range.count >= Self.longByteCount else { return try append(head[range], consume) }
            try flush(consume)
            // In pieces, so that what is written is still at hand for whoever makes a digest of it.
            for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.byteCount) {
                try consume(head.rawSpan.extracting(start..<min(start + Self.byteCount, range.upperBound)))
            }
            return
        }
        if range.count < Self.shortByteCount { return try copyShort(range, of: source, consume) }
        var start = range.lowerBound
        while start < range.upperBound {
            let part = min(range.upperBound - start, capacity - storage.count)
            let end = storage.count
            storage.append(contentsOf: repeatElement(0, count: part))
            do throws(StoredBytes.ReadError) {
                try source.read(start..<start + part, into: &storage, at: end)
            } catch {
                throw .unreadable(error.reason)
            }
            try flushIfFull(consume)
            start += part
        }
    }

    private mutating func copyShort(
        _ range: Range<Int>, of source: StoredBytes, _ consume: Consumer
    ) throws(WriteError) {
        let isAtHand =
            windowSource === source && range.lowerBound >= windowStart && range.upperBound <= windowStart + window.count
        if !isAtHand {
            guard range.upperBound <= source.size else {
                throw .unreadable(StoredBytes.ReadError.shortened.reason)
            }
            let end = min(range.lowerBound + StoredBytes.windowByteCount, source.size)
            do throws(StoredBytes.ReadError) {
                window = try source.copy(range.lowerBound..<end)
            } catch {
                throw .unreadable(error.reason)
            }
            windowStart = range.lowerBound
            windowSource = source
        }
        try append(window[range.lowerBound - windowStart..<range.upperBound - windowStart], consume)
    }

    mutating func flush(_ consume: Consumer) throws(WriteError) {
        guard !storage.isEmpty else { return }
        try consume(storage.rawSpan)
        storage.removeAll(keepingCapacity: true)
    }

    private mutating func flushIfFull(_ consume: Consumer) throws(WriteError) {
        if storage.count == capacity { try flush(consume) }
    }
}
