import DICOMCore
import DICOMFile

extension Walk {
    /// Goes into a sequence that the profile cleans: content by concept, anything else as the profile says of what is in it.
    /// Nil when it is no sequence.
    mutating func clean(sequence element: Element) -> Int? {
        guard element.node.kind == .sequence, element.known == nil || element.known == .SQ else { return nil }
        return enter(element, cleans: true)
    }

    /// The beginning of an item of structured content.
    mutating func beginContentItem(_ id: DataSetIndex.NodeID) -> ContentItem {
        let item = ContentItem(id, of: file, profile)
        if item.isReplaced, file.dataSet.child(.textValue, of: id) == nil {
            edits.append(.insert(into: id, NewElement(tag: .textValue, vr: .UT, text: DummyValue.text)))
        }
        return item
    }

    /// An element of a content item.
    ///
    /// - Parameter stated: what the profile says of the element itself.
    mutating func contentElement(
        _ element: Element, _ item: ContentItem, stated: Treatment
    ) throws(Sequestration) -> Int {
        let tag = element.node.tag
        let stated = plain(stated, of: element.id)
        if item.isReplaced { return try replacedElement(element) }
        if ContentItem.sequences.contains(tag), let next = clean(sequence: element) { return next }
        guard ContentItem.values.contains(tag) else { return try treat(element, stated) }
        let treatment = plain(item.treatment(ofValue: tag, stated: stated), of: element.id)
        switch tag {
        case .conceptCodeSequence, .measuredValueSequence, .referencedSOPSequence:
            guard treatment != .dummy else { return dummyValue(element) }
            guard element.node.kind == .sequence else { return try treat(element, .remove) }
            return enter(element)
        default:
            // The value that an item's type asks for, whatever the IOD's tables know of items within items.
            let disposal = profile.disposal(treatment, for: .value)
            note(tag, treatment, disposal)
            return try apply(disposal, to: element)
        }
    }

    /// A code that says that another one was there; a measurement without a value (PS3.3 C.18.1), which is one.
    private mutating func dummyValue(_ element: Element) -> Int {
        let isCode = element.node.tag == .conceptCodeSequence
        edits.append(
            .replace(
                element.id,
                NewElement(tag: element.node.tag, vr: .SQ, value: .items(isCode ? [Self.dummyCode] : []))))
        return Int(element.node.subtreeEnd)
    }

    /// Of an item that goes its place, its relationship and its concept stay, and a text that says so.
    private mutating func replacedElement(_ element: Element) throws(Sequestration) -> Int {
        switch element.node.tag {
        case .relationshipType, .conceptNameCodeSequence: return try apply(.keep, to: element)
        case .valueType: write(element, Array("TEXT".utf8))
        case .textValue:
            edits.append(
                .replace(element.id, NewElement(tag: .textValue, vr: .UT, text: DummyValue.text)))
        default: edits.append(.remove(element.id))
        }
        return Int(element.node.subtreeEnd)
    }
}
