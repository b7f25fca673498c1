import DICOMCore
import DICOMEncoding
import DICOMFile
import RuleLanguage

/// Makes a file of PS3.10 of the elements that a test writes.
struct InstanceEncoder {
    let log: FindingLog
    let encoding: ElementEncoding

    /// Nil when an element cannot be encoded; then something has been said about it.
    func elements(_ drafts: [DraftElement], _ inherited: SpecificCharacterSet) -> [NewElement]? {
        guard let characterSet = characterSet(of: drafts) ?? (hasCharacterSet(drafts) ? nil : inherited) else {
            return nil
        }
        var blocks = PrivateBlockPlan()
        var elements: [NewElement] = []
        for draft in drafts {
            guard let tag = blocks.tag(of: draft.element) else {
                log.add(.error, "too-many-creators", "more private creators than a group has blocks", at: draft.place)
                return nil
            }
            guard let element = element(draft, tag, characterSet) else { return nil }
            elements.append(element)
        }
        return (elements + blocks.creators).sorted { $0.tag < $1.tag }
    }

    private func hasCharacterSet(_ drafts: [DraftElement]) -> Bool { drafts.contains(.specificCharacterSet) }

    private func characterSet(of drafts: [DraftElement]) -> SpecificCharacterSet? {
        guard let draft = drafts.first(where: { $0.element == .standard(.specificCharacterSet) }) else { return nil }
        guard case .text(let terms) = draft.value else { return .defaultRepertoire }
        do {
            return try SpecificCharacterSet(terms: terms)
        } catch {
            // A character set that nobody knows is one that nobody can read: texts are then written in ASCII.
            return .defaultRepertoire
        }
    }

    private func element(_ draft: DraftElement, _ tag: Tag, _ characterSet: SpecificCharacterSet) -> NewElement? {
        switch draft.value {
        case .bytes(let bytes): return NewElement(tag: tag, vr: draft.vr, value: .bytes(bytes))
        case .text(let values):
            do throws(ValueError) {
                let bytes = try ValueEncoder(characterSet: characterSet).bytes(values, draft.vr)
                return NewElement(tag: tag, vr: draft.vr, value: .bytes(bytes))
            } catch {
                log.add(.error, "bad-value", "the value cannot be written: \(error.reason)", at: draft.place)
                return nil
            }
        case .unreadable:
            // Begins as a sequence, and is none to its end; or bytes that are no text of any character set.
            return draft.vr == .SQ
                ? NewElement(tag: tag, vr: .UN, value: .bytes([0xFE, 0xFF, 0x00, 0xE0, 0x10, 0, 0, 0]))
                : NewElement(tag: tag, vr: .OB, value: .bytes([0xFF, 0xFE]))
        case .items(let items, let isUnknown):
            let inner = isUnknown ? InstanceEncoder(log: log, encoding: .implicitLittleEndian) : self
            var encoded: [[NewElement]] = []
            for item in items {
                guard let elements = inner.elements(item, characterSet) else { return nil }
                encoded.append(elements)
            }
            guard isUnknown else { return NewElement(tag: tag, vr: .SQ, value: .items(encoded)) }
            var bytes: [UInt8] = []
            for item in encoded {
                guard let value = inner.dataSet(item, draft.place) else { return nil }
                bytes += [0xFE, 0xFF, 0x00, 0xE0] + (0..<4).map { UInt8(truncatingIfNeeded: value.count >> ($0 * 8)) }
                bytes += value
            }
            return NewElement(tag: tag, vr: .UN, value: .bytes(bytes))
        }
    }

    func dataSet(_ elements: [NewElement], _ place: Place) -> [UInt8]? {
        do {
            return try NewElement.dataSet(elements, as: encoding)
        } catch {
            log.add(.error, "bad-value", "the data set cannot be written: a value is too long", at: place)
            return nil
        }
    }
}

/// Gives each private creator of a data set or item a block of its own, the first free one.
struct PrivateBlockPlan {
    private(set) var creators: [NewElement] = []
    private var blocks: [Owner: UInt16] = [:]

    private struct Owner: Hashable {
        var group: UInt16
        var creator: String
    }

    /// Nil when the group has no block left.
    mutating func tag(of element: PathPattern.Element) -> Tag? {
        switch element {
        case .standard(let tag): return tag
        case .repeating(let group, let element): return Tag(group, element)
        case .privateElement(let group, let creator, let element):
            let owner = Owner(group: group, creator: creator)
            let block = blocks[owner] ?? UInt16(0x10 + blocks.keys.count { $0.group == group })
            guard block <= 0xFF else { return nil }
            if blocks.updateValue(block, forKey: owner) == nil {
                creators.append(
                    NewElement(tag: Tag(group, block), vr: .LO, value: .bytes(Array(creator.utf8))))
            }
            return Tag(group, block << 8 | UInt16(element))
        }
    }
}
