import DICOMCore
import DICOMDictionary
import DICOMFile

/// Pixel Data as a number that is the same for the same samples, whatever comments stand between them.
enum PixelIdentity {
    private static let beginning = 64 << 10

    /// Of the beginning, to find an output's original by; nil without pixels.
    static func beginning(of file: DICOMFile) -> UInt64? { hash(of: file, limit: beginning) }

    /// Of all samples.
    static func whole(of file: DICOMFile) -> UInt64? { hash(of: file, limit: .max) }

    private static func hash(of file: DICOMFile, limit: Int) -> UInt64? {
        guard let node = file.dataSet.child(Tag(0x7FE0, 0x0010)) else { return nil }
        let element = file.dataSet.nodes[node]
        guard element.valueLength > 0 else { return nil }
        var hash = Hash()
        if element.kind == .fragments, isVideo(file) {
            // What is overwritten in a video keeps its place, and stands between the pictures in many ways: the lengths
            // are what can be told apart from it.
            Fragments(file: file, element: element).forEach { number, range in
                guard number > 0 else { return }
                hash.add((0..<8).map { UInt8(truncatingIfNeeded: range.count >> ($0 * 8)) }[...])
            }
        } else if element.kind == .fragments {
            var left = limit
            var padding: [UInt8] = []
            let plane = NativePixels.runLengthPlane(in: file, node)
            Fragments(file: file, element: element).forEach { number, range in
                // The offset table says where fragments lie.
                guard number > 0, left > 0, range.count <= Codestream.largest, let bytes = try? file.bytes(in: range)
                else {
                    return
                }
                // Padding to an even length is no sample, but a fragment may end within an image.
                var end = bytes.count
                while end > 0, bytes[end - 1] == 0 || bytes[end - 1] == 0xFF { end -= 1 }
                func add(_ samples: ArraySlice<UInt8>) {
                    hash.add(samples.prefix(left))
                    left -= min(left, samples.count)
                }
                if !Codestream.beginsImage(bytes) { add(padding[...]) }
                for segment in Codestream.segments(of: bytes, plane: plane) where segment.isCoded {
                    add(bytes[segment.range.clamped(to: 0..<end)])
                }
                padding = Array(bytes[end...])
            }
        } else {
            var count = min(NativePixels.byteCount(in: file, node) ?? element.valueLength, element.valueLength, limit)
            var position = element.valueStart
            let mask = sampleMask(of: file, isBigEndian: element.encoding.isBigEndian)
            while count > 0 {
                let end = position + min(count, FilePlaces.pieceSize)
                guard var bytes = try? file.bytes(in: position..<end) else { return nil }
                if let mask { for index in bytes.indices { bytes[index] &= index % 2 == 0 ? mask.0 : mask.1 } }
                hash.add(bytes[...])
                count -= end - position
                position = end
            }
        }
        return hash.value
    }

    /// MPEG-2, H.264 and HEVC (PS3.5 8.2.5 to 8.2.13).
    private static func isVideo(_ file: DICOMFile) -> Bool {
        let root = "1.2.840.10008.1.2.4.10"
        guard file.transferSyntax.uid.hasPrefix(root), let kind = file.transferSyntax.uid.dropFirst(root.count).first
        else { return false }
        return "0"..."8" ~= kind
    }

    /// The bits of two bytes that are samples; what stands in others is no pixel. Nil when all are.
    private static func sampleMask(of file: DICOMFile, isBigEndian: Bool) -> (UInt8, UInt8)? {
        func number(_ element: UInt16) -> Int? { file.text(Tag(0x0028, element)).flatMap { Int($0.trimmingBlanks) } }
        guard let allocated = number(0x0100), allocated == 8 || allocated == 16, let stored = number(0x0101),
            let high = number(0x0102), stored > 0, stored < allocated, high < allocated, high + 1 >= stored
        else { return nil }
        let mask = UInt16((1 << stored) - 1) << UInt16(high + 1 - stored)
        let low = UInt8(truncatingIfNeeded: mask), upper = UInt8(truncatingIfNeeded: mask >> 8)
        if allocated == 8 { return (low, low) }
        return isBigEndian ? (upper, low) : (low, upper)
    }

    /// FNV-1a over bytes: nobody attacks it, and it is only compared within a run.
    private struct Hash {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325
        mutating func add(_ bytes: ArraySlice<UInt8>) {
            bytes.withUnsafeBufferPointer { bytes in
                for byte in bytes { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
            }
        }
    }

    /// What a de-identifier leaves of an instance without pixels: its class and its measurements.
    static func shape(of file: DICOMFile) -> UInt64 {
        var text = file.text(Tag(0x0008, 0x0016)) ?? ""
        for node in file.dataSet.children(of: nil) {
            let element = file.dataSet.nodes[node]
            guard element.kind == .element, !element.tag.isPrivate, element.valueLength > 0, element.valueLength < 256,
                ConfidentialityTable.row(for: element.tag) == nil, element.tag.group >= 0x0018,
                element.tag.group < 0x5000
            else { continue }
            switch file.valueRepresentation(of: node) {
            case .US, .SS, .UL, .SL, .FL, .FD, .DS, .IS:
                text += "\(element.tag)\(TextValues.lenient(of: node, in: file, .dataSet))"
            default: continue
            }
        }
        return IdentifierBook.hash(text)
    }
}
