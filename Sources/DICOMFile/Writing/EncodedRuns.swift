import DICOMCore
import DICOMEncoding

/// New bytes, and runs of the original among them. All new bytes lie in one array, whatever the number of elements: a data set
/// of a thousand items has some thousands.
struct EncodedRuns {
    private(set) var runs: [EditPlan.Run] = []
    /// What runs of new bytes are parts of.
    private(set) var made: [UInt8] = []
    private(set) var byteCount = 0
    /// Runs before this one are not added to.
    private var first = 0

    /// Begins something of its own: its runs are those from here on.
    mutating func begin() -> Int {
        first = runs.count
        return first
    }

    mutating func append(_ bytes: [UInt8]) {
        let start = made.count
        made.append(contentsOf: bytes)
        finish(start)
    }

    /// - Parameter write: appends to what was made before, and does nothing else to it.
    mutating func append(as encoding: ElementEncoding, _ write: (inout ElementWriter) -> Void) {
        let start = made.count
        var writer = ElementWriter(encoding)
        swap(&writer.bytes, &made)
        write(&writer)
        swap(&writer.bytes, &made)
        finish(start)
    }

    private mutating func finish(_ start: Int) {
        let end = made.count
        guard end > start else { return }
        byteCount += end - start
        if runs.count > first, case .made(let before)? = runs.last, before.upperBound == start {
            runs[runs.count - 1] = .made(before.lowerBound..<end)
        } else {
            runs.append(.made(start..<end))
        }
    }

    mutating func append(original range: Range<Int>) {
        guard !range.isEmpty else { return }
        byteCount += range.count
        runs.append(.copy(range))
    }

    mutating func append(samples range: Range<Int>, _ bits: StoredBits) {
        guard !range.isEmpty else { return }
        byteCount += range.count
        runs.append(.samples(range, bits))
    }

    mutating func append(_ spill: Spill, _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        byteCount += range.count
        runs.append(.spilled(spill, range))
    }

    mutating func append(_ other: EncodedRuns) {
        for run in other.runs {
            switch run {
            case .made(let range): append(Array(other.made[range]))
            case .copy(let range): append(original: range)
            case .samples(let range, let bits): append(samples: range, bits)
            case .spilled(let spill, let range): append(spill, range)
            }
        }
    }
}
