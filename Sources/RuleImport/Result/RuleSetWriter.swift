import RuleLanguage

/// Writes a converted rule set as a rule file: two blanks a level, one element a line, the line of the script that each
/// came from behind it.
struct RuleSetWriter {
    private(set) var lines: [String] = []
    /// Lines of the file, from 1, that a statement of the profile or a part of a rule's condition stands on.
    private(set) var statementLines: [Int: Int] = [:]
    private(set) var partLines: [Int: (rule: Int, part: Int)] = [:]

    var text: String { lines.joined(separator: "\n") + "\n" }

    init(_ set: ConvertedRuleSet) {
        put(0, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
        for line in set.preface { put(0, Self.comment(line)) }
        let title = Self.attribute("title", set.title)
        put(0, "<ruleset xmlns=\"urn:cordon:rules:1\" id=\"\(set.id)\" revision=\"1\" tier=\"1\"\(title)>")
        writeLabels(set)
        for list in set.lists {
            let href = Self.attribute("href", list.fileName), value = Self.attribute("value", list.value)
            put(1, "<list id=\"\(list.id)\"\(href) key=\"\(list.key)\"\(value)/> \(Self.comment(list.origin))")
        }
        if let profile = set.profile { write(profile) }
        writeRules(set)
        writeAudience(set)
        put(0, "</ruleset>")
    }

    private mutating func put(_ level: Int, _ text: String) {
        lines.append(String(repeating: "  ", count: level) + text)
    }

    private mutating func writeLabels(_ set: ConvertedRuleSet) {
        guard !set.labels.isEmpty else { return }
        put(1, "<vocabulary>")
        for label in set.labels {
            put(2, "<label id=\"\(label.id)\" tier=\"1\"\(Self.attribute("meaning", label.meaning))/>")
        }
        put(1, "</vocabulary>")
    }

    // MARK: - Profile

    private mutating func write(_ profile: ConvertedProfile) {
        put(1, "<profile id=\"\(profile.id)\"\(Self.attribute("title", profile.title)) burned-in=\"sequester\">")
        for method in profile.methods {
            put(2, "<method system=\"DCM\" code=\"\(method.code)\"\(Self.attribute("meaning", method.meaning))/>")
        }
        if let shift = profile.dateShift {
            let range = "from=\"\(shift.range.lowerBound)\" to=\"\(shift.range.upperBound)\""
            put(2, "<date-shift unit=\"\(shift.unit.rawValue)\" \(range)/>")
        }
        if let form = profile.pseudonyms { put(2, Self.element(form)) }
        for (index, statement) in profile.statements.enumerated() {
            let comment = statement.comment.map(Self.comment)
            guard let selector = statement.selector else {
                if let comment { put(2, comment) }
                continue
            }
            let action = ActionText(statement.action)
            let behind = comment.map { " \($0)" } ?? ""
            put(2, "<\(action.name)\(Self.text(selector))\(action.attributes)/>\(behind)")
            statementLines[lines.count] = index
        }
        put(1, "</profile>")
    }

    private static func element(_ form: PseudonymForm) -> String {
        var text = "<pseudonyms"
        if !form.prefix.isEmpty { text += attribute("prefix", form.prefix) }
        if let list = form.list { text += attribute("list", list) }
        return text + "/>"
    }

    private static func text(_ selector: ConvertedStatement.Selector) -> String {
        switch selector {
        case .attribute(let name): attribute("attribute", name)
        case .group(let name): attribute("group", name)
        case .vr(let name): attribute("vr", name)
        case .anything: attribute("anything", "true")
        }
    }

    // MARK: - Rules and audience

    private mutating func writeRules(_ set: ConvertedRuleSet) {
        guard !set.rules.isEmpty else { return }
        put(1, "<tier number=\"1\">")
        for (index, rule) in set.rules.enumerated() {
            if let comment = rule.comment { put(2, Self.comment(comment)) }
            put(2, "<rule id=\"\(rule.id)\"\(Self.attribute("title", rule.title))>")
            put(3, "<when>")
            var part = 0
            write(rule.condition, 4, rule: index, &part)
            put(3, "</when>")
            put(3, "<tag study=\"\(rule.label)\"/>")
            put(2, "</rule>")
        }
        put(1, "</tier>")
    }

    private mutating func write(_ condition: ConvertedCondition, _ level: Int, rule: Int, _ part: inout Int) {
        let own = part
        part += 1
        switch condition.kind {
        case .all(let parts): write("all", parts, level, rule, own, &part)
        case .any(let parts): write("any", parts, level, rule, own, &part)
        case .not(let inner): write("not", [inner], level, rule, own, &part)
        default:
            put(level, ConditionText.element(condition.kind))
            partLines[lines.count] = (rule, own)
        }
    }

    private mutating func write(
        _ name: String, _ parts: [ConvertedCondition], _ level: Int, _ rule: Int, _ own: Int, _ part: inout Int
    ) {
        put(level, "<\(name)>")
        partLines[lines.count] = (rule, own)
        for inner in parts { write(inner, level + 1, rule: rule, &part) }
        put(level, "</\(name)>")
    }

    private mutating func writeAudience(_ set: ConvertedRuleSet) {
        let purpose = set.profile == nil ? "" : " purpose=\"HRESCH\""
        put(1, "<audience id=\"converted\"\(purpose)>")
        let always =
            set.sequestersAll
            ? "<sequester/>" : set.profile.map { "<deidentify profile=\"\($0.id)\"/>" } ?? "<release/>"
        put(2, "<always>\(always)</always>")
        if !set.labels.isEmpty, !set.sequestersAll {
            put(2, "<on label=\"\(set.labels.map(\.id).joined(separator: " "))\"><sequester/></on>")
        }
        put(1, "</audience>")
    }

    // MARK: - XML

    /// ` name="value"`.
    static func attribute(_ name: String, _ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "\t", "\n", "\r": text += "&#\(scalar.value);"
            // No reference makes any other control character XML; it is none of our values.
            case let control where control.value < 0x20: text += "?"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return " \(name)=\"\(text)\""
    }

    /// Two hyphens end a comment, and so would one at its end.
    static func comment(_ text: String) -> String {
        var safe = ""
        for character in text.printable {
            if character == "-", safe.last == "-" { safe.append(" ") }
            safe.append(character)
        }
        return "<!-- \(safe) -->"
    }
}
