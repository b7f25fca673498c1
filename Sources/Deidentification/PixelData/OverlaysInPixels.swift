import DICOMCore
import DICOMFile

/// Overlays that lie in bits of the pixels (PS3.5 8.1.2, retired): they stay when their group goes.
struct OverlaysInPixels {
    private let file: DICOMFile
    /// The elements that say so.
    private(set) var tags: [Tag] = []
    /// Bits of a cell that they lie in.
    private var bits: Set<Int> = []

    /// - Throws: for an overlay that does not say where it lies.
    init(file: DICOMFile) throws(Sequestration) {
        self.file = file
        for id in file.dataSet.children(of: nil) {
            let tag = file.dataSet.nodes[id].tag
            guard tag.repeatingGroup == 0x6000, tag.element == 0x0100 || tag.element == 0x0102 else { continue }
            let separate = tag.element == 0x0100 ? "1" : "0"
            if (try? file.values(of: id).first ?? separate) == separate { continue }
            tags.append(tag)
            guard let bit = file.number(Tag(tag.group, 0x0102)) else {
                throw Sequestration("an overlay does not say in which bits of the pixels it lies: \(tag)")
            }
            bits.insert(bit)
        }
    }

    /// The bits of native pixels that are samples, when an overlay lies in others.
    ///
    /// - Throws: when it lies in those, or nobody can tell.
    func storedBits(_ pixels: DataSetIndex.Node) throws(Sequestration) -> StoredBits? {
        guard let tag = tags.first else { return nil }
        guard pixels.tag == .pixelData, pixels.vr == .OW || !pixels.encoding.isBigEndian,
            let allocated = file.number(Tag(0x0028, 0x0100)), let stored = file.number(Tag(0x0028, 0x0101)),
            let highBit = file.number(Tag(0x0028, 0x0102)),
            let result = StoredBits(
                allocated: allocated, stored: stored, highBit: highBit,
                isSigned: file.number(Tag(0x0028, 0x0103)) == 1, isBigEndian: pixels.encoding.isBigEndian),
            bits.allSatisfy({ !result.contains($0) })
        else { throw Sequestration("an overlay lies in bits of Pixel Data from which it cannot be told: \(tag)") }
        return result
    }
}
