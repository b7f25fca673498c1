import DICOMCore
import DICOMDictionary
import DICOMFile

extension Walk {
    /// A dummy: for a value, one of its VR; for a sequence, one item with what the IOD requires in it. Nothing of the
    /// original is in either but new UIDs.
    mutating func dummy(_ element: Element) throws(Sequestration) -> Int {
        let node = element.node
        let next = Int(node.subtreeEnd)
        if sequences.isEmpty, let new = replacements[node.tag] {
            edits.append(.replace(element.id, new))
        } else if node.tag == .contentSequence {
            edits.append(.replace(element.id, NewElement(tag: node.tag, vr: .SQ, value: .items([Self.dummyContent]))))
            notes.add(node.tag, "replaced by one item that says so")
        } else if Self.modulesOfOneSequence.contains(node.tag), path == ItemPaths.root {
            // The module is conditional and has this sequence alone: without it the object is whole (PS3.3 C.10.5,
            // C.10.10).
            edits.append(.remove(element.id))
            notes.add(node.tag, "removed with its module")
        } else if element.vr == .SQ || node.kind == .sequence {
            let items = try dummyItems(element)
            edits.append(.replace(element.id, NewElement(tag: node.tag, vr: .SQ, value: .items(items))))
        } else if node.tag == .pixelData || node.kind == .fragments {
            throw Sequestration("the profile takes Pixel Data away and the IOD requires it")
        } else {
            let vr = element.vr == .UN ? VR.LO : element.vr
            let bytes = element.vr == .UN ? [0, 0] : memory.dummy(for: node.tag, vr: vr)
            edits.append(.replace(element.id, NewElement(tag: node.tag, vr: element.vr, value: .bytes(bytes))))
        }
        return next
    }

    /// Graphic Annotation, Waveform Annotation.
    private static let modulesOfOneSequence: Set<Tag> = [Tag(0x0070, 0x0001), Tag(0x0040, 0xB020)]

    private mutating func dummyItems(_ element: Element) throws(Sequestration) -> [[NewElement]] {
        guard element.node.kind == .sequence, let item = file.dataSet.children(of: element.id).first else {
            return element.node.kind == .sequence ? [] : [Self.dummyCode]
        }
        let inner = memory.paths.path(within: element.node.tag, at: path)
        return [try dummyItem(item, at: inner)]
    }

    /// A code that says that something was there.
    static let dummyCode = [
        NewElement(tag: .codeValue, vr: .SH, text: DummyValue.codeValue),
        NewElement(tag: .codingSchemeDesignator, vr: .SH, text: DummyValue.codingScheme),
        NewElement(tag: .codeMeaning, vr: .LO, text: DummyValue.text),
    ]

    private static let dummyContent = [
        NewElement(tag: .relationshipType, vr: .CS, text: "CONTAINS"),
        NewElement(tag: .valueType, vr: .CS, text: "TEXT"),
        NewElement(tag: .conceptNameCodeSequence, vr: .SQ, value: .items([dummyCode])),
        NewElement(tag: .textValue, vr: .UT, text: DummyValue.text),
    ]

    /// An item that has what the IOD requires of the first item: dummies for Type 1, nothing else for Type 2.
    private mutating func dummyItem(_ item: DataSetIndex.NodeID, at path: Int32) throws(Sequestration) -> [NewElement] {
        let children = file.dataSet.children(of: item)
        let codes: Set<Tag> = [.codeValue, .longCodeValue, .urnCodeValue]
        if children.contains(where: { codes.contains(nodes[$0].tag) }) { return Self.dummyCode }
        var result: [NewElement] = []
        for child in children {
            let node = nodes[child]
            guard !node.tag.isPrivate, !node.tag.isGroupLength, let vr = StandardDictionary.vr(of: node.tag) else {
                continue
            }
            switch memory.paths.requirement(of: node.tag, at: path) {
            case .nothing: continue
            case .presence:
                result.append(NewElement(tag: node.tag, vr: vr, value: vr == .SQ ? .items([]) : .bytes([])))
            case .value, nil:
                let value = try dummyValue(child, node, vr, at: path)
                result.append(NewElement(tag: node.tag, vr: vr, value: value))
            }
        }
        return result
    }

    private mutating func dummyValue(
        _ id: DataSetIndex.NodeID, _ node: DataSetIndex.Node, _ vr: VR, at path: Int32
    ) throws(Sequestration) -> NewElement.Value {
        switch vr {
        case .SQ:
            guard node.kind == .sequence, let item = file.dataSet.children(of: id).first else { return .items([]) }
            return .items([try dummyItem(item, at: memory.paths.path(within: node.tag, at: path))])
        case .UI:
            guard node.kind == .element, let value = try? file.bytes(of: id) else {
                throw Sequestration("\(node.tag) cannot be read")
            }
            return .bytes(identifiers.uids(for: value) ?? value)
        case .DA, .DT, .TM: return .bytes(movedDate(id, vr) ?? memory.dummy(for: node.tag, vr: vr))
        default: return .bytes(memory.dummy(for: node.tag, vr: vr))
        }
    }
}
