import DICOMCore
import DICOMEncoding
import DICOMFile
import RuleLanguage

extension Walk {
    /// Makes something of each value of an element. What nothing can be made of goes: one of several values becomes empty,
    /// an element of which nothing is left is taken away as its Type allows.
    ///
    /// - Returns: the node to go on with.
    mutating func make(_ change: ValueChange, of element: Element) throws(Sequestration) -> Int {
        let node = element.node
        switch node.kind {
        case .sequence where element.known == nil || element.known == .SQ: return enter(element)
        case .sequence, .fragments, .item: return try takeAway(element, "it is no value")
        case .element: break
        }
        guard node.valueEnd > node.valueStart else { return Int(node.subtreeEnd) }
        switch change {
        case .hash, .lookup: return try makeTexts(change, of: element)
        case .shiftDate, .truncateDate, .capAge: break
        }
        guard element.vr.isText || element.vr == .UN, let bytes = window.value(of: node),
            let values = Self.asciiValues(bytes)
        else { return try takeAway(element, "its value cannot be read") }
        return try write(element, values.map { $0.isEmpty ? .value("") : made(change, of: $0, element) })
    }

    /// A date within what a dummy stands for: moved, where the profile moves it and it can be.
    mutating func movedDate(_ id: DataSetIndex.NodeID, _ vr: VR) -> [UInt8]? {
        let node = nodes[id]
        guard profile.plain(profile.treatment(of: node.tag, vr: vr)) == .change(.shiftDate), node.kind == .element,
            let bytes = window.value(of: node), let values = Self.asciiValues(bytes), !values.isEmpty
        else { return nil }
        let element = Element(id: id, node: node, vr: vr, known: vr, isNamedByPath: false)
        var texts: [String] = []
        for value in values {
            switch made(.shiftDate, of: value, element) {
            case .value(let text), .noted(let text, _): texts.append(text)
            case .none: return nil
            }
        }
        return Array(texts.joined(separator: "\\").utf8)
    }

    /// One value of a date, time or age.
    private func made(_ change: ValueChange, of text: String, _ element: Element) -> ChangedValue {
        switch (change, element.vr) {
        case (.shiftDate, .TM): return DateOffset.checked(time: text)
        case (.shiftDate, _) where element.node.tag == .timezoneOffsetFromUTC: return DateOffset.checked(zone: text)
        case (.shiftDate, let vr):
            guard let offset = dates?.offset(in: item(of: element)) else {
                return .none("nothing says how far it moves")
            }
            switch vr {
            case .DA: return offset.shifted(date: text)
            case .DT: return offset.shifted(dateTime: text)
            default: return offset.shifted(whole: text)
            }
        case (.truncateDate(let precision), .DA): return precision.truncated(text, isDateTime: false)
        case (.truncateDate(let precision), .DT): return precision.truncated(text, isDateTime: true)
        case (.truncateDate, .TM): return .none("a time is finer than the precision that stays")
        case (.capAge(let years), .AS): return Age.capped(text, years: years)
        default: return .none("\(element.vr) does not hold what the profile changes")
        }
    }

    /// A keyed hash, or what a list says.
    private mutating func makeTexts(_ change: ValueChange, of element: Element) throws(Sequestration) -> Int {
        let vr = element.vr
        guard vr.isText, vr != .UI, let values = try? file.values(of: element.id) else {
            return try takeAway(element, "its value cannot be read")
        }
        switch change {
        case .hash(let digits):
            guard let longest = vr.longestHash else { return try takeAway(element, "\(vr) does not hold a hash") }
            let hashes = values.map { $0.isEmpty ? "" : identifiers.hash(of: $0, digits: min(digits, longest)) }
            return try write(
                element, hashes.map { .value(vr == .CS ? $0.uppercased() : $0) })
        case .lookup(let index): return try lookUp(values, profile.lookups[index], element)
        case .shiftDate, .truncateDate, .capAge: return try takeAway(element, "its value cannot be read")
        }
    }

    private mutating func lookUp(
        _ values: [String], _ lookup: LookupTreatment, _ element: Element
    ) throws(Sequestration) -> Int {
        let others = [String?](repeating: nil, count: max(0, lookup.list.keys.count - 1))
        var found: [String] = []
        for value in values {
            if value.isEmpty {
                found.append("")
                continue
            }
            guard case .value(let new) = lookup.list.value(for: [value] + others) else {
                notes.add(element.node.tag, "not on the list, and treated as the profile says for that")
                return try treat(element, lookup.otherwise)
            }
            found.append(new)
        }
        let tag = element.node.tag
        guard let set = try? file.characterSet(at: element.id), let bytes = try? set.encode(found, vr: element.vr)
        else {
            throw Sequestration("what the list says for \(tag) cannot be written in the data set's character set")
        }
        guard ValueConformance.conforms(bytes.span, to: element.vr), found.allSatisfy(element.vr.hasRoom) else {
            throw Sequestration("what the list says for \(tag) is no value of \(element.vr)")
        }
        write(element, bytes)
        return Int(element.node.subtreeEnd)
    }

    // MARK: Writing

    private mutating func write(_ element: Element, _ values: [ChangedValue]) throws(Sequestration) -> Int {
        var texts: [String] = []
        var reason: String?
        for value in values {
            switch value {
            case .value(let text): texts.append(text)
            case .noted(let text, let note):
                texts.append(text)
                notes.add(element.node.tag, note)
            case .none(let why):
                texts.append("")
                reason = why
            }
        }
        if let reason {
            guard texts.contains(where: { !$0.isEmpty }) else { return try takeAway(element, reason) }
            notes.add(element.node.tag, "one of several values is empty: \(reason)")
        }
        write(element, Array(texts.joined(separator: "\\").utf8))
        return Int(element.node.subtreeEnd)
    }

    /// Takes away what nothing can be made of, as `remove` does.
    mutating func takeAway(_ element: Element, _ reason: String) throws(Sequestration) -> Int {
        let disposal = profile.disposal(.remove, for: memory.paths.requirement(of: element.node.tag, at: path))
        switch disposal {
        case .dummy: notes.add(element.node.tag, "kept as a dummy: \(reason)")
        case .empty: notes.add(element.node.tag, "kept without a value: \(reason)")
        default: notes.add(element.node.tag, "removed: \(reason)")
        }
        return try apply(disposal, to: element)
    }

    /// The item that an element stands in; nil at the top level.
    private func item(of element: Element) -> DataSetIndex.NodeID? {
        element.node.parent < 0 ? nil : DataSetIndex.NodeID(element.node.parent)
    }

    /// Values without padding; nil when there is anything but ASCII in them.
    private static func asciiValues(_ bytes: [UInt8]) -> [String]? {
        guard bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
        return bytes.split(separator: .backslash, omittingEmptySubsequences: false).map {
            String(decoding: trimmed($0), as: UTF8.self)
        }
    }
}

extension VR {
    /// Hexadecimal digits that a value may have (PS3.5 6.2); nil for a VR that holds no text of any kind.
    fileprivate var longestHash: Int? {
        switch self {
        case .AE, .CS, .SH: 16
        case .LO, .PN, .LT, .ST, .UC, .UR, .UT: 64
        default: nil
        }
    }

    /// Whether a value is not longer than PS3.5 6.2 allows.
    func hasRoom(for text: String) -> Bool {
        let longest =
            switch self {
            case .AE, .CS, .SH, .DS: 16
            case .IS: 12
            case .LO: 64
            case .PN: 194
            case .ST: 1024
            case .LT: 10240
            default: Int.max
            }
        return text.unicodeScalars.count <= longest
    }
}

extension Tag {
    static let timezoneOffsetFromUTC = Tag(0x0008, 0x0201)
}
