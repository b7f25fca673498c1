import DICOMCore
import DICOMDictionary
import DICOMFile

/// The elements that a path names in one data set.
struct FoundElements: Sendable {
    private(set) var first: DataSetIndex.NodeID?
    private(set) var others: [DataSetIndex.NodeID] = []
    /// Why there may be more; nil when these are all.
    var hiding: Hiding?

    /// Where elements may be that nobody sees.
    enum Hiding: Sendable {
        /// In a sequence on the way that is stored as bytes nobody took apart.
        case sequence(DataSetIndex.NodeID)
        /// In what an excerpt does not say.
        case notSaid

        /// What hides them, where it is there.
        var node: DataSetIndex.NodeID? {
            switch self {
            case .sequence(let node): node
            case .notSaid: nil
            }
        }

        var reason: String {
            switch self {
            case .sequence: Readings.hidden
            case .notSaid: Readings.notSaid
            }
        }
    }

    var isEmpty: Bool { first == nil }
    /// The element where there is one and no other.
    var only: DataSetIndex.NodeID? { others.isEmpty ? first : nil }

    mutating func add(_ node: DataSetIndex.NodeID) {
        if first == nil { first = node } else { others.append(node) }
    }

    var nodes: [DataSetIndex.NodeID] { (first.map { [$0] } ?? []) + others }

    /// The same, one after another, without making a list of them.
    func forEach(_ body: (DataSetIndex.NodeID) -> Void) {
        if let first { body(first) }
        others.forEach(body)
    }
}

/// Walks a path through the index.
struct AttributeWalk {
    let index: DataSetIndex
    let pattern: PathPattern
    private(set) var found = FoundElements()
    /// Two `**` in one path reach an element twice.
    private var seen: Set<DataSetIndex.NodeID>?

    init(_ pattern: PathPattern, in index: DataSetIndex, from item: DataSetIndex.NodeID?) {
        self.index = index
        self.pattern = pattern
        if pattern.steps.count(where: { $0 == .anyDepth }) > 1 { seen = [] }
        walk(pattern.steps[...], in: item)
    }

    private mutating func walk(_ steps: ArraySlice<PathPattern.Step>, in parent: DataSetIndex.NodeID?) {
        switch steps.first {
        case nil: forEachChild(of: parent) { $0.take($1) }
        case .sequence(let element, let number)?:
            forEachChild(of: parent) { walk, child in
                guard walk.index.matches(child, element) else { return }
                walk.enter(child, number, steps.dropFirst())
            }
        case .anyDepth?:
            walk(steps.dropFirst(), in: parent)
            forEachChild(of: parent) { walk, child in
                if walk.index.isOpaqueSequence(child) { walk.found.hiding = .sequence(child) }
                guard walk.index.nodes[child].kind == .sequence else { return }
                walk.enter(child, nil, steps)
            }
        }
    }

    private mutating func enter(
        _ sequence: DataSetIndex.NodeID, _ number: Int?, _ steps: ArraySlice<PathPattern.Step>
    ) {
        guard index.nodes[sequence].kind == .sequence else {
            if !index.isEmpty(sequence) { found.hiding = .sequence(sequence) }
            return
        }
        forEachChild(of: sequence) { walk, item in
            if let number, Int(walk.index.nodes[item].number) != number { return }
            walk.walk(steps, in: item)
        }
    }

    private mutating func take(_ node: DataSetIndex.NodeID) {
        guard index.matches(node, pattern.element) else { return }
        if let isNew = seen?.insert(node).inserted, !isNew { return }
        found.add(node)
    }

    private mutating func forEachChild(
        of parent: DataSetIndex.NodeID?, _ visit: (inout AttributeWalk, DataSetIndex.NodeID) -> Void
    ) {
        for child in index.childRange(of: parent) { visit(&self, child) }
    }
}

extension DataSetIndex {
    /// The children of a node, or of the data set, without an array of them.
    func childRange(of parent: NodeID?) -> some Sequence<NodeID> {
        let nodes = nodes
        let end = parent.map { Int(nodes[$0].subtreeEnd) } ?? nodes.count
        return sequence(state: parent.map { $0 + 1 } ?? 0) { next in
            guard next < end else { return nil }
            defer { next = Int(nodes[next].subtreeEnd) }
            return next
        }
    }

    func matches(_ node: NodeID, _ element: PathPattern.Element) -> Bool {
        let tag = nodes[node].tag
        switch element {
        case .standard(let wanted): return tag == wanted
        case .repeating(let group, let element):
            return tag.element == element && tag.group & 0xFF00 == group & 0xFF00 && !tag.isPrivate
        case .privateElement(let group, let creator, let element):
            guard tag.group == group, tag.element >= 0x1000, UInt8(truncatingIfNeeded: tag.element) == element else {
                return false
            }
            return creators(of: node).contains(creator)
        }
    }

    /// Whether the element has no value: nothing between header and end, no item, no fragment.
    func isEmpty(_ node: NodeID) -> Bool {
        nodes[node].kind == .fragments ? false : nodes[node].valueEnd == nodes[node].valueStart
    }

    /// A sequence, by the dictionary or by how its bytes begin, that was stored as bytes and was not taken apart by the
    /// reader.
    func isOpaqueSequence(_ node: NodeID) -> Bool {
        let element = nodes[node]
        guard element.kind == .element, !isEmpty(node) else { return false }
        // A private UN that does not begin as a sequence is none, whatever a dictionary that may be out of date says.
        if element.isUnreadSequence || element.tag.isPrivate && element.vr == .UN { return element.isUnreadSequence }
        guard element.tag.isPrivate else { return StandardDictionary.isSequence(element.tag) }
        guard let creator = creator(of: node) else { return false }
        let low = UInt8(truncatingIfNeeded: element.tag.element)
        return PrivateDictionary.entry(creator: creator, group: element.tag.group, element: low)?.vr == .SQ
    }
}
