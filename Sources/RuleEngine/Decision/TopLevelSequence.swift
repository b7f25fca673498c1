import DICOMCore
import DICOMFile

/// A sequence at the top level of a data set, to which items are added.
struct TopLevelSequence {
    private let tag: Tag
    /// More than one where a data set has the tag twice.
    private let nodes: [DataSetIndex.NodeID]
    private let itemNodes: [DataSetIndex.NodeID]
    /// Copies of what is there.
    private let items: [[NewElement]]
    /// What is there with this tag and is no sequence that can be taken apart: the first of it.
    let opaque: [NewElement]

    init(_ tag: Tag, in file: DICOMFile) {
        let index = file.dataSet
        self.tag = tag
        nodes = index.childRange(of: nil).filter { index.nodes[$0].tag == tag }
        itemNodes = nodes.filter { index.nodes[$0].kind == .sequence }.flatMap { index.childRange(of: $0) }
        items = itemNodes.map { NewElement.copies(ofItem: $0, in: file) }
        opaque = nodes.filter { index.nodes[$0].kind != .sequence && !index.isEmpty($0) }.prefix(1).map {
            NewElement(copying: $0, in: file)
        }
    }

    /// The element as it was, for (0400,0550); none when it had no value.
    var original: [NewElement] {
        items.isEmpty ? opaque : [NewElement(tag: tag, vr: .SQ, value: .items(items))]
    }

    /// One sequence of what was there and of new items.
    func edits(appending new: [[NewElement]]) -> [Edit] {
        let whole = NewElement(tag: tag, vr: .SQ, value: .items(items + new))
        guard let first = nodes.first else { return [.insert(into: nil, whole)] }
        return [.replace(first, whole)] + nodes.dropFirst().map { .remove($0) }
    }

    /// The codes that can be read.
    func codes(in file: DICOMFile) -> [LabelTable.Code] {
        itemNodes.flatMap { item in (try? CodedItem(item, in: file))?.codes ?? [] }
    }

    /// The values of one attribute in all items.
    func texts(_ tag: Tag, in file: DICOMFile) -> [String] {
        itemNodes.flatMap { item in
            file.dataSet.childRange(of: item).filter { file.dataSet.nodes[$0].tag == tag }.flatMap {
                (try? file.values(of: $0)) ?? []
            }
        }
    }
}

extension NewElement {
    /// The elements of an item, each tag once: the first, as everybody reads it.
    static func copies(ofItem item: DataSetIndex.NodeID, in file: DICOMFile) -> [NewElement] {
        var seen: Set<Tag> = []
        return file.dataSet.childRange(of: item).compactMap { child in
            let tag = file.dataSet.nodes[child].tag
            return !tag.isGroupLength && seen.insert(tag).inserted ? NewElement(copying: child, in: file) : nil
        }
    }

    /// A copy of an element with everything in it: the same values, encoded anew.
    init(copying node: DataSetIndex.NodeID, in file: DICOMFile) {
        let element = file.dataSet.nodes[node]
        if element.kind == .sequence {
            let items = file.dataSet.childRange(of: node).map { Self.copies(ofItem: $0, in: file) }
            self.init(tag: element.tag, vr: .SQ, value: .items(items))
            return
        }
        guard let stored = try? file.bytes(of: node) else {
            // Nobody gets a copy that lacks what cannot be read just now: writing it fails.
            self.init(tag: element.tag, vr: element.vr, value: .original(element.valueStart..<element.valueEnd))
            return
        }
        let unit = element.encoding.isBigEndian ? element.vr.unitSize : 1
        guard unit > 1, stored.count % unit == 0 else {
            self.init(tag: element.tag, vr: element.vr, value: .bytes(stored))
            return
        }
        let swapped = stride(from: 0, to: stored.count, by: unit).flatMap { stored[$0..<$0 + unit].reversed() }
        self.init(tag: element.tag, vr: element.vr, value: .bytes(swapped))
    }
}
