import DICOMCore
import DICOMFile

/// Which private creators are still needed: a creator stays with the first element of its block that stays, and goes
/// with the last one (PS3.5 7.8.1).
struct PrivateBlocks {
    private struct Block: Hashable {
        var parent: Int32
        var creator: Tag
    }

    private var creators: [Block: DataSetIndex.NodeID] = [:]
    private var used: Set<Block> = []
    /// Creators that stand twice in one data set; only the first one counts.
    private var repeated: [DataSetIndex.NodeID] = []

    mutating func open(_ id: DataSetIndex.NodeID, _ node: DataSetIndex.Node) {
        let block = Block(parent: node.parent, creator: node.tag)
        if creators[block] == nil { creators[block] = id } else { repeated.append(id) }
    }

    mutating func use(_ node: DataSetIndex.Node) {
        guard let creator = node.tag.privateCreatorTag else { return }
        used.insert(Block(parent: node.parent, creator: creator))
    }

    /// Creators of blocks of which nothing stays.
    var unused: [DataSetIndex.NodeID] {
        (creators.filter { !used.contains($0.key) }.map(\.value) + repeated).sorted()
    }
}
