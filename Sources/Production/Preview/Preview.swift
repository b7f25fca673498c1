internal import DICOMCore
internal import DICOMFile

/// A small picture of an instance, for people who look through a production. It is no image for reading, and what it
/// cannot show it says.
enum Preview {
    case png([UInt8])
    /// A frame as it is stored.
    case jpeg([UInt8])
    /// Why there is none.
    case none(String)

    /// The longer side, in pixels.
    static let side = 160
    /// A stored frame that is larger is left where it is.
    static let largestFrame = 1 << 20
    static let baseline = "1.2.840.10008.1.2.4.50"

    /// Of the frame in the middle.
    static func of(_ file: DICOMFile) -> Preview {
        guard let node = file.dataSet.child(.pixelData) else { return .none("has no picture") }
        let element = file.dataSet.nodes[node]
        if element.kind == .fragments {
            guard file.transferSyntax.uid == baseline else { return .none("is compressed") }
            return storedFrame(of: file, element).map(Preview.jpeg) ?? .none("is compressed")
        }
        guard element.kind == .element, !file.transferSyntax.isEncapsulated, let pixels = NativePixels(file, element)
        else { return .none("has pixels of a kind that is not shown") }
        guard let picture = pixels.picture(side: side),
            let png = PNG.encode(
                width: picture.width, height: picture.height, samples: picture.samples, picture.bytes)
        else { return .none("has pixels that cannot be read") }
        return .png(png)
    }

    /// The fragments of the middle frame (PS3.5 A.4): all, should there be one frame, or one for each frame. Others can only
    /// be told apart by decoding.
    private static func storedFrame(of file: DICOMFile, _ element: DataSetIndex.Node) -> [UInt8]? {
        let frames = NativePixels.number(0x0008, in: file) ?? 1
        let fragments = Int(element.number) - 1
        guard frames > 0, fragments > 0, frames == 1 || frames == fragments else { return nil }
        let wanted = frames == 1 ? 0..<fragments : frames / 2..<frames / 2 + 1
        var frame: [UInt8] = []
        var position = element.valueStart
        for fragment in -1..<wanted.upperBound {
            guard position + 8 <= element.valueEnd, let head = try? file.bytes(in: position..<position + 8) else {
                return nil
            }
            let length = head[4...].reversed().reduce(0) { $0 << 8 | Int($1) }
            let start = position + 8
            position = start + length
            guard position <= element.valueEnd else { return nil }
            guard wanted.contains(fragment) else { continue }
            guard frame.count + length <= largestFrame, let bytes = try? file.bytes(in: start..<position) else {
                return nil
            }
            frame += bytes
        }
        return frame.starts(with: [0xFF, 0xD8, 0xFF]) ? frame : nil
    }
}
