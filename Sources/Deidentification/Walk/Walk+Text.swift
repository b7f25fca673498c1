import DICOMCore
import DICOMEncoding
import DICOMFile

extension Walk {
    /// Cleans an element: takes out of its text what identifies somebody. A sequence stays, and what is in it is treated by
    /// the profile. What cannot be cleaned is taken away as its Type allows.
    ///
    /// - Returns: the node to go on with.
    mutating func clean(_ element: Element) throws(Sequestration) -> Int {
        let node = element.node
        switch node.kind {
        case .sequence:
            if let next = clean(sequence: element) { return next }
            return try keep(element)
        case .fragments, .item: return try takeAwayText(element, "it is no text")
        case .element: break
        }
        guard node.valueEnd > node.valueStart else { return Int(node.subtreeEnd) }
        guard element.vr.isCleanable, isAllowed(node.vr, for: element) else {
            return try takeAwayText(element, "nothing can clean \(element.vr)")
        }
        guard let bytes = window.value(of: node) else { return try takeAwayText(element, "its value cannot be read") }
        let item = node.parent < 0 ? nil : DataSetIndex.NodeID(node.parent)
        switch cleaner.clean(bytes, vr: element.vr, set: characterSet(of: element), dates: datesOfText(in: item)) {
        case .unchanged: return try keep(element, isCleaned: true)
        case .changed(let new):
            guard ValueConformance.conforms(new.span, to: element.vr) else {
                return try takeAwayText(element, "its value is not of its VR")
            }
            write(element, mapsUIDs ? identifiers.mappingUIDs(inText: new) ?? new : new)
            notes.add(node.tag, "cleaned")
            return Int(node.subtreeEnd)
        case .nothing: return try takeAwayText(element, "nothing but what identifies was in it")
        case .refused(let why): return try takeAwayText(element, "it \(why)")
        }
    }

    /// Takes away what cannot be cleaned. The value of a content item is required, whatever the IOD's tables know of items
    /// within items.
    private mutating func takeAwayText(_ element: Element, _ reason: String) throws(Sequestration) -> Int {
        guard sequences.last?.item != nil, ContentItem.values.contains(element.node.tag) else {
            return try takeAway(element, reason)
        }
        notes.add(element.node.tag, "kept as a dummy: \(reason)")
        return try apply(.dummy, to: element)
    }

    /// What becomes of dates in text: what becomes of Study Date. Where they move, by the offset of the patient whom the
    /// nearest item names.
    func datesOfText(in item: DataSetIndex.NodeID?) -> DatesOfText {
        switch profile.plain(profile.treatment(of: Tag(0x0008, 0x0020), vr: .DA)) {
        case .keep: .keep
        case .change(.shiftDate): dates.map { .shift($0.offset(in: item)) } ?? .remove
        default: .remove
        }
    }

    /// In force for a text; nil when it cannot be read.
    func characterSet(of element: Element) -> SpecificCharacterSet? {
        guard element.vr.usesSpecificCharacterSet else { return .defaultRepertoire }
        return try? file.characterSet(at: element.id)
    }
}
