import DICOMCore

/// Whether an action can be done to what a statement of a profile chooses.
struct ActionFit {
    let log: FindingLog
    let element: XMLElement
    let selector: StatementParser.Selected

    func check(_ action: ProfileAction) {
        switch action {
        case .uid: requireUIDs()
        case .pseudonym: requireNames()
        case .replace(let text): checkReplacement(text)
        case .byType(let type1, let type2, let type3): if [type1, type2, type3].contains(.uid) { requireUIDs() }
        case .keep, .remove, .empty, .dummy, .clean, .shiftDate, .truncateDate, .capAge, .hash, .lookup, .encrypt: break
        }
    }

    private func requireUIDs() {
        guard !isUnknownAttribute, !selector.vrs.contains(.UI) else { return }
        wrong("`uid` makes UIDs, and \(what) \(holds)", hint: "write vr=\"UI\", or an attribute that holds UIDs")
    }

    private func requireNames() {
        guard !isUnknownAttribute, !selector.vrs.contains(where: \.usesSpecificCharacterSet) else { return }
        wrong("`pseudonym` writes a name, and \(what) \(holds)", hint: "write an attribute that holds text")
    }

    private func checkReplacement(_ text: String) {
        guard let value = element.attribute("value"), !isUnknownAttribute else { return }
        if text.isEmpty {
            log.error(
                .wrongAction, "the text is empty", at: value.place, hint: "write `empty`, which leaves no value")
            return
        }
        let textual = selector.vrs.filter(\.isText)
        guard let vr = textual.first else {
            return wrong("`replace` writes text, and \(what) \(holds)", hint: "write `dummy`, `empty` or `remove`")
        }
        let rule = TextRule(vr: vr)
        let values = vr.isSingleText ? [text[...]] : text.split(separator: "\\", omittingEmptySubsequences: false)
        // A person name is written with all its groups.
        let parts = vr == .PN ? values.flatMap { $0.split(separator: "=") } : values
        for part in parts where !part.isEmpty {
            guard let objection = rule.objection(to: String(part), .equals, []) else { continue }
            log.error(
                .impossibleValue, "`\(selector.text)` cannot hold this: \(objection.reason)", at: value.place,
                hint: objection.hint)
            return
        }
    }

    /// An attribute whose VR nobody knows may hold anything.
    private var isUnknownAttribute: Bool { selector.isOneAttribute && selector.vrs.isEmpty }
    private var what: String { "`\(selector.text)`" }
    private var holds: String {
        selector.vrs.isEmpty ? "chooses attributes of any VR" : "is of VR \(TextFit.names(selector.vrs))"
    }

    private func wrong(_ message: String, hint: String) {
        log.error(.wrongAction, message, at: element.place, hint: hint)
    }
}
