/// An MPEG-2 program stream (ISO 13818-1 2.5): packs of packets. Video stays; private streams, maps and directories
/// become padding.
struct ProgramStream<Units: CodedUnits> {
    private var videos: [UInt8: PESPackets<Units>] = [:]
    private let units: Units

    private enum Code {
        static var end: UInt8 { 0xB9 }
        static var pack: UInt8 { 0xBA }
        static var system: UInt8 { 0xBB }
        static var padding: UInt8 { 0xBE }
        static var sound: ClosedRange<UInt8> { 0xC0...0xDF }
        static var video: ClosedRange<UInt8> { 0xE0...0xEF }
    }

    static var packStart: [UInt8] { [0, 0, 1, Code.pack] }

    init(_ units: Units) { self.units = units }

    mutating func clean(_ stream: FragmentReader, _ overwriting: inout Overwriting) throws(Sequestration) {
        var bytes = stream
        while bytes.count - bytes.position >= 4, let next = bytes.peek() {
            guard bytes.comes([0, 0, 1]), let start = bytes.bytes(of: bytes.position..<bytes.position + 4) else {
                // Zeros may stand before a start code, and fill the end.
                guard next == 0, bytes.skip(1) else { throw FrameStream.damaged }
                continue
            }
            switch start[3] {
            case Code.end:
                guard bytes.skip(4) else { throw FrameStream.damaged }
            case Code.pack: try pack(&bytes, &overwriting)
            default: try packet(&bytes, start[3], &overwriting)
            }
        }
        try overwriting.fill(bytes.position..<bytes.count, with: 0, of: bytes)
        var hasPictures = false
        for code in videos.keys.sorted() {
            guard var video = videos.removeValue(forKey: code) else { continue }
            try video.finish(&overwriting)
            if video.stream.units.hasPictures { hasPictures = true }
        }
        guard !bytes.hasFailed else { throw FrameStream.unreadable }
        guard hasPictures else { throw VideoStream.noPictures }
    }

    /// Clock and rate in fourteen bytes, and stuffing.
    private func pack(_ bytes: inout FragmentReader, _ overwriting: inout Overwriting) throws(Sequestration) {
        guard let header = bytes.take(14), header[4] & 0xC0 == 0x40 else { throw FrameStream.damaged }
        let stuffing = bytes.position..<bytes.position + Int(header[13] & 0x07)
        guard bytes.skip(stuffing.count) else { throw FrameStream.damaged }
        try overwriting.fill(stuffing, with: 0xFF, of: bytes)
    }

    /// Start code, a length of two bytes, and so many more.
    private mutating func packet(
        _ bytes: inout FragmentReader, _ code: UInt8, _ overwriting: inout Overwriting
    ) throws(Sequestration) {
        let start = bytes.position
        guard code > Code.end, let head = bytes.bytes(of: start..<min(start + 6, bytes.count)), head.count == 6 else {
            throw FrameStream.damaged
        }
        let end = start + 6 + (Int(head[4]) << 8 | Int(head[5]))
        guard end <= bytes.count else { throw FrameStream.damaged }
        switch code {
        case Code.video:
            var video = videos.removeValue(forKey: code) ?? PESPackets(units)
            try video.begin(&overwriting)
            while bytes.position < end {
                guard let piece = bytes.nextPiece(upTo: end - bytes.position) else { throw FrameStream.unreadable }
                try video.add(piece.bytes, at: piece.start, &overwriting)
            }
            videos[code] = video
        case Code.sound: throw VideoStream.sound
        case Code.system:
            // Rates, and three bytes for each stream; the first of them is no byte of text.
            guard end >= start + 12, bytes.skip(end - start) else { throw FrameStream.damaged }
            try checkSystemHeader(bytes, start + 12..<end)
        default:
            guard bytes.skip(end - start) else { throw FrameStream.damaged }
            try overwriting.put(Code.padding, over: code, at: start + 3)
            try overwriting.fill(start + 6..<end, with: 0xFF, of: bytes)
        }
    }

    private func checkSystemHeader(_ bytes: FragmentReader, _ streams: Range<Int>) throws(Sequestration) {
        guard streams.count % 3 == 0, streams.count <= 3 * 64, let entries = bytes.bytes(of: streams),
            stride(from: 0, to: entries.count, by: 3).allSatisfy({
                entries[$0] & 0x80 != 0 && entries[$0 + 1] & 0xC0 == 0xC0
            })
        else { throw FrameStream.damaged }
    }
}
