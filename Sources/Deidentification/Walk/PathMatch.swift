import DICOMCore
import DICOMFile

/// Whether a node lies where a pattern says, asked from the node upwards.
struct PathMatch {
    private let file: DICOMFile
    private let nodes: [DataSetIndex.Node]

    init(_ file: DICOMFile, _ nodes: [DataSetIndex.Node]) {
        self.file = file
        self.nodes = nodes
    }

    func matches(_ pattern: PathPattern, _ id: DataSetIndex.NodeID) -> Bool {
        matches(pattern.element, id) && leads(pattern.steps[...], to: id)
    }

    /// Whether the steps lead from the top level to the item (or the top level) that holds the node. Each `**` is tried
    /// at every depth; a data set is at most a few levels deep.
    private func leads(_ steps: ArraySlice<PathPattern.Step>, to id: DataSetIndex.NodeID) -> Bool {
        let item = Int(nodes[id].parent)
        guard let last = steps.last else { return item < 0 }
        switch last {
        case .anyDepth:
            if leads(steps.dropLast(), to: id) { return true }
            guard item >= 0 else { return false }
            return leads(steps, to: Int(nodes[item].parent))
        case .sequence(let element, let number):
            guard item >= 0 else { return false }
            if let number, Int(nodes[item].number) != number { return false }
            let sequence = Int(nodes[item].parent)
            return sequence >= 0 && matches(element, sequence) && leads(steps.dropLast(), to: sequence)
        }
    }

    private func matches(_ element: PathPattern.Element, _ id: DataSetIndex.NodeID) -> Bool {
        let tag = nodes[id].tag
        switch element {
        case .standard(let expected): return tag == expected
        case .repeating(let group, let element):
            return tag.repeatingGroup == group && tag.element == element
        case .privateElement(let group, let creator, let element):
            return tag.group == group && tag.element >= 0x1000 && UInt8(truncatingIfNeeded: tag.element) == element
                && file.creator(of: id) == creator
        }
    }
}
