import DICOMCore
import DICOMDictionary
import RuleLanguage

/// Reads the elements of a data set or of an item: XML attributes that are keywords, and what stands in the element.
struct DraftReader {
    let log: FindingLog
    /// Whether values can be there that nobody can read: implicit VR says of each what it is.
    let isExplicit: Bool

    func drafts(_ element: XMLElement) -> [DraftElement] {
        var drafts = element.attributes.compactMap(keyword)
        for child in element.children {
            switch child.name {
            case "element": if let draft = self.element(child) { drafts.append(draft) }
            case "sequence": if let draft = sequence(child) { drafts.append(draft) }
            case "unreadable": drafts += unreadable(child)
            default: break
            }
        }
        var seen: Set<PathPattern.Element> = []
        for draft in drafts where !seen.insert(draft.element).inserted {
            log.add(.error, "duplicate-attribute", "the attribute stands twice in the data set", at: draft.place)
        }
        return drafts
    }

    /// Keywords or tags of what a template has and an instance has not.
    func names(_ attribute: XMLAttribute?) -> Set<PathPattern.Element> {
        guard let attribute else { return [] }
        return Set(attribute.words.compactMap { named($0, attribute)?.path.element })
    }

    private func keyword(_ attribute: XMLAttribute) -> DraftElement? {
        guard attribute.namespace == nil, attribute.name.first?.isUppercase == true else { return nil }
        guard let entry = StandardDictionary.entry(forKeyword: attribute.name) else {
            let near = StandardDictionary.keywords(like: attribute.name, limit: 3).map { "`\($0)`" }
            log.add(
                .error, "unknown-attribute", "`\(attribute.name)` is no keyword of PS3.6", at: attribute.namePlace,
                hint: near.isEmpty ? nil : "did you mean \(near.joined(separator: ", "))?")
            return nil
        }
        let vr = entry.allowedVRs.first ?? entry.vr
        guard vr != .SQ else {
            log.add(
                .error, "bad-value", "`\(attribute.name)` is a sequence", at: attribute.namePlace,
                hint: "write <sequence attribute=\"\(attribute.name)\"><item …/></sequence>")
            return nil
        }
        return DraftElement(
            element: .standard(entry.tag), vr: vr, value: .text(Self.values(attribute.value, vr)),
            place: attribute.place)
    }

    private static func values(_ text: String, _ vr: VR) -> [String] {
        vr.isSingleText ? (text.isEmpty ? [] : [text]) : ExpectationReader.values(text)
    }

    /// One element of this data set or item.
    private func named(_ word: XMLAttribute.Word, _ attribute: XMLAttribute) -> NamedAttribute? {
        guard let named = AttributeParser(log: log).parse(word, of: attribute, .statement) else { return nil }
        guard named.path.steps.isEmpty else {
            log.add(
                .error, "bad-path", "an element of this data set stands here, not a path", at: word.place,
                hint: "write <sequence attribute=\"…\"><item …/></sequence>")
            return nil
        }
        return named
    }

    private func element(_ child: XMLElement) -> DraftElement? {
        guard let attribute = child.attribute("attribute"), let word = attribute.words.first,
            let named = named(word, attribute)
        else { return nil }
        let stated = child.attribute("vr").flatMap { VR($0.value) }
        let value = child.attribute("value"), bytes = child.attribute("bytes")
        guard value == nil || bytes == nil else {
            log.add(
                .error, "bad-value", "a value is written once, as `value` or as `bytes`",
                at: bytes?.namePlace ?? child.place)
            return nil
        }
        guard let vr = stated ?? named.vr, vr != .SQ else {
            let isSequence = named.vr == .SQ
            log.add(
                .error, isSequence ? "bad-value" : "missing-attribute",
                isSequence ? "`\(word.text)` is a sequence" : "nothing is known of `\(word.text)`: state its `vr`",
                at: attribute.place, hint: isSequence ? "write <sequence attribute=\"\(word.text)\">" : nil)
            return nil
        }
        let content: DraftElement.Value =
            if let bytes { .bytes(Self.bytes(bytes.value)) } else { .text(Self.values(value?.value ?? "", vr)) }
        return DraftElement(
            element: named.path.element, vr: vr, value: content, place: (value ?? bytes ?? attribute).place)
    }

    private static func bytes(_ text: String) -> [UInt8] {
        let digits = text.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    private func sequence(_ child: XMLElement) -> DraftElement? {
        guard let attribute = child.attribute("attribute"), let word = attribute.words.first,
            let named = named(word, attribute)
        else { return nil }
        guard named.isSequence else {
            log.add(.error, "not-a-sequence", "`\(word.text)` is no sequence", at: attribute.place)
            return nil
        }
        let items = child.children(named: "item").map(drafts)
        return DraftElement(
            element: named.path.element, vr: .SQ,
            value: .items(items, isUnknown: child.attribute("vr")?.value == "UN"), place: attribute.place)
    }

    private func unreadable(_ child: XMLElement) -> [DraftElement] {
        guard let attribute = child.attribute("attribute") else { return [] }
        guard isExplicit else {
            log.add(
                .error, "bad-value", "in implicit VR every value can be read as what it should be", at: child.place,
                hint: "leave `syntax` out")
            return []
        }
        return attribute.words.compactMap { word in
            named(word, attribute).map {
                DraftElement(
                    element: $0.path.element, vr: $0.vr ?? .UN, value: .unreadable, place: word.place)
            }
        }
    }
}

extension NamedAttribute {
    /// What nobody knows may be one.
    fileprivate var isSequence: Bool { allowedVRs.isEmpty || allowedVRs.contains(.SQ) || allowedVRs.contains(.UN) }
}
