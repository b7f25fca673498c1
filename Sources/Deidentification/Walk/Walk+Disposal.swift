import DICOMCore
import DICOMDictionary
import DICOMFile

extension Walk {
    /// Does to one element what was decided.
    ///
    /// - Returns: the node to go on with.
    mutating func apply(_ disposal: Disposal, to element: Element) throws(Sequestration) -> Int {
        let next = Int(element.node.subtreeEnd)
        switch disposal {
        case .keep: return try keep(element)
        case .remove: edits.append(.remove(element.id))
        case .empty: empty(element)
        case .dummy: return try dummy(element)
        case .replace(let text): try replace(element, with: profile.texts[text])
        case .uid: return try mapUIDs(element)
        case .change(let change): return try make(change, of: element)
        case .clean: return try clean(element)
        case .pseudonym:
            guard isTextual(element.vr), element.node.kind == .element else { return try dummy(element) }
            let item = element.node.parent < 0 ? nil : Int(element.node.parent)
            guard let text = pseudonyms.pseudonym(in: item), element.vr.hasRoom(for: text),
                ValueConformance.conforms(Array(text.utf8).span, to: element.vr)
            else {
                notes.add(element.node.tag, "a dummy: \(element.vr) does not hold the pseudonym, or there is none")
                return try dummy(element)
            }
            write(element, Array(text.utf8))
        }
        return next
    }

    /// Whether a VR holds names.
    private func isTextual(_ vr: VR) -> Bool {
        switch vr {
        case .LO, .LT, .PN, .SH, .ST, .UC, .UT, .AE, .CS: true
        default: false
        }
    }

    /// Replaces an element's value; an element that came as UN is written with its own VR.
    mutating func write(_ element: Element, _ bytes: [UInt8]) {
        edits.append(.replace(element.id, NewElement(tag: element.node.tag, vr: element.vr, value: .bytes(bytes))))
    }

    // MARK: Keep

    /// - Parameter isCleaned: text in which nothing was found that identifies anybody.
    mutating func keep(_ element: Element, isCleaned: Bool = false) throws(Sequestration) -> Int {
        let node = element.node
        switch node.kind {
        case .sequence:
            guard element.known == nil || element.known == .SQ else { return try refuse(element) }
            return enter(element)
        case .fragments where node.tag != .pixelData: return try refuse(element)
        case .fragments, .element, .item: break
        }
        if sequences.isEmpty, let new = replacements[node.tag] {
            edits.append(.replace(element.id, new))
            return Int(node.subtreeEnd)
        }
        if node.tag.isPixels {
            keepPixels(element)
            return Int(node.subtreeEnd)
        }
        guard node.valueEnd > node.valueStart else { return Int(node.subtreeEnd) }
        // What came with a VR that the standard does not give it is something else than its name says.
        guard element.known != .SQ, isAllowed(node.vr, for: element) else { return try refuse(element) }
        let vr = node.vr == .UN ? element.vr : node.vr
        if isChecked(vr, of: node) {
            if let objection = objection(to: element, vr, isCleaned: isCleaned) {
                guard objection == .notOfItsVR, isBinaryNumber(element, vr) else {
                    return try refuse(element, objection)
                }
                notes.add(node.tag, "kept: a binary number where \(vr) was expected")
            }
            if node.tag == .codeMeaning, !isCleaned, !element.isNamedByPath, isPrivateCode(node) {
                write(element, Array(DummyValue.text.utf8))
                notes.add(node.tag, "replaced: the meaning of a code that is not of a public scheme")
            } else if let mapped = newUIDs(inTextOf: element, vr) {
                write(element, mapped)
            } else if node.vr == .UN, let known = element.known, node.encoding.isExplicit {
                // Nobody says in which byte order an unknown value is.
                guard !node.encoding.isBigEndian || known.unitSize == 1, let value = window.value(of: node) else {
                    return try refuse(element)
                }
                write(element, value)
            }
        }
        return Int(node.subtreeEnd)
    }

    /// The text of an element with new UIDs in it; nil when it has none, or UIDs stay.
    private mutating func newUIDs(inTextOf element: Element, _ vr: VR) -> [UInt8]? {
        guard mapsUIDs, vr.mayNameUIDs, element.node.valueLength >= 20, let value = window.value(of: element.node),
            let mapped = identifiers.mappingUIDs(inText: value)
        else { return nil }
        notes.add(element.node.tag, "UIDs in its text are new")
        return mapped
    }

    /// Pixels at the top level were examined. Within items only an icon has pixels, and it is there because the profile
    /// wants it.
    private mutating func keepPixels(_ element: Element) {
        guard let open = sequences.last, open.tag != .iconImageSequence || element.node.kind != .element else { return }
        edits.append(.remove(element.id))
        notes.add(element.node.tag, "removed: pixels within an item that is no icon, or compressed")
    }

    func isAllowed(_ vr: VR, for element: Element) -> Bool {
        guard let known = element.known, vr != known, vr != .UN else { return true }
        // What private dictionaries say is often out of date.
        if element.node.tag.isPrivate { return true }
        return StandardDictionary.entry(for: element.node.tag)?.allowedVRs.contains(vr) ?? true
    }

    /// In implicit VR a vendor's element has the VR that a dictionary gives it, and devices differ: where one writes a
    /// number as text, another writes it as FL or FD. Four or eight bytes that are no text name nobody.
    private mutating func isBinaryNumber(_ element: Element, _ vr: VR) -> Bool {
        let node = element.node
        guard node.tag.isPrivate, !node.encoding.isExplicit, vr == .DS || vr == .IS,
            node.valueLength == 4 || node.valueLength == 8, let value = window.value(of: node)
        else { return false }
        return value.contains { $0 > 0x7E }
    }

    /// Numbers need not be read, any bytes are some number; but what came as UN is a number only if its length says so.
    private func isChecked(_ vr: VR, of node: DataSetIndex.Node) -> Bool { vr.isText || node.vr == .UN }

    private mutating func objection(to element: Element, _ vr: VR, isCleaned: Bool) -> ValueWindow.Objection? {
        let known = isCleaned ? nil : cleaner.known
        return window.objection(to: element.node, of: vr, known) { try? file.characterSet(at: element.id) }
    }

    /// A value that is not of its VR, or names the patient, does not stay.
    private mutating func refuse(
        _ element: Element, _ objection: ValueWindow.Objection = .notOfItsVR
    ) throws(Sequestration) -> Int {
        let tag = element.node.tag
        switch memory.paths.requirement(of: tag, at: path) {
        case .value:
            throw Sequestration("the value of \(tag) \(objection.rawValue), and the IOD requires it")
        case .presence:
            empty(element)
            notes.add(tag, "kept without a value: what it had \(objection.rawValue)")
        case .nothing, nil:
            edits.append(.remove(element.id))
            notes.add(tag, "removed: its value \(objection.rawValue)")
        }
        return Int(element.node.subtreeEnd)
    }

    /// Codes of private schemes (PS3.16 8.2: `99` and anything, `L`) and without a scheme mean what a site wrote.
    private func isPrivateCode(_ meaning: DataSetIndex.Node) -> Bool {
        let item = meaning.parent < 0 ? nil : Int(meaning.parent)
        guard let scheme = file.dataSet.child(.codingSchemeDesignator, of: item),
            let bytes = try? file.bytes(of: scheme)
        else { return true }
        let designator = trimmed(bytes[...])
        return designator.isEmpty || designator.starts(with: "99".utf8) || designator.elementsEqual("L".utf8)
    }

    // MARK: Empty, replace, UIDs

    mutating func empty(_ element: Element) {
        let node = element.node
        if node.kind == .element, node.valueStart == node.valueEnd { return }
        if node.kind == .sequence, node.subtreeEnd == Int32(element.id) + 1 { return }
        let vr = element.vr
        edits.append(
            .replace(element.id, NewElement(tag: node.tag, vr: vr, value: vr == .SQ ? .items([]) : .bytes([]))))
    }

    private mutating func replace(_ element: Element, with text: String) throws(Sequestration) {
        guard element.node.kind == .element, element.vr.isText else {
            throw Sequestration("the profile replaces \(element.node.tag) with a text, and its VR is \(element.vr)")
        }
        write(element, Array(text.utf8))
    }

    /// New UIDs in an element; a sequence stays, and what is in it is treated by the profile.
    private mutating func mapUIDs(_ element: Element) throws(Sequestration) -> Int {
        let next = Int(element.node.subtreeEnd)
        switch element.node.kind {
        case .sequence: return try keep(element)
        case .fragments, .item: return try dummy(element)
        case .element: break
        }
        guard element.vr == .UI || element.vr.isSingleText || element.vr == .LO || element.vr == .UC else {
            return try dummy(element)
        }
        guard element.node.valueEnd > element.node.valueStart else { return next }
        guard let value = window.value(of: element.node) else {
            throw Sequestration("\(element.node.tag) cannot be read")
        }
        if let mapped = memory.uids.new(for: value, { [identifiers] in identifiers.uids(for: $0) }) {
            write(element, mapped)
        } else if element.node.vr != element.vr {
            write(element, value)
        }
        return next
    }
}
