import DICOMCore
import DICOMEncoding

/// What edits make of a data set: runs of the original and new bytes between them, lengths around them remade.
///
/// Nothing is made for an element that nobody edits, and little for one that somebody does: a change is a few numbers, new bytes
/// lie all in one array, and growth is counted in a table by node.
struct EditPlan {
    enum Run: Hashable, Sendable {
        /// Bytes of the original.
        case copy(Range<Int>)
        /// Cells of the original, each without what is not its sample.
        case samples(Range<Int>, StoredBits)
        /// Bytes that were made before.
        case spilled(Spill, Range<Int>)
        /// A part of the plan's own bytes.
        case made(Range<Int>)
    }

    /// Some bytes of the original, maybe none, that others take the place of.
    private struct Change {
        var offset: Int
        var removed: Int
        /// In `encoded`.
        var runs: Range<Int32>
        /// Of insertions at one offset, that into the innermost item comes first; changes that remove come last.
        var depth: Int32
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
    /// What `made` runs are parts of.
    private(set) var made: [UInt8] = []
    private let index: DataSetIndex
    private var encoded = EncodedRuns()
    private var changes: [Change] = []
    /// By how much what is in an item or sequence becomes longer, by node.
    private var growth: [Int]
    private var groupGrowth: [Group: Int] = [:]
    /// Whether anything has a group length at all: they are retired, and few data sets do.
    private let hasGroupLengths: Bool
    /// Whether a node is removed or replaced.
    private var touched: [Bool]
    private var inserted: Set<Place> = []

    init(_ edits: [Edit], of index: DataSetIndex) throws(EditedDataSet.EditError) {
        self.index = index
        touched = [Bool](repeating: false, count: index.nodes.count)
        growth = [Int](repeating: 0, count: index.nodes.count)
        hasGroupLengths = index.nodes.contains { $0.tag.isGroupLength }
        changes.reserveCapacity(edits.count + edits.count / 2)
        try collectTouched(edits)
        for edit in edits { try add(edit) }
        try remakeLengths()
        remakeGroupLengths()
        makeRuns()
    }

    private mutating func collectTouched(_ edits: [Edit]) throws(EditedDataSet.EditError) {
        for edit in edits {
            switch edit {
            case .remove(let id): try touch(id)
            case .replace, .insert: break
            }
        }
        for edit in edits {
            switch edit {
            case .replace(let id, _): try touch(id)
            case .remove, .insert: break
            }
        }
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
            replace(id, with: beginRuns(), 0)
        case .replace(let id, let element):
            let node = index.nodes[id]
            guard node.kind != .item, node.tag == element.tag else { throw .misplaced(index.path(of: id)) }
            let start = beginRuns(), before = encoded.byteCount
            try encoder(node.encoding).encode(element, in: { [index] in index.path(of: id) }, into: &encoded)
            replace(id, with: start, encoded.byteCount - before)
        case .insert(let item, let element):
            try insert(element, into: item)
        }
    }

    private mutating func beginRuns() -> Int32 { Int32(truncatingIfNeeded: encoded.begin()) }

    /// The runs since those of this number.
    private func madeRuns(from start: Int32) -> Range<Int32> { start..<Int32(truncatingIfNeeded: encoded.runs.count) }

    private mutating func replace(_ id: DataSetIndex.NodeID, with start: Int32, _ byteCount: Int) {
        let node = index.nodes[id]
        let removed = node.end - node.start
        changes.append(
            Change(offset: node.start, removed: removed, runs: madeRuns(from: start), depth: -1, tag: node.tag))
        grow(Int(node.parent), node.tag, by: byteCount - removed)
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
        var isThere = false
        index.forEachChild(of: item) { child in
            let node = index.nodes[child]
            if node.tag == element.tag, !touched[child] { isThere = true }
            if node.tag > element.tag { offset = min(offset, node.start) }
        }
        guard !isThere else { throw .alreadyThere(AttributePath(steps: path().steps, tag: element.tag)) }
        let start = beginRuns(), before = encoded.byteCount
        try encoder(encoding).encode(element, in: path, into: &encoded)
        let depth = item.map { Int32(index.nodes[$0].depth) } ?? 0
        guard inserted.insert(Place(level: item ?? -1, tag: element.tag)).inserted else {
            throw .overlapping(AttributePath(steps: path().steps, tag: element.tag))
        }
        changes.append(Change(offset: offset, removed: 0, runs: madeRuns(from: start), depth: depth, tag: element.tag))
        grow(item ?? -1, element.tag, by: encoded.byteCount - before)
    }

    /// Everything around a change becomes longer with it.
    private mutating func grow(_ parent: Int, _ tag: Tag, by count: Int) {
        var level = parent
        var tag = tag
        while true {
            if hasGroupLengths, level < 0 || index.nodes[level].kind == .item {
                groupGrowth[Group(level: Int32(truncatingIfNeeded: level), number: tag.group), default: 0] += count
            }
            guard level >= 0 else { return }
            growth[level] += count
            tag = index.nodes[level].tag
            level = Int(index.nodes[level].parent)
        }
    }

    /// Lengths of items and sequences around the changes.
    private mutating func remakeLengths() throws(EditedDataSet.EditError) {
        for id in growth.indices where growth[id] != 0 && !index.nodes[id].hasUndefinedLength {
            let node = index.nodes[id]
            let length = node.valueLength + growth[id]
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
            index.forEachChild(of: level) { child in
                if child != id, index.nodes[child].tag.group == group.number {
                    length += index.nodes[child].end - index.nodes[child].start
                }
            }
            overwrite(index.nodes[id].valueStart, UInt32(truncatingIfNeeded: length), index.nodes[id])
        }
    }

    private mutating func overwrite(_ offset: Int, _ value: UInt32, _ node: DataSetIndex.Node) {
        let start = beginRuns()
        encoded.append(as: node.encoding) { $0.append(value) }
        changes.append(Change(offset: offset, removed: 4, runs: madeRuns(from: start), depth: -1, tag: node.tag))
    }

    private mutating func makeRuns() {
        changes.sort { first, second in
            if first.offset != second.offset { return first.offset < second.offset }
            return first.depth != second.depth ? first.depth > second.depth : first.tag < second.tag
        }
        runs.reserveCapacity(changes.count * 2 + 1)
        var position = index.range.lowerBound
        for change in changes {
            if change.offset > position { runs.append(.copy(position..<change.offset)) }
            for run in change.runs { runs.append(encoded.runs[Int(run)]) }
            position = change.offset + change.removed
        }
        if position < index.range.upperBound { runs.append(.copy(position..<index.range.upperBound)) }
        made = encoded.made
        // What it was made of is of no more use, and is kept no longer.
        encoded = EncodedRuns()
        changes = []
        growth = []
        touched = []
        groupGrowth = [:]
        inserted = []
    }
}
