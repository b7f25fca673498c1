/// What a fragment consists of: segments in which somebody can write, and coded samples.
enum Codestream {
    struct Segment: Hashable, Sendable {
        var range: Range<Int>
        /// Samples, and what is needed to decode them.
        var isCoded: Bool
        var name = ""
    }

    /// A fragment that is longer is searched as samples.
    static let largest = 256 << 20

    /// Segments in which somebody can write, and the coded rest between them.
    ///
    /// - Parameter plane: pixels of a frame, of RLE, whose segments do not say where their last run ends.
    static func segments(of bytes: [UInt8], plane: Int? = nil) -> [Segment] {
        let marked = plane.map { rle(bytes, plane: $0) } ?? marked(bytes)
        let written = marked.filter { !$0.isCoded }.sorted { $0.range.lowerBound < $1.range.lowerBound }
        var segments: [Segment] = []
        var position = 0
        for segment in written where segment.range.lowerBound >= position {
            if segment.range.lowerBound > position {
                segments.append(Segment(range: position..<segment.range.lowerBound, isCoded: true))
            }
            segments.append(segment)
            position = segment.range.upperBound
        }
        if position < bytes.count { segments.append(Segment(range: position..<bytes.count, isCoded: true)) }
        return segments
    }

    /// Whether a fragment begins an image rather than going on with one.
    static func beginsImage(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: [0xFF, 0xD8]) || bytes.starts(with: [0xFF, 0x4F, 0xFF, 0x51])
            || bytes.starts(with: [0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20])
    }

    private static func marked(_ bytes: [UInt8]) -> [Segment] {
        if bytes.starts(with: [0xFF, 0xD8]) { return jpeg(bytes) }
        if bytes.starts(with: [0xFF, 0x4F, 0xFF, 0x51]) { return jpeg2000(bytes, 0..<bytes.count) }
        if bytes.starts(with: [0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20]) { return boxes(bytes) }
        if bytes.starts(with: [0, 0, 1]) || bytes.starts(with: [0, 0, 0, 1]) { return video(bytes) }
        return [Segment(range: 0..<bytes.count, isCoded: true)]
    }

    /// Run lengths (PS3.5 G): each segment holds one byte of every pixel; what follows the last run is no pixel.
    private static func rle(_ bytes: [UInt8], plane: Int) -> [Segment] {
        func little(_ offset: Int) -> Int {
            offset + 3 < bytes.count ? (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << ($1 * 8) } : 0
        }
        let count = little(0)
        guard bytes.count > 64, (1...15).contains(count) else { return [] }
        let starts = (1...count).map { little($0 * 4) }
        var segments: [Segment] = []
        for (index, start) in starts.enumerated() {
            let end = index + 1 < starts.count ? starts[index + 1] : bytes.count
            guard start >= 64, end <= bytes.count, start < end else { return [] }
            var position = start, pixels = 0
            while position < end, pixels < plane {
                let run = Int(bytes[position])
                if run < 128 {
                    position += run + 2
                    pixels += run + 1
                } else {
                    position += run == 128 ? 1 : 2
                    pixels += run == 128 ? 0 : 257 - run
                }
            }
            if position < end {
                segments.append(Segment(range: position..<end, isCoded: false, name: "behind the last run"))
            }
        }
        return segments
    }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> Int {
        offset + 1 < bytes.count ? Int(bytes[offset]) << 8 | Int(bytes[offset + 1]) : 0
    }

    private static func long(_ bytes: [UInt8], _ offset: Int) -> Int {
        offset + 3 < bytes.count ? word(bytes, offset) << 16 | word(bytes, offset + 2) : 0
    }

    /// JPEG and JPEG-LS: marker segments, and scans between them (ISO/IEC 10918-1 B).
    private static func jpeg(_ bytes: [UInt8]) -> [Segment] {
        var segments: [Segment] = []
        var position = 2
        while position + 1 < bytes.count {
            guard bytes[position] == 0xFF else {
                position += 1
                continue
            }
            let marker = bytes[position + 1]
            switch marker {
            case 0xFF: position += 1
            // Within a scan: a stuffed byte (JPEG-LS stuffs a bit), a restart. Before it: markers without a length.
            case 0x00...0x7F, 0xD0...0xD8, 0x01: position += 2
            case 0xD9:
                // What follows an image is no part of it, but the next image may be in the same fragment.
                let end = position + 2
                if end + 1 < bytes.count, bytes[end] == 0xFF, bytes[end + 1] == 0xD8 {
                    position = end + 2
                    continue
                }
                segments.append(Segment(range: 0..<end, isCoded: true))
                if end < bytes.count {
                    segments.append(Segment(range: end..<bytes.count, isCoded: false, name: "behind the image"))
                }
                return segments
            default:
                let end = position + 2 + word(bytes, position + 2)
                guard end <= bytes.count, end > position + 3 else {
                    return segments + [.init(range: 0..<bytes.count, isCoded: true)]
                }
                if marker == 0xFE {
                    segments.append(Segment(range: position..<end, isCoded: false, name: "comment"))
                } else if (0xE0...0xEF).contains(marker) {
                    segments.append(
                        Segment(range: position..<end, isCoded: false, name: "application segment \(marker & 15)"))
                }
                position = end
            }
        }
        return segments + [Segment(range: 0..<bytes.count, isCoded: true)]
    }

    /// JPEG 2000: marker segments of the main header and of the headers of tile-parts (ISO/IEC 15444-1 A).
    private static func jpeg2000(_ bytes: [UInt8], _ range: Range<Int>) -> [Segment] {
        var segments = [Segment(range: range, isCoded: true)]
        var position = range.lowerBound + 2
        var tileEnd = range.upperBound
        while position + 4 <= range.upperBound, bytes[position] == 0xFF {
            let marker = bytes[position + 1]
            if marker == 0xD9 {
                if position + 2 < range.upperBound {
                    segments.append(
                        Segment(range: position + 2..<range.upperBound, isCoded: false, name: "behind the image"))
                }
                break
            }
            if marker == 0x93 {
                // The data of a tile-part; where it ends the tile-part's header has said.
                guard tileEnd > position else { break }
                position = tileEnd
                continue
            }
            let end = position + 2 + word(bytes, position + 2)
            guard end <= range.upperBound, end > position + 3 else { break }
            if marker == 0x90 {
                let length = long(bytes, position + 6)
                tileEnd = length == 0 ? range.upperBound : min(position + length, range.upperBound)
            }
            if marker == 0x64 { segments.append(Segment(range: position..<end, isCoded: false, name: "comment")) }
            position = end
        }
        if position + 2 < range.upperBound, position + 4 > range.upperBound, bytes[position] == 0xFF,
            bytes[position + 1] == 0xD9
        {
            segments.append(Segment(range: position + 2..<range.upperBound, isCoded: false, name: "behind the image"))
        }
        return segments
    }

    /// The boxes around a JPEG 2000 codestream (ISO/IEC 15444-1 I).
    private static func boxes(_ bytes: [UInt8]) -> [Segment] {
        var segments: [Segment] = []
        var position = 0
        while position + 8 <= bytes.count {
            let length = long(bytes, position)
            var start = position + 8
            var size = length == 0 ? bytes.count - position : length
            if length == 1 {
                start = position + 16
                size = long(bytes, position + 8) << 32 | long(bytes, position + 12)
            }
            // One may say that it is longer than anything can be.
            guard size <= bytes.count - position, position + size >= start else { break }
            let end = position + size
            if bytes[position + 4..<position + 8].elementsEqual("jp2c".utf8) {
                segments.append(Segment(range: position..<start, isCoded: false, name: "box"))
                segments += jpeg2000(bytes, start..<end)
            } else {
                segments.append(Segment(range: position..<end, isCoded: false, name: "box"))
            }
            position = end
        }
        if position < bytes.count {
            segments.append(Segment(range: position..<bytes.count, isCoded: false, name: "behind the boxes"))
        }
        return segments
    }

    /// MPEG-2 user data (ISO/IEC 13818-2 6.2.2.2), SEI messages of H.264 and H.265, titles of MP4.
    private static func video(_ bytes: [UInt8]) -> [Segment] {
        var segments = [Segment(range: 0..<bytes.count, isCoded: true)]
        var starts: [Int] = []
        var position = 0
        while position + 3 < bytes.count {
            if bytes[position] == 0, bytes[position + 1] == 0, bytes[position + 2] == 1 {
                starts.append(position)
                position += 3
            } else {
                position += 1
            }
        }
        for (index, start) in starts.enumerated() {
            let code = bytes[start + 3]
            let end = index + 1 < starts.count ? starts[index + 1] : bytes.count
            if code == 0xB2 || code == 0x06 || code == 0x4E || code == 0x50 {
                segments.append(Segment(range: start..<end, isCoded: false, name: "user data"))
            }
        }
        return segments
    }
}
