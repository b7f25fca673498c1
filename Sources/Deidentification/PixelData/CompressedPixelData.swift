import DICOMCore

/// What stands in compressed pixel data beside pixels: comments, application segments, boxes, bytes before, between and
/// behind frames (PS3.5 A.4, 8.2). Every viewer that looks finds a name in them; decoders need none of it.
enum CompressedPixelData {
    enum Coding: Hashable {
        /// JPEG and JPEG-LS: markers and entropy-coded data.
        case jpeg, jpegLS
        case jpeg2000
        /// Runs without room for a comment (PS3.5 G).
        case runLength
        /// One stream of pictures that build on each other.
        case video(VideoCoding)
        /// A stream that may carry text, or that nobody here knows.
        case unknown(String)
    }

    static func coding(of syntax: TransferSyntax) -> Coding {
        let root = "1.2.840.10008.1.2."
        guard syntax.uid.hasPrefix(root) else { return .unknown("the transfer syntax is not one of the standard") }
        switch syntax.uid.dropFirst(root.count) {
        case "4.50", "4.51", "4.52", "4.53", "4.54", "4.55", "4.56", "4.57", "4.58", "4.59", "4.60", "4.61", "4.62",
            "4.63", "4.64", "4.65", "4.66", "4.70":
            return .jpeg
        case "4.80", "4.81": return .jpegLS
        case "4.90", "4.91", "4.92", "4.93", "4.201", "4.202", "4.203": return .jpeg2000
        case "5": return .runLength
        case "4.100", "4.100.1", "4.101", "4.101.1": return .video(.mpeg2)
        case "4.102", "4.102.1", "4.103", "4.103.1", "4.104", "4.104.1", "4.105", "4.105.1":
            return .video(.h264(isStereo: false))
        case "4.106", "4.106.1": return .video(.h264(isStereo: true))
        case "4.107", "4.108": return .video(.hevc)
        default: return .unknown("text in compressed pixel data of this transfer syntax cannot be ruled out")
        }
    }

    /// What stays, frame by frame.
    ///
    /// - Parameters:
    ///   - isOneFrame: whether all fragments are of one frame, which RLE itself does not show.
    ///   - runLengthSegment: bytes that a segment of RLE decodes to; nil when the data set does not say.
    static func frames(
        _ fragments: [Range<Int>], _ coding: Coding, isOneFrame: Bool = false, runLengthSegment: Int?,
        read: @escaping (Range<Int>) -> [UInt8]?
    ) throws(Sequestration) -> FrameStream {
        switch coding {
        case .jpeg, .jpegLS:
            var stream = JPEGStream(FragmentReader(fragments, read: read), isJPEGLS: coding == .jpegLS)
            return try stream.frames()
        case .jpeg2000:
            var stream = JPEG2000Stream(FragmentReader(fragments, read: read))
            return try stream.frames()
        case .runLength:
            guard let runLengthSegment else {
                throw Sequestration("the size of Pixel Data is not stated, so that what follows runs cannot be told")
            }
            let frames = isOneFrame ? [fragments] : fragments.map { [$0] }
            return try RunLengthStream(frames, segmentSize: runLengthSegment, read: read).stream()
        case .video: throw Sequestration("video has no frames that stand alone")
        case .unknown(let reason): throw Sequestration(reason)
        }
    }
}
