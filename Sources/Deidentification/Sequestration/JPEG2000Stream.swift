/// Marker segments of a JPEG 2000 codestream (ISO 15444-1 A), high throughput included, frame after frame. Tile data is
/// skipped by the length that its header gives.
struct JPEG2000Stream {
    private var bytes: FragmentReader

    init(_ bytes: FragmentReader) { self.bytes = bytes }

    private enum Marker {
        static let startOfCodestream = 0xFF4F
        static let startOfTilePart = 0xFF90
        static let startOfData = 0xFF93
        static let endOfCodestream = 0xFFD9
        static let comment = 0xFF64
    }

    private static let damaged = "compressed pixel data is damaged"

    mutating func objection() -> String? {
        while true {
            while bytes.peek() == 0 { _ = bytes.next() }
            guard bytes.peek() != nil else { return bytes.hasFailed ? "pixel data cannot be read" : nil }
            // The boxes of a JP2 file may hold anything; PS3.5 A.4.4 allows the codestream alone.
            guard bytes.nextPair() == Marker.startOfCodestream else {
                return "compressed pixel data has boxes or stray bytes"
            }
            if let objection = codestream() { return objection }
        }
    }

    private mutating func codestream() -> String? {
        while let marker = bytes.nextPair() {
            if marker == Marker.endOfCodestream { return nil }
            if marker == Marker.startOfTilePart {
                switch tilePart() {
                case .ended: return nil
                case .more: break
                case .objection(let reason): return reason
                }
            } else if let objection = segment(marker).objection {
                return objection
            }
        }
        return Self.damaged
    }

    /// A segment with a length, from behind its marker to its end, and how many bytes it has, marker included.
    private mutating func segment(_ marker: Int) -> (count: Int, objection: String?) {
        guard marker >= 0xFF50, marker < 0xFF90, let length = bytes.nextPair(), length >= 2,
            let content = bytes.take(length - 2)
        else { return (0, Self.damaged) }
        // Two bytes say whether the comment is text; encoders' comments are (ISO 15444-1 A.9.2).
        if marker == Marker.comment, !CompressedPixelData.isEncoderComment(content.dropFirst(2)) {
            return (length + 2, "compressed pixel data carries a comment")
        }
        return (length + 2, nil)
    }

    private enum TilePartEnd {
        case more
        /// The codestream ended with it.
        case ended
        case objection(String)
    }

    /// From behind SOT to the end of the tile-part's data.
    private mutating func tilePart() -> TilePartEnd {
        guard bytes.nextPair() == 10, let content = bytes.take(8) else { return .objection(Self.damaged) }
        // Tile index 2, length of the tile-part from the SOT marker on 4, two numbers.
        let length = content[2..<6].reduce(0) { $0 << 8 | Int($1) }
        var header = 12
        while let marker = bytes.nextPair() {
            if marker == Marker.startOfData {
                header += 2
                if length == 0 { return lastTilePart() }
                return length >= header && bytes.skip(length - header) ? .more : .objection(Self.damaged)
            }
            let segment = segment(marker)
            if let objection = segment.objection { return .objection(objection) }
            header += segment.count
        }
        return .objection(Self.damaged)
    }

    /// A last tile-part without a length ends with the codestream. Nothing in tile data looks like its end.
    private mutating func lastTilePart() -> TilePartEnd {
        var previous: UInt8 = 0
        while let byte = bytes.next() {
            if previous == 0xFF, byte == 0xD9 { return .ended }
            previous = byte
        }
        return .objection(Self.damaged)
    }
}
