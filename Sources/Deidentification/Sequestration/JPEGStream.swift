/// Marker segments of JPEG (ISO 10918-1 B) and JPEG-LS (ISO 14495-1 C), frame after frame.
struct JPEGStream {
    private var bytes: FragmentReader
    /// JPEG-LS stuffs a bit instead of a byte: what follows 0xFF in its data is below 0x80.
    private let isJPEGLS: Bool

    init(_ bytes: FragmentReader, isJPEGLS: Bool) {
        self.bytes = bytes
        self.isJPEGLS = isJPEGLS
    }

    private enum Marker {
        static let startOfImage: UInt8 = 0xD8
        static let endOfImage: UInt8 = 0xD9
        static let startOfScan: UInt8 = 0xDA
        static let comment: UInt8 = 0xFE
        static let applications: ClosedRange<UInt8> = 0xE0...0xEF
        static let restarts: ClosedRange<UInt8> = 0xD0...0xD7

        /// Frames, tables, scans, lines, restart interval; of JPEG-LS its frame and its parameters.
        static func describesImage(_ marker: UInt8) -> Bool {
            0xC0...0xCF ~= marker || 0xDA...0xDF ~= marker || marker == 0xF7 || marker == 0xF8
        }
    }

    private static let damaged = "compressed pixel data is damaged"

    mutating func objection() -> String? {
        while true {
            // Fragments are padded with a zero; some encoders fill up with 0xFF.
            while bytes.peek() == 0 { _ = bytes.next() }
            guard let byte = bytes.peek() else { return bytes.hasFailed ? "pixel data cannot be read" : nil }
            guard byte == 0xFF else { return "compressed pixel data has stray bytes" }
            guard let marker = nextMarker() else { return isAtEnd ? nil : "compressed pixel data has stray bytes" }
            guard marker == Marker.startOfImage else { return "compressed pixel data has stray bytes" }
            if let objection = frame() { return objection }
        }
    }

    private var isAtEnd: Bool {
        mutating get { bytes.peek() == nil && !bytes.hasFailed }
    }

    /// 0xFF, any number of times, and a marker.
    private mutating func nextMarker() -> UInt8? {
        guard bytes.next() == 0xFF else { return nil }
        var next = bytes.next()
        while next == 0xFF { next = bytes.next() }
        return next
    }

    /// From behind the start of an image to behind its end.
    private mutating func frame() -> String? {
        var marker = nextMarker()
        while let current = marker {
            if current == Marker.endOfImage { return nil }
            guard let length = bytes.nextPair(), length >= 2, let content = bytes.take(length - 2) else {
                return Self.damaged
            }
            if let objection = Self.objection(to: current, content) { return objection }
            marker = current == Marker.startOfScan ? markerBehindScan() : nextMarker()
        }
        return Self.damaged
    }

    /// The next marker that is neither stuffing nor a restart.
    private mutating func markerBehindScan() -> UInt8? {
        while let byte = bytes.next() {
            guard byte == 0xFF else { continue }
            var next = bytes.next()
            while next == 0xFF { next = bytes.next() }
            guard let next else { return nil }
            let isData = isJPEGLS ? next < 0x80 : next == 0
            if !isData, !Marker.restarts.contains(next) { return next }
        }
        return nil
    }

    private static func objection(to marker: UInt8, _ content: [UInt8]) -> String? {
        if marker == Marker.comment {
            return CompressedPixelData.isEncoderComment(content) ? nil : "compressed pixel data carries a comment"
        }
        guard Marker.applications.contains(marker) else {
            return Marker.describesImage(marker) ? nil : damaged
        }
        let isKnown =
            switch marker {
            // JFIF without a thumbnail (ISO 10918-5).
            case 0xE0: content.count == 14 && content.starts(with: "JFIF\0".utf8)
            // Adobe's colour transform.
            case 0xEE: content.count == 12 && content.starts(with: "Adobe".utf8)
            // HP's colour transform of JPEG-LS.
            case 0xE8: content.count == 5 && content.starts(with: "mrfx".utf8)
            default: false
            }
        return isKnown ? nil : "compressed pixel data carries an application segment (APP\(marker - 0xE0))"
    }
}
