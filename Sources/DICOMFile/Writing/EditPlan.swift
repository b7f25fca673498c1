import DICOMCore
import DICOMEncoding

/// What edits make of a data set: runs of the original and new bytes between them, lengths around them remade.
struct EditPlan {
    enum Run: Hashable, Sendable {
        /// Bytes of the original.
        case copy(Range<Int>)
        /// Cells of the original, each without what is not its sample.
        case samples(Range<Int>, StoredBits)
        /// Bytes that were made before.
        case spilled(Spill, Range<Int>)
        case new([UInt8])
    }

    /// Some bytes of the original, maybe none, that others take the place of.
    private struct Change {
        var offset: Int
        var removed: Int
        var runs: [Run]
        /// Of insertions at one offset, that into the innermost item comes first; changes that remove come last.
        var depth: Int
        var tag: Tag
    }

    /// Where children are, and of which group: what a group length counts.
    private struct Group: Hashable {
        var level: Int32
        var number: UInt16
    }

    private struct Place: Hashable {
        var level: Int
        var tag: Tag
    }

    private(set) var runs: [Run] = []
    private let index: DataSetIndex
    private var changes: [Change] = []
    /// By how much what is in an item or sequence becomes longer.
    private var growth: [Int: Int] = [:]
    private var groupGrowth: [Group: Int] = [:]
    /// Whether a node is removed or replaced.
    private var touched: [Bool]
    private var inserted: Set<Place> = []

    init(_ edits: [Edit], of index: DataSetIndex) throws(EditedDataSet.EditError) {
        self.index = index
        touched = [Bool](repeating: false, count: index.nodes.count)
        try collectTouched(edits)
        for edit in edits { try add(edit) }
        try remakeLengths()
        remakeGroupLengths()
        makeRuns()
    }

    private mutating func collectTouched(_ edits: [Edit]) throws(EditedDataSet.EditError) {
        for case .remove(let id) in edits { try touch(id) }
        for case .replace(let id, _) in edits { try touch(id) }
        for edit in edits {
            switch edit {
            case .remove(let id), .replace(let id, _): try requireOutside(Int(index.nodes[id].parent))
            case .insert(let item, _): try requireOutside(item ?? -1)
            }
        }
    }

    private mutating func touch(_ id: DataSetIndex.NodeID) throws(EditedDataSet.EditError) {
        guard index.nodes.indices.contains(id) else { throw .misplaced(.root) }
        guard !touched[id] else { throw .overlapping(index.path(of: id)) }
        touched[id] = true
    }

    /// Nothing from here up is touched.
    private func requireOutside(_ start: Int) throws(EditedDataSet.EditError) {
        guard start < index.nodes.count else { throw .misplaced(.root) }
        var id = start
        while id >= 0 {
            guard !touched[id] else { throw .overlapping(index.path(of: id)) }
            id = Int(index.nodes[id].parent)
        }
    }

    private mutating func add(_ edit: Edit) throws(EditedDataSet.EditError) {
        switch edit {
        case .remove(let id):
            replace(id, EncodedRuns())
        case .replace(let id, let element):
            let node = index.nodes[id]
            guard node.kind != .item, node.tag == element.tag else { throw .misplaced(index.path(of: id)) }
            replace(id, try encoder(node.encoding).encode(element, in: { index.path(of: id) }))
        case .insert(let item, let element):
            try insert(element, into: item)
        }
    }

    private mutating func replace(_ id: DataSetIndex.NodeID, _ new: EncodedRuns) {
        let node = index.nodes[id]
        let removed = node.end - node.start
        changes.append(Change(offset: node.start, removed: removed, runs: new.runs, depth: -1, tag: node.tag))
        grow(Int(node.parent), node.tag, by: new.byteCount - removed)
    }

    private func encoder(_ encoding: ElementEncoding) -> NewElementEncoder {
        NewElementEncoder(encoding: encoding, original: index.range)
    }

    private mutating func insert(
        _ element: NewElement, into item: DataSetIndex.NodeID?
    ) throws(EditedDataSet.EditError) {
        let path = { [index] in item.map { index.path(of: $0) } ?? .root }
        var encoding = index.encoding
        var offset = index.range.upperBound
        if let item {
            let node = index.nodes[item]
            guard node.kind == .item else { throw .misplaced(path()) }
            encoding = node.encoding
            offset = node.valueEnd
        }
        for child in index.children(of: item) {
            let node = index.nodes[child]
            guard node.tag != element.tag || touched[child] else {
                throw .alreadyThere(AttributePath(steps: path().steps, tag: element.tag))
            }
            if node.tag > element.tag { offset = min(offset, node.start) }
        }
        let new = try encoder(encoding).encode(element, in: path)
        let depth = item.map { Int(index.nodes[$0].depth) } ?? 0
        guard inserted.insert(Place(level: item ?? -1, tag: element.tag)).inserted else {
            throw .overlapping(AttributePath(steps: path().steps, tag: element.tag))
        }
        changes.append(Change(offset: offset, removed: 0, runs: new.runs, depth: depth, tag: element.tag))
        grow(item ?? -1, element.tag, by: new.byteCount)
    }

    /// Everything around a change becomes longer with it.
    private mutating func grow(_ parent: Int, _ tag: Tag, by count: Int) {
        var level = parent
        var tag = tag
        while true {
            if level < 0 || index.nodes[level].kind == .item {
                groupGrowth[Group(level: Int32(truncatingIfNeeded: level), number: tag.group), default: 0] += count
            }
            guard level >= 0 else { return }
            growth[level, default: 0] += count
            tag = index.nodes[level].tag
            level = Int(index.nodes[level].parent)
        }
    }

    /// Lengths of items and sequences around the changes.
    private mutating func remakeLengths() throws(EditedDataSet.EditError) {
        for (id, count) in growth where count != 0 && !index.nodes[id].hasUndefinedLength {
            let node = index.nodes[id]
            let length = node.valueLength + count
            guard length >= 0, length < UInt32.max else { throw .tooLong(index.path(of: id)) }
            // Whatever the form of the header, the last four bytes of it are the length.
            overwrite(node.valueStart - 4, UInt32(length), node)
        }
    }

    /// Group lengths (PS3.5 7.2) of groups that changed. Others stay, right or wrong.
    private mutating func remakeGroupLengths() {
        for (group, count) in groupGrowth where count != 0 {
            let level: DataSetIndex.NodeID? = group.level < 0 ? nil : Int(group.level)
            guard let id = index.child(Tag(group.number, 0), of: level), !touched[id],
                index.nodes[id].kind == .element, index.nodes[id].valueLength == 4
            else { continue }
            var length = count
            for child in index.children(of: level) where child != id && index.nodes[child].tag.group == group.number {
                length += index.nodes[child].end - index.nodes[child].start
            }
            overwrite(index.nodes[id].valueStart, UInt32(truncatingIfNeeded: length), index.nodes[id])
        }
    }

    private mutating func overwrite(_ offset: Int, _ value: UInt32, _ node: DataSetIndex.Node) {
        var writer = ElementWriter(node.encoding)
        writer.append(value)
        changes.append(Change(offset: offset, removed: 4, runs: [.new(writer.bytes)], depth: -1, tag: node.tag))
    }

    private mutating func makeRuns() {
        changes.sort { first, second in
            if first.offset != second.offset { return first.offset < second.offset }
            return first.depth != second.depth ? first.depth > second.depth : first.tag < second.tag
        }
        var position = index.range.lowerBound
        for change in changes {
            if change.offset > position { runs.append(.copy(position..<change.offset)) }
            runs += change.runs
            position = change.offset + change.removed
        }
        if position < index.range.upperBound { runs.append(.copy(position..<index.range.upperBound)) }
    }
}
