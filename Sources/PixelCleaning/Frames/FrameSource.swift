import DICOMCore
public import DICOMFile
import Deidentification

/// The frames of an image, decoded one at a time.
public struct FrameSource {
    private let file: DICOMFile
    public let layout: PixelLayout
    let content: PixelContent
    private let codecs: PixelCodecs

    /// - Throws: for an image without pixels that can be read here.
    public init(_ file: DICOMFile, codecs: PixelCodecs = .installed) throws(UncleanablePixels) {
        guard let node = file.dataSet.child(.pixelData) else { throw UncleanablePixels("it has no Pixel Data") }
        let content: PixelContent
        do throws(Sequestration) {
            content = try PixelDataCheck(file: file).content(node, removesOverlays: false)
        } catch {
            throw UncleanablePixels(error.reason)
        }
        self.init(file, try PixelLayout(file), content, codecs: codecs)
    }

    init(_ file: DICOMFile, _ layout: PixelLayout, _ content: PixelContent, codecs: PixelCodecs) {
        self.file = file
        self.layout = layout
        self.content = content
        self.codecs = codecs.forOneInstance
    }

    /// A frame by its number from 0, as it is stored.
    func stored(_ number: Int) throws(UncleanablePixels) -> [UInt8] {
        let reading = InstanceCleaning(file, layout, content, codecs: codecs, decodesLossy: false)
        switch content.storage {
        case .native(let range, _):
            let size = layout.frameByteCount
            let (start, overflow) = size.multipliedReportingOverflow(by: number)
            guard !overflow, number >= 0, start <= range.count - size else {
                throw UncleanablePixels("its pixels are fewer than its size says")
            }
            return try reading.read(range.lowerBound + start..<range.lowerBound + start + size)
        case .frames(let frames, _):
            guard frames.indices.contains(number) else { throw UncleanablePixels("there is no such frame") }
            return try reading.bytes(of: frames[number])
        case .video: throw UncleanablePixels("its pixels are a video")
        case .closed(let reason): throw UncleanablePixels(reason)
        }
    }

    /// A frame by its number from 0, decoded. Cells of native pixels and of RLE come whole: what is in them beside the
    /// sample too. Components are those of the stream.
    public func image(_ number: Int) throws(UncleanablePixels) -> CodedImage {
        let bytes = try stored(number)
        let coding = FrameCoding(file.transferSyntax)
        if let family = coding.family {
            do throws(WorkerError) {
                let image = try codecs.decode(
                    bytes, family, sampleCount: layout.rows * layout.columns * layout.samples)
                guard image.columns == layout.columns, image.rows == layout.rows, image.samples == layout.samples else {
                    throw WorkerError(.damaged, "a frame is not of the kind that the data set says")
                }
                return image
            } catch {
                throw UncleanablePixels(error.reason)
            }
        }
        switch coding {
        case .native: return try native(bytes)
        case .runLength:
            do throws(RunLengthFrame.Damage) {
                let frame = try RunLengthFrame(
                    bytes, columns: layout.columns, rows: layout.rows,
                    segmentCount: layout.samples * layout.cellByteCount)
                return cells { component, pixel in
                    let first = component * layout.cellByteCount
                    // The higher byte comes first (PS3.5 G.2).
                    return layout.cellByteCount == 1
                        ? [frame.planes[first][pixel]] : [frame.planes[first + 1][pixel], frame.planes[first][pixel]]
                }
            } catch {
                throw UncleanablePixels("a frame of RLE is damaged")
            }
        case .other(let reason): throw UncleanablePixels(reason)
        case .jpegDCT, .jpegLossless, .jpegLS, .jpeg2000: throw UncleanablePixels("its pixels cannot be read")
        }
    }

    private func native(_ bytes: [UInt8]) throws(UncleanablePixels) -> CodedImage {
        let pixels = layout.rows * layout.columns, width = layout.cellByteCount
        // Most lie as they are wanted.
        if !layout.isByPlane, width == 1 || !layout.isBigEndian, layout.photometric != .yCbCrFull422,
            layout.photometric != .yCbCrPartial420
        {
            return CodedImage(
                columns: layout.columns, rows: layout.rows, samples: layout.samples, bits: layout.allocated,
                bytes: Array(bytes.prefix(pixels * layout.samples * width)))
        }
        func cell(_ index: Int) -> [UInt8] {
            guard width == 2 else { return [bytes[index]] }
            let pair = [bytes[index * 2], bytes[index * 2 + 1]]
            return layout.isBigEndian ? pair.reversed() : pair
        }
        switch layout.photometric {
        case .yCbCrPartial420: throw UncleanablePixels("its pixels share colours in a way that is not read")
        case .yCbCrFull422:
            return cells { component, pixel in
                let pair = pixel / 2 * 4
                return cell(component == 0 ? pair + pixel % 2 : pair + 1 + component)
            }
        default:
            return cells { component, pixel in
                cell(layout.isByPlane ? component * pixels + pixel : pixel * layout.samples + component)
            }
        }
    }

    private func cells(_ cell: (_ component: Int, _ pixel: Int) -> [UInt8]) -> CodedImage {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(layout.rows * layout.columns * layout.samples * layout.cellByteCount)
        for pixel in 0..<layout.rows * layout.columns {
            for component in 0..<layout.samples { bytes += cell(component, pixel) }
        }
        return CodedImage(
            columns: layout.columns, rows: layout.rows, samples: layout.samples, bits: layout.allocated, bytes: bytes)
    }

    /// A frame by its number from 0, as people look at it.
    public func shown(_ number: Int) throws(UncleanablePixels) -> ShownFrame {
        let palette = layout.photometric == .palette ? try Palette(file) : nil
        return ShownFrame(try image(number), layout, palette)
    }
}
