/// Frames of RLE (PS3.5 G): one fragment each, with a header of sixteen numbers and segments of runs. Some writers part a
/// single frame into several fragments.
struct RunLengthStream {
    private let read: (Range<Int>) -> [UInt8]?
    /// The fragments of each frame.
    private let frames: [[Range<Int>]]
    /// Bytes that each segment decodes to: a byte of every pixel.
    private let segmentSize: Int

    static let headerSize = 64

    init(_ frames: [[Range<Int>]], segmentSize: Int, read: @escaping (Range<Int>) -> [UInt8]?) {
        self.frames = frames
        self.segmentSize = segmentSize
        self.read = read
    }

    /// The frames without bytes that no run accounts for: before the first segment, behind the last run of each.
    func stream() throws(Sequestration) -> FrameStream {
        var result = FrameStream()
        var start = 0
        for frame in frames {
            let bytes = FragmentReader(frame, read: read)
            try add(bytes, at: start, to: &result)
            start += bytes.count
        }
        return result
    }

    /// - Parameter start: where the frame begins in the stream.
    private func add(_ whole: FragmentReader, at start: Int, to result: inout FrameStream) throws(Sequestration) {
        var bytes = whole
        guard let header = bytes.take(Self.headerSize) else { throw FrameStream.damaged }
        let numbers = (0..<16).map { index in
            (0..<4).reversed().reduce(0) { $0 << 8 | Int(header[index * 4 + $1]) }
        }
        let offsets = Array(numbers.dropFirst().prefix(numbers[0]))
        guard 1...15 ~= numbers[0], offsets[0] >= Self.headerSize, zip(offsets, offsets.dropFirst()).allSatisfy(<),
            offsets[offsets.count - 1] <= whole.count
        else { throw FrameStream.damaged }

        var segments: [Range<Int>] = []
        for (index, offset) in offsets.enumerated() {
            let end = index + 1 < offsets.count ? offsets[index + 1] : whole.count
            guard bytes.skip(offset - bytes.position) else { throw FrameStream.damaged }
            let used = try passRuns(&bytes, end: end)
            segments.append(offset..<used)
        }
        let isWhole =
            numbers[(offsets.count + 1)...].allSatisfy { $0 == 0 } && offsets[0] == Self.headerSize
            && zip(segments, offsets.dropFirst() + [whole.count]).allSatisfy { segment, end in
                isPadding(segment.upperBound..<end, of: whole)
            }
        var frame = FrameStream.Frame()
        if isWhole {
            frame.keep(start..<start + whole.count)
        } else {
            result.isChanged = true
            frame.add(newHeader(segments))
            for segment in segments {
                frame.keep(start + segment.lowerBound..<start + segment.upperBound)
                if segment.count % 2 == 1 { frame.add([0]) }
            }
        }
        result.frames.append(frame)
    }

    /// To behind the run that completes the segment, or to its end when it has fewer pixels.
    private func passRuns(_ bytes: inout FragmentReader, end: Int) throws(Sequestration) -> Int {
        var decoded = 0
        while decoded < segmentSize, bytes.position < end {
            guard let control = bytes.next() else { throw FrameStream.unreadable }
            let count: Int
            switch control {
            case 0...127: count = Int(control) + 1
            case 128: continue
            default: count = 257 - Int(control)
            }
            let length = control < 128 ? count : 1
            // A run that the next segment cuts off is damage, and none of a person's.
            guard bytes.skip(min(length, end - bytes.position)) else { throw FrameStream.damaged }
            decoded += count
        }
        return bytes.position
    }

    /// Segments are of even length: one zero, or a few.
    private func isPadding(_ range: Range<Int>, of frame: FragmentReader) -> Bool {
        guard range.count <= FragmentReader.pieceSize else { return false }
        return frame.ranges(of: range).allSatisfy { part in
            read(part)?.allSatisfy { $0 == 0 || $0 == 128 } ?? false
        }
    }

    private func newHeader(_ segments: [Range<Int>]) -> [UInt8] {
        var numbers = [segments.count]
        var offset = Self.headerSize
        for segment in segments {
            numbers.append(offset)
            offset += segment.count + segment.count % 2
        }
        numbers += [Int](repeating: 0, count: 16 - numbers.count)
        return numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }
    }
}
