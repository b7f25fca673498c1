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
        case .shiftDate: require([.DA, .TM, .DT], "`shift-date` moves dates and times", "vr=\"DA\"")
        case .truncateDate: require([.DA, .DT], "`truncate-date` shortens dates", "vr=\"DA\"")
        case .capAge: require([.AS], "`cap-age` is for ages", "vr=\"AS\"")
        case .hash(let digits): checkHash(digits)
        case .lookup(_, let otherwise):
            require(VR.all.filter(\.isText), "`lookup` writes text", "an attribute that holds text")
            check(otherwise)
        case .encrypt(let then): check(then)
        case .byType(let type1, let type2, let type3): for action in [type1, type2, type3] { check(action) }
        case .keep, .remove, .empty, .dummy, .clean: break
        }
    }

    private func require(_ vrs: [VR], _ does: String, _ example: String) {
        guard !isUnknownAttribute, !selector.vrs.contains(where: vrs.contains) else { return }
        let names = vrs.count > 3 ? example : "\(example), or an attribute of VR \(TextFit.names(vrs))"
        wrong("\(does), and \(what) \(holds)", hint: "write \(names)")
    }

    /// How many characters of one value take hexadecimal digits (PS3.5 6.2).
    private static func room(_ vr: VR) -> Int {
        switch vr {
        case .AE, .CS, .SH: 16
        case .LO, .PN: 64
        case .LT, .ST, .UC, .UR, .UT: .max
        default: 0
        }
    }

    private func checkHash(_ digits: Int) {
        guard !isUnknownAttribute else { return }
        let room = selector.vrs.map(Self.room).max() ?? 0
        if room == 0 {
            wrong("`hash` writes hexadecimal digits, and \(what) \(holds)", hint: "write an attribute that holds text")
        } else if digits > room {
            wrong("\(digits) digits are more than \(what) takes, which are \(room)", hint: "write digits=\"\(room)\"")
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
