import RuleLanguage

/// A script of CTP's DICOM anonymizer, as it is written: what `<script>` and the properties form both say.
struct CTPScript {
    struct Element {
        var id: ImportLog.ID
        /// What the script says it is about: `00100010`, `0009[CREATOR]01`.
        var specification: String
        var name: String
        var isOn: Bool
        /// What is wrong with the way it is switched on, or off.
        var switchWarning: String?
        var expression: String
    }

    /// A rule about groups: `keep` of one, `remove` of kinds.
    struct Group {
        var id: ImportLog.ID
        var name: String
        var isOn: Bool
    }

    var parameters: [String: (value: String, id: ImportLog.ID)] = [:]
    var elements: [Element] = []
    var kept: [Group] = []
    var removed: [Group] = []

    /// Whether a text is XML to CTP: a line begins with `<`.
    static func isXML(_ bytes: [UInt8]) -> Bool {
        var isLineStart = true
        for byte in bytes {
            if isLineStart, byte == UInt8(ascii: "<") { return true }
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D, 0x0B, 0x0C: isLineStart = isLineStart || byte == 0x0A || byte == 0x0D
            case 0xEF where isLineStart, 0xBB where isLineStart, 0xBF where isLineStart: break
            default: isLineStart = false
            }
        }
        return false
    }

    init(_ bytes: [UInt8], file: String, log: ImportLog) throws(ImportFailure) {
        if Self.isXML(bytes) {
            try readXML(bytes, file: file, log: log)
        } else {
            try readProperties(ScriptText(file: file, bytes: bytes), log: log)
        }
        guard !elements.isEmpty || !kept.isEmpty || !removed.isEmpty else {
            throw ImportFailure(
                "empty-script", "the script holds no rule: CTP would let everything pass as it is",
                at: SourceLocation(file: file, line: 1))
        }
    }
}

// MARK: - XML

extension CTPScript {
    private mutating func readXML(_ bytes: [UInt8], file: String, log: ImportLog) throws(ImportFailure) {
        let findings = FindingLog()
        let document = XMLDocument(foreign: bytes, path: file, root: "script", log: findings)
        guard let root = document.root, !findings.hasErrors else { throw ImportFailure(findings.sorted()) }
        guard root.name == "script", root.namespace == nil else {
            throw ImportFailure(
                "wrong-root", "a script of CTP begins with `script`, not with `\(root.name)`", at: root.location)
        }
        for child in root.children {
            guard log.count < ImportLog.maximum else {
                throw ImportFailure("too-many-statements", "the script has too many statements", at: child.location)
            }
            read(child, log)
        }
    }

    private mutating func read(_ element: XMLElement, _ log: ImportLog) {
        let target = element.attribute("t")?.value ?? "", name = element.attribute("n")?.value ?? ""
        let text = element.text.trimmed
        let start = target.isEmpty ? "<\(element.name)>" : "<\(element.name) \(target)>"
        let id = log.add("\(start) \(text)", at: element.location)
        guard element.children.isEmpty else {
            log.refused(id, "a rule holds text alone")
            return
        }
        switch element.name {
        case "p": addParameter(target, element.text, id, log)
        case "e":
            let (isOn, warning) = Self.isOn(element)
            elements.append(
                Element(
                    id: id, specification: target, name: name, isOn: isOn, switchWarning: warning, expression: text))
        case "k": kept.append(Group(id: id, name: Self.keptGroup(target), isOn: Self.isOn(element).isOn))
        case "r": removed.append(Group(id: id, name: target, isOn: Self.isOn(element).isOn))
        default: log.refused(id, "CTP knows no `\(element.name)` and passes it by")
        }
    }

    private static func keptGroup(_ name: String) -> String { name.hasPrefix("safe") ? "safeprivateelements" : name }

    /// CTP takes `T` for on and anything else for off.
    private static func isOn(_ element: XMLElement) -> (isOn: Bool, warning: String?) {
        let value = element.attribute("en")?.value
        guard value != "T", value != "F" else { return (value == "T", nil) }
        let written = value.map { "en=\"\($0)\"" } ?? "no `en`"
        return (false, "it has \(written), and CTP takes all but en=\"T\" for off")
    }

    mutating func addParameter(_ name: String, _ value: String, _ id: ImportLog.ID, _ log: ImportLog) {
        if let other = parameters[name] {
            log.changed(other.id, "the parameter is defined again below, and the last one counts")
        }
        parameters[name] = (value, id)
    }
}
