/// What stays of compressed pixel data: for each frame, the bytes that are its image, and nothing between frames.
struct FrameStream: Hashable {
    /// One image: bytes of the stream and new ones, one after another.
    struct Frame: Hashable {
        enum Part: Hashable {
            case stream(Range<Int>)
            case new([UInt8])
        }

        private(set) var parts: [Part] = []

        mutating func keep(_ range: Range<Int>) {
            if !range.isEmpty { parts.append(.stream(range)) }
        }

        mutating func add(_ bytes: [UInt8]) { parts.append(.new(bytes)) }
    }

    var frames: [Frame] = []
    /// Whether anything but padding was left out or replaced.
    var isChanged = false

    static let damaged = Sequestration("compressed pixel data is damaged")
    static let unreadable = Sequestration("pixel data cannot be read")
}

extension FragmentReader {
    /// Leads to the next beginning of an image, over whatever stands before it. Padding is zeros and 0xFF. In the fragment
    /// in which a frame ended, an image follows directly or not at all: what follows it is no frame, and may be a picture
    /// of its own.
    ///
    /// - Parameters:
    ///   - beginnings: bytes with which an image may begin.
    ///   - lastFragment: in which the frame before ended.
    ///   - isChanged: set when anything but padding was passed over.
    /// - Returns: false when there are no more.
    mutating func findImage(_ beginnings: [[UInt8]], after lastFragment: Int?, isChanged: inout Bool) -> Bool {
        // Zeros that a beginning has before anything else: of a run of padding so many may belong to it.
        let zeros = beginnings.reduce(0) { most, beginning in max(most, beginning.prefix(while: { $0 == 0 }).count) }
        while let byte = peek() {
            if beginnings.contains(where: { comes($0) }) { return true }
            if byte == 0 || byte == 0xFF {
                if byte == 0 { skipRun(of: 0, butLast: zeros + 1) }
                guard skip(1) else { return false }
                continue
            }
            isChanged = true
            if fragment == lastFragment { skipFragment() } else if !skip(1) { return false }
        }
        return false
    }
}
