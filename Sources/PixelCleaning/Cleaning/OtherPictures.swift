import DICOMCore
import DICOMFile

/// Pictures of an instance beside its pixels, for whoever edits nothing else of it.
struct OtherPictures {
    /// Icons and pixels within items, private ones included: each may show pixels as they were. What stands at the top
    /// level is not among them.
    private(set) var nested: [DataSetIndex.NodeID] = []
    /// Overlays may say anything, and nobody looks into them.
    private(set) var hasOverlays = false

    private static let pixels: Set<Tag> = [.pixelData, Tag(0x7FE0, 0x0008), Tag(0x7FE0, 0x0009)]

    init(_ file: DICOMFile) {
        let nodes = file.dataSet.nodes
        var id = 0
        while id < nodes.count {
            let node = nodes[id]
            let isNested = node.parent >= 0
            if !isNested, 0x6000...0x60FF ~= node.tag.group, node.tag.group % 2 == 0 { hasOverlays = true }
            if node.tag == .iconImageSequence || Self.pixels.contains(node.tag) {
                if isNested { nested.append(id) }
                id = Int(node.subtreeEnd)
            } else {
                id += 1
            }
        }
    }
}
