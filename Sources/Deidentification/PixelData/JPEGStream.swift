/// Marker segments of JPEG (ISO 10918-1 B) and JPEG-LS (ISO 14495-1 C), frame after frame.
struct JPEGStream {
    private var bytes: FragmentReader
    /// JPEG-LS stuffs a bit instead of a byte: what follows 0xFF in its data is below 0x80.
    private let isJPEGLS: Bool
    private var result = FrameStream()

    init(_ bytes: FragmentReader, isJPEGLS: Bool) {
        self.bytes = bytes
        self.isJPEGLS = isJPEGLS
    }

    private enum Marker {
        static let startOfImage: UInt8 = 0xD8
        static let endOfImage: UInt8 = 0xD9
        static let startOfScan: UInt8 = 0xDA
        static let comment: UInt8 = 0xFE
        static let parametersOfJPEGLS: UInt8 = 0xF8
        static let applications: ClosedRange<UInt8> = 0xE0...0xEF
        static let restarts: ClosedRange<UInt8> = 0xD0...0xD7

        /// Frames, tables, scans, lines, restart interval; of JPEG-LS its frame and its parameters.
        static func describesImage(_ marker: UInt8) -> Bool {
            0xC0...0xCF ~= marker || 0xDA...0xDF ~= marker || marker == 0xF7 || marker == parametersOfJPEGLS
        }
    }

    /// A marker and where its first 0xFF stands.
    private struct Found {
        var marker: UInt8
        var position: Int
    }

    /// The frames without comments and application segments that decoding does not need.
    ///
    /// - Throws: for what is no JPEG to its end: where a segment ends can then not be told.
    mutating func frames() throws(Sequestration) -> FrameStream {
        var lastFragment: Int?
        while bytes.findImage([[0xFF, 0xD8, 0xFF]], after: lastFragment, isChanged: &result.isChanged) {
            try frame()
            lastFragment = bytes.fragment
        }
        guard !bytes.hasFailed else { throw FrameStream.unreadable }
        return result
    }

    /// 0xFF, any number of times, and a marker.
    private mutating func nextMarker() throws(Sequestration) -> Found {
        let position = bytes.position
        guard bytes.next() == 0xFF else { throw failure }
        var next = bytes.next()
        while next == 0xFF { next = bytes.next() }
        guard let next, next != 0 else { throw failure }
        return Found(marker: next, position: position)
    }

    private var failure: Sequestration { bytes.hasFailed ? FrameStream.unreadable : FrameStream.damaged }

    /// From the start of an image to behind its end.
    private mutating func frame() throws(Sequestration) {
        var frame = FrameStream.Frame()
        var kept = bytes.position
        guard bytes.skip(2) else { throw failure }
        var found = try nextMarker()
        while found.marker != Marker.endOfImage {
            guard let length = bytes.nextPair(), length >= 2, let content = bytes.take(length - 2) else {
                throw failure
            }
            if let replacement = try Self.replacement(for: found.marker, content) {
                frame.keep(kept..<found.position)
                if !replacement.isEmpty { frame.add(replacement) }
                kept = bytes.position
                result.isChanged = true
            }
            found = found.marker == Marker.startOfScan ? try markerBehindScan() : try nextMarker()
        }
        frame.keep(kept..<bytes.position)
        result.frames.append(frame)
    }

    /// The next marker that is neither stuffing nor a restart.
    private mutating func markerBehindScan() throws(Sequestration) -> Found {
        while bytes.skip(to: 0xFF) {
            let position = bytes.position
            var next: UInt8? = 0xFF
            while next == 0xFF { next = bytes.next() }
            guard let next else { break }
            let isData = isJPEGLS ? next < 0x80 : next == 0
            if !isData, !Marker.restarts.contains(next) { return Found(marker: next, position: position) }
        }
        throw failure
    }

    /// What takes the place of a segment, maybe nothing; nil when it stays.
    private static func replacement(for marker: UInt8, _ content: [UInt8]) throws(Sequestration) -> [UInt8]? {
        if marker == Marker.comment { return [] }
        guard Marker.applications.contains(marker) else {
            // Beyond the four kinds of parameters of ISO 14495-1, content is a matter of extensions.
            let isKnown = marker != Marker.parametersOfJPEGLS || content.first.map { 1...4 ~= $0 } == true
            guard Marker.describesImage(marker), isKnown else { throw FrameStream.damaged }
            return nil
        }
        switch marker {
        // JFIF (ISO 10918-5), whose colours decoders go by; a thumbnail is another picture.
        case 0xE0 where content.count >= 14 && content.starts(with: "JFIF\0".utf8):
            return content.count == 14 ? nil : [0xFF, 0xE0, 0, 16] + content[..<12] + [0, 0]
        // Adobe's colour transform.
        case 0xEE where content.count == 12 && content.starts(with: "Adobe".utf8): return nil
        // HP's colour transform of JPEG-LS.
        case 0xE8 where content.count == 5 && content.starts(with: "mrfx".utf8): return nil
        default: return []
        }
    }
}
