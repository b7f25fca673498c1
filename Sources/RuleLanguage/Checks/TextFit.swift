import DICOMCore

/// Whether an attribute can be compared with a text, and whether its VR can hold that text (PS3.5 6.2). A text that no
/// conformant value holds makes a rule that never fires, which is worse than one that does not load.
struct TextFit {
    let log: FindingLog
    let attribute: NamedAttribute
    let reference: AttributeReference

    /// Whether the attribute has text at all, and is a person name where parts of one are meant.
    func isComparable(_ element: XMLElement) -> Bool {
        guard !attribute.isUnknown else { return true }
        let vrs = attribute.allowedVRs
        let isName = vrs.contains(.PN)
        for part in ["component", "group"] {
            guard let written = element.attribute(part), !isName else { continue }
            log.error(
                .notAPersonName, "`\(attribute.text)` is no person name, its VR is \(Self.names(vrs))",
                at: written.namePlace, hint: "remove `\(part)`")
        }
        guard !vrs.contains(where: \.isText) else { return true }
        let hint: String
        let kind: String
        if vrs.contains(.SQ) {
            kind = "a sequence"
            hint = "compare attributes of its items: <some of=\"\(attribute.text)\">…</some>, or a path through it"
        } else if vrs.contains(where: \.isBinaryNumber) {
            kind = "a number"
            hint = "write <compare attribute=\"\(attribute.text)\" op=\"eq\" number=\"…\"/>"
        } else {
            kind = "no text"
            hint = "it can be `present`, `absent` or `empty`"
        }
        log.error(
            .notComparable, "`\(attribute.text)` is \(kind) (\(Self.names(vrs))) and cannot be compared with text",
            at: attribute.place, hint: hint)
        return false
    }

    /// Whether some VR of the attribute can hold the text.
    func check(
        _ text: String, _ comparison: Condition.TextComparison, _ folding: Condition.Folding, at place: Place
    ) {
        guard !text.isEmpty else {
            let hint =
                comparison == .equals
                ? "write <empty attribute=\"\(attribute.text)\"/>" : "write <present attribute=\"\(attribute.text)\"/>"
            log.error(.impossibleValue, "the text is empty", at: place, hint: hint)
            return
        }
        guard !attribute.isUnknown else { return }
        var first: TextRule.Objection?
        for vr in attribute.allowedVRs where vr.isText {
            let rule = TextRule(vr: vr, component: reference.component, group: reference.group)
            guard let objection = rule.objection(to: text, comparison, folding) else { return }
            first = first ?? objection
        }
        guard let first else { return }
        log.error(
            .impossibleValue, "`\(attribute.text)` never holds this: \(first.reason)", at: place, hint: first.hint)
    }

    /// `US or SS`.
    static func names(_ vrs: [VR]) -> String { vrs.map(\.description).joined(separator: " or ") }
}

extension VR {
    /// Numbers in binary.
    var isBinaryNumber: Bool {
        switch self {
        case .FD, .FL, .SL, .SS, .SV, .UL, .US, .UV: true
        default: false
        }
    }
}
