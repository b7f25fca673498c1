/// Marker segments of a JPEG 2000 codestream (ISO 15444-1 A), high throughput included, frame after frame. Tile data is
/// skipped by the length that its header gives.
struct JPEG2000Stream {
    private var bytes: FragmentReader
    private var result = FrameStream()

    init(_ bytes: FragmentReader) { self.bytes = bytes }

    private enum Marker {
        static let startOfTilePart = 0xFF90
        static let startOfData = 0xFF93
        static let endOfCodestream = 0xFFD9
        static let comment = 0xFF64

        /// CAP, SIZ, COD, COC, TLM, PRF, PLM, PLT, CPF, QCD, QCC, RGN, POC, PPM, PPT, CRG; of part 2 DCO, VMS, DFS, ADS, MCT,
        /// MCC, NLT, MCO, CBD, ATK.
        static let known: Set<Int> = [
            0xFF50, 0xFF51, 0xFF52, 0xFF53, 0xFF55, 0xFF56, 0xFF57, 0xFF58, 0xFF59, 0xFF5C, 0xFF5D, 0xFF5E, 0xFF5F,
            0xFF60, 0xFF61, 0xFF63, 0xFF70, 0xFF71, 0xFF72, 0xFF73, 0xFF74, 0xFF75, 0xFF76, 0xFF77, 0xFF78, 0xFF79,
        ]
    }

    /// SOC and SIZ.
    static let codestream: [UInt8] = [0xFF, 0x4F, 0xFF, 0x51]

    /// The codestreams without comments, and without the boxes of a file around them, which PS3.5 A.4.4 does not allow.
    ///
    /// - Throws: for what is no codestream to its end.
    mutating func frames() throws(Sequestration) -> FrameStream {
        var lastFragment: Int?
        while bytes.findImage(
            [Self.codestream, JPEG2000Boxes.signature], after: lastFragment, isChanged: &result.isChanged)
        {
            if bytes.peek() != 0xFF {
                try JPEG2000Boxes.passToCodestream(&bytes)
                result.isChanged = true
            }
            try codestream()
            lastFragment = bytes.fragment
        }
        guard !bytes.hasFailed else { throw FrameStream.unreadable }
        return result
    }

    private var failure: Sequestration { bytes.hasFailed ? FrameStream.unreadable : FrameStream.damaged }

    private mutating func codestream() throws(Sequestration) {
        var frame = FrameStream.Frame()
        var kept = bytes.position
        guard bytes.skip(2) else { throw failure }
        var hasTiles = false
        while true {
            let position = bytes.position
            // Some encoders leave the end out; the tiles before it said how long they are.
            if hasTiles, isAtEnd { break }
            guard let marker = bytes.nextPair() else { throw failure }
            if marker == Marker.endOfCodestream { break }
            if marker == Marker.startOfTilePart {
                hasTiles = true
                if try tilePart(at: position, &frame, &kept) == .last { break }
                continue
            }
            guard !hasTiles else { throw failure }
            _ = try segment(marker)
            if marker == Marker.comment {
                frame.keep(kept..<position)
                kept = bytes.position
                result.isChanged = true
            }
        }
        frame.keep(kept..<bytes.position)
        result.frames.append(frame)
    }

    /// The end of the stream, its padding, or the beginning of another frame's fragment.
    private var isAtEnd: Bool {
        mutating get {
            guard let byte = bytes.peek() else { return !bytes.hasFailed }
            return byte == 0 || bytes.comes(Self.codestream) && bytes.isAtFragmentStart
        }
    }

    /// A segment with a length, from behind its marker to its end; how many bytes it has, marker included.
    private mutating func segment(_ marker: Int) throws(Sequestration) -> Int {
        guard Marker.known.contains(marker) || marker == Marker.comment, let length = bytes.nextPair(), length >= 2,
            bytes.skip(length - 2)
        else { throw failure }
        return length + 2
    }

    private enum TilePartEnd {
        case more
        /// The codestream ended with it.
        case last
    }

    /// From behind SOT to the end of the tile-part's data. A comment in its header is overwritten with blanks, so that
    /// nothing that states lengths (SOT, TLM) becomes wrong.
    private mutating func tilePart(
        at start: Int, _ frame: inout FrameStream.Frame, _ kept: inout Int
    ) throws(Sequestration) -> TilePartEnd {
        guard bytes.nextPair() == 10, let content = bytes.take(8) else { throw failure }
        // Tile index 2, length of the tile-part from the SOT marker on 4, two numbers.
        let length = content[2..<6].reduce(0) { $0 << 8 | Int($1) }
        while let marker = bytes.nextPair() {
            if marker == Marker.startOfData {
                if length == 0 {
                    try passLastTilePart()
                    return .last
                }
                guard bytes.skip(start + length - bytes.position) else { throw failure }
                return .more
            }
            let position = bytes.position
            let count = try segment(marker)
            // The length 2, and 2 bytes that say whether it is text.
            if marker == Marker.comment, count > 6 {
                frame.keep(kept..<position + 4)
                frame.add([UInt8](repeating: .space, count: count - 6))
                kept = bytes.position
                result.isChanged = true
            }
        }
        throw failure
    }

    /// A last tile-part without a length ends with the codestream. Nothing in tile data looks like its end.
    private mutating func passLastTilePart() throws(Sequestration) {
        while bytes.skip(to: 0xFF), bytes.skip(1) {
            if bytes.peek() == 0xD9, bytes.skip(1) { return }
        }
        throw failure
    }
}
