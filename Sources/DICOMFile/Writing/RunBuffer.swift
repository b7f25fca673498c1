import DICOMCore
import DICOMEncoding

/// One buffer through which all of a result passes: small runs are gathered, long ones read into it piece by piece.
struct RunBuffer {
    typealias Consumer = (borrowing RawSpan) throws(WriteError) -> Void

    /// What is read and written at once. More gains nothing: the kernel's copying is what costs.
    static let byteCount = 256 << 10

    /// Runs shorter than this come out of a window of the original: thousands of them would be as many system calls.
    private static let shortByteCount = 4 << 10

    private var storage: [UInt8]
    private var count = 0
    private var window: [UInt8] = []
    private var windowStart = 0
    private var windowSource: StoredBytes?

    /// - Parameter byteCount: about how much there will be: a small result needs no large buffer.
    init(byteCount: Int) {
        storage = [UInt8](repeating: 0, count: min(Self.byteCount, max(4096, byteCount + byteCount / 8)))
    }

    mutating func append(_ run: EditPlan.Run, of source: StoredBytes, _ consume: Consumer) throws(WriteError) {
        switch run {
        case .copy(let range): try copy(range, of: source, consume)
        case .samples(let range, let bits):
            try bits.forEachPiece(of: range, in: source) { bytes throws(WriteError) in
                try append(bytes[...], consume)
            }
        case .spilled(let spill, let range): try copy(range, of: spill.stored, consume)
        case .new(let bytes): try append(bytes[...], consume)
        }
    }

    mutating func append(_ bytes: ArraySlice<UInt8>, _ consume: Consumer) throws(WriteError) {
        var rest = bytes
        while !rest.isEmpty {
            let part = rest.prefix(storage.count - count)
            storage.replaceSubrange(count..<count + part.count, with: part)
            rest = rest.dropFirst(part.count)
            try advance(part.count, consume)
        }
    }

    mutating func copy(_ range: Range<Int>, of source: StoredBytes, _ consume: Consumer) throws(WriteError) {
        if range.count < Self.shortByteCount, range.upperBound > source.head.count {
            return try copyShort(range, of: source, consume)
        }
        var start = range.lowerBound
        while start < range.upperBound {
            let part = min(range.upperBound - start, storage.count - count)
            do throws(StoredBytes.ReadError) {
                try source.read(start..<start + part, into: &storage, at: count)
            } catch {
                throw .unreadable(error.reason)
            }
            try advance(part, consume)
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
        guard count > 0 else { return }
        try consume(storage.rawSpan.extracting(0..<count))
        count = 0
    }

    private mutating func advance(_ part: Int, _ consume: Consumer) throws(WriteError) {
        count += part
        if count == storage.count { try flush(consume) }
    }
}
