public import DICOMCore

/// Where every element of a data set lies: nodes in the order of the file, children after their parent. Holds no values,
/// apart from the names of private creators. A class, since whoever works with a file holds its index: one reference, not
/// one for each of its lists.
public final class DataSetIndex: Sendable {
    /// The index of a node in `nodes`.
    public typealias NodeID = Int

    public let nodes: [Node]
    /// The data set in the file (or in the inflated bytes): `nodes` and nothing else, no padding behind them.
    public let range: Range<Int>
    /// How elements at the top level are encoded.
    public let encoding: ElementEncoding

    private let topLevel: [Int32]
    /// Whether the tags at the top level ascend, each there once: then they can be searched by halves.
    let isAscending: Bool
    private let creators: PrivateCreators
    /// What of the top level is in it. Whoever asks for anything else asks wrongly: it may well be there.
    public let selection: ElementSelection

    init(
        nodes: [Node], range: Range<Int>, encoding: ElementEncoding, creators: PrivateCreators,
        selection: ElementSelection = .everything
    ) {
        self.nodes = nodes
        self.selection = selection
        self.range = range
        self.encoding = encoding
        self.creators = creators
        var topLevel: [Int32] = []
        var isAscending = true
        var id = 0
        var previous: Tag?
        while id < nodes.count {
            let node = nodes[id]
            topLevel.append(Int32(truncatingIfNeeded: id))
            if let previous, node.tag <= previous { isAscending = false }
            previous = node.tag
            id = Int(node.subtreeEnd)
        }
        self.topLevel = topLevel
        self.isAscending = isAscending
    }

    /// The index of no elements.
    convenience init(emptyAt offset: Int, encoding: ElementEncoding) {
        self.init(nodes: [], range: offset..<offset, encoding: encoding, creators: PrivateCreators())
    }

    /// The children of a node, or of the data set itself (nil), in the order of the file.
    public func children(of parent: NodeID?) -> [NodeID] {
        guard let parent else {
            precondition(selection.isEverything, "an index of some elements does not know all of them")
            return topLevel.map(Int.init)
        }
        guard nodes.indices.contains(parent) else { return [] }
        var result: [NodeID] = []
        var id = parent + 1
        while id < nodes[parent].subtreeEnd {
            result.append(id)
            id = Int(nodes[id].subtreeEnd)
        }
        return result
    }

    /// The same, one after another, without making a list of them.
    func forEachChild(of parent: NodeID?, _ body: (NodeID) -> Void) {
        guard let parent else {
            precondition(selection.isEverything, "an index of some elements does not know all of them")
            for id in topLevel { body(Int(id)) }
            return
        }
        guard nodes.indices.contains(parent) else { return }
        var id = parent + 1
        while id < nodes[parent].subtreeEnd {
            body(id)
            id = Int(nodes[id].subtreeEnd)
        }
    }

    /// The child with this tag: the first, should there be several. At the top level, where tags ascend, by halves.
    public func child(_ tag: Tag, of parent: NodeID? = nil) -> NodeID? {
        if let parent {
            guard nodes.indices.contains(parent) else { return nil }
            var id = parent + 1
            while id < nodes[parent].subtreeEnd {
                if nodes[id].tag == tag { return id }
                id = Int(nodes[id].subtreeEnd)
            }
            return nil
        }
        precondition(selection.contains(tag), "an index of some elements was asked for another one")
        guard isAscending else { return topLevel.first { nodes[Int($0)].tag == tag }.map(Int.init) }
        var low = 0, high = topLevel.count
        while low < high {
            let middle = (low + high) / 2
            let id = Int(topLevel[middle])
            if nodes[id].tag == tag { return id }
            if nodes[id].tag < tag { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// Where the node is, for messages and records.
    public func path(of node: NodeID) -> AttributePath {
        guard nodes.indices.contains(node) else { return .root }
        var steps: [AttributePath.Step] = []
        var id = node
        while nodes[id].parent >= 0 {
            let parent = Int(nodes[id].parent)
            if nodes[id].kind == .item {
                steps.append(AttributePath.Step(sequence: nodes[parent].tag, item: Int(nodes[id].number)))
            }
            id = parent
        }
        return AttributePath(steps: steps.reversed(), tag: nodes[node].kind == .item ? nil : nodes[node].tag)
    }

    /// The creator that reserved a private element's block, in its own data set or item (PS3.5 7.8.1), without blanks
    /// around it; nil for elements that are not private, are creators themselves, or have none.
    public func creator(of node: NodeID) -> String? {
        guard nodes.indices.contains(node), let tag = nodes[node].tag.privateCreatorTag else { return nil }
        return creators.name(at: tag, parent: nodes[node].parent)
    }

    /// All that claim a private element's block: more than one is against PS3.5 7.8.1, and readers differ in whom they
    /// believe.
    public func creators(of node: NodeID) -> [String] {
        guard nodes.indices.contains(node), let tag = nodes[node].tag.privateCreatorTag else { return [] }
        return creators.all(at: tag, parent: nodes[node].parent)
    }
}
