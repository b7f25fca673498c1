import DICOMCore
import DICOMFile

extension Walk {
    /// The element at the top level in which a node lies, or the node itself.
    func root(of id: DataSetIndex.NodeID) -> DataSetIndex.NodeID {
        var id = id
        while nodes[id].parent >= 0 { id = Int(nodes[id].parent) }
        return id
    }

    /// The elements at the top level that the edits so far change, or change something in.
    var changedRoots: Set<DataSetIndex.NodeID> {
        var result: Set<DataSetIndex.NodeID> = []
        for edit in edits {
            switch edit {
            case .remove(let id), .replace(let id, _): result.insert(root(of: id))
            case .insert(let item, _): if let item { result.insert(root(of: item)) }
            }
        }
        return result
    }

    /// What is to be done with an element whose original may be encrypted first; then it is noted.
    mutating func plain(_ treatment: Treatment, of id: DataSetIndex.NodeID) -> Treatment {
        guard case .encrypt(let index) = treatment else { return treatment }
        originals.insert(root(of: id))
        return profile.encryptions[index]
    }
}
