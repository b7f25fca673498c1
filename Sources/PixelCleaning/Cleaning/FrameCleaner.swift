import DICOMCore
import DICOMFile

/// Makes pixels of single frames black, in the syntax that they have. What is not in the mask decodes to what it was;
/// frames that it does not change stay byte for byte.
struct FrameCleaner {
    let layout: PixelLayout
    let mask: PixelMask
    let coding: FrameCoding
    let codecs: PixelCodecs
    /// Whether frames that were coded with loss may be decoded and coded anew without more of it.
    let decodesLossy: Bool

    /// A frame that is another one now.
    struct Cleaned {
        var bytes: [UInt8]
        /// Whether it was compressed with loss, and is without now: nothing in it tells of that.
        var wasLossy = false
    }

    /// A frame with the mask black; nil when it was black before.
    func cleaned(_ frame: [UInt8]) throws(UncleanablePixels) -> Cleaned? {
        if mask.isEmpty { return nil }
        switch coding {
        case .native:
            var bytes = frame
            return try NativeFrame(layout: layout, mask: mask).blackOut(&bytes) ? Cleaned(bytes: bytes) : nil
        case .runLength: return try runLength(frame).map { Cleaned(bytes: $0) }
        case .jpegDCT: return Cleaned(bytes: try coefficients(frame))
        case .jpegLossless: return try decoded(frame, .jpeg)
        case .jpegLS: return try decoded(frame, .jpegLS)
        case .jpeg2000: return try decoded(frame, .jpeg2000)
        case .other(let reason): throw UncleanablePixels(reason)
        }
    }

    // MARK: RLE

    private func runLength(_ bytes: [UInt8]) throws(UncleanablePixels) -> [UInt8]? {
        let width = layout.cellByteCount
        var frame: RunLengthFrame
        do throws(RunLengthFrame.Damage) {
            frame = try RunLengthFrame(
                bytes, columns: layout.columns, rows: layout.rows, segmentCount: layout.samples * width)
        } catch {
            throw UncleanablePixels("a frame of RLE is damaged")
        }
        let black = Blackness(layout) { CellValues(layout).extremes(frame) }
        var isChanged = false
        for component in 0..<layout.samples {
            let cell = CellValues(layout).cell(of: black.samples[component])
            for byte in 0..<width {
                // The higher byte comes first (PS3.5 G.2).
                let value = UInt8(truncatingIfNeeded: cell >> UInt16((width - 1 - byte) * 8))
                if frame.fill(component * width + byte, with: value, in: mask) { isChanged = true }
            }
        }
        return isChanged ? frame.encoded(changedIn: mask) : nil
    }

    // MARK: JPEG with loss

    private func coefficients(_ bytes: [UInt8]) throws(UncleanablePixels) -> [UInt8] {
        // What is said of colours is not always what the stream has: the stream decides how it is shown.
        let image = try decode(bytes, .jpeg)
        guard image.samples == layout.samples else { throw Self.otherImage }
        let blackout = PixelCodecs.Blackout(
            rectangles: mask.rectangles, isBright: layout.photometric == .monochrome1,
            hasColourDifferences: image.samples == 3
                && (image.colour == .yCbCr || image.colour != .rgb && layout.photometric.hasColourDifferences),
            sampleCount: sampleCount)
        do throws(WorkerError) {
            return try codecs.blackOut(bytes, blackout)
        } catch {
            throw UncleanablePixels(error.reason)
        }
    }

    // MARK: Without loss

    private func decoded(_ bytes: [UInt8], _ family: PixelCodecs.Family) throws(UncleanablePixels) -> Cleaned? {
        var image = try decode(bytes, family)
        guard image.coding == .lossless || decodesLossy else {
            throw UncleanablePixels("its pixels are compressed with loss, and the profile does not let them be decoded")
        }
        if family == .jpeg, image.second != 0 {
            throw UncleanablePixels("its pixels are compressed with a point transform, which is a loss")
        }
        guard image.samples == layout.samples, image.sampleByteCount <= layout.cellByteCount else {
            throw Self.otherImage
        }
        guard DecodedFrame(layout: layout, mask: mask).blackOut(&image) else { return nil }
        let result: [UInt8]
        do throws(WorkerError) {
            result = try codecs.encode(image, family)
        } catch {
            throw UncleanablePixels(error.reason)
        }
        // What leaves is what was meant: decoded again, it is the same.
        guard try decode(result, family).bytes == image.bytes else {
            throw UncleanablePixels("a frame cannot be coded again without loss")
        }
        return Cleaned(bytes: result, wasLossy: image.coding != .lossless)
    }

    private static let otherImage = UncleanablePixels("a frame is not of the kind that the data set says")

    private var sampleCount: Int { layout.rows * layout.columns * layout.samples }

    /// The frame, when it is of the size that the data set says.
    private func decode(_ bytes: [UInt8], _ family: PixelCodecs.Family) throws(UncleanablePixels) -> CodedImage {
        do throws(WorkerError) {
            let image = try codecs.decode(bytes, family, sampleCount: sampleCount)
            guard image.columns == layout.columns, image.rows == layout.rows else {
                throw WorkerError(.damaged, "a frame is not of the size that the data set says")
            }
            return image
        } catch {
            throw UncleanablePixels(error.reason)
        }
    }
}

/// How frames are coded, as far as it matters for what is done with them.
enum FrameCoding: Hashable {
    case native, runLength, jpegDCT, jpegLossless, jpegLS, jpeg2000
    /// Not cleaned, and why.
    case other(String)

    init(_ syntax: TransferSyntax) {
        let root = "1.2.840.10008.1.2"
        switch syntax.uid {
        case root, root + ".1", root + ".2", root + ".1.99": self = .native
        case root + ".5": self = .runLength
        case root + ".4.50", root + ".4.51": self = .jpegDCT
        case root + ".4.57", root + ".4.70": self = .jpegLossless
        case root + ".4.80", root + ".4.81": self = .jpegLS
        case root + ".4.90", root + ".4.91": self = .jpeg2000
        default: self = .other("its pixels are compressed in a way that is not cleaned")
        }
    }

    /// Of streams of libraries; nil for what we read ourselves.
    var family: PixelCodecs.Family? {
        switch self {
        case .jpegDCT, .jpegLossless: .jpeg
        case .jpegLS: .jpegLS
        case .jpeg2000: .jpeg2000
        case .native, .runLength, .other: nil
        }
    }
}
