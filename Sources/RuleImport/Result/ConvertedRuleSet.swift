import RuleLanguage

/// A rule set in the making: what a script becomes, before it is written.
struct ConvertedRuleSet {
    /// What is for people: which files it came from.
    var title: String
    var id: String
    /// A line of comment each, at the head of the file.
    var preface: [String] = []
    var lists: [ConvertedList] = []
    var profile: ConvertedProfile?
    var rules: [ConvertedRule] = []
    /// Labels that rules give, with what they mean, in the order of use.
    var labels: [(id: String, meaning: String)] = []
    /// Whether whatever comes is held back.
    var sequestersAll = false
}

/// A list of the result, as a file of its own beside it.
struct ConvertedList {
    var id: String
    /// Relative to the rule set.
    var fileName: String
    var key: String
    var value: String
    var rows: [(key: String, value: String)]
    var origin: String

    /// RFC 4180.
    var csv: String {
        var text = "\(key),\(value)\n"
        for row in rows { text += "\(Self.field(row.key)),\(Self.field(row.value))\n" }
        return text
    }

    private static func field(_ text: String) -> String {
        guard text.utf8.contains(where: { ",\"\n\r ".utf8.contains($0) }) || text.isEmpty else { return text }
        // Byte by byte: a quote that a combining mark follows is a quote still.
        let parts = text.utf8.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
        return "\"" + parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\"\"") + "\""
    }
}

struct ConvertedProfile {
    var id: String
    var title: String
    var methods: [(code: String, meaning: String)] = []
    var statements: [ConvertedStatement] = []
    var dateShift: DateShift?
    var pseudonyms: PseudonymForm?

    /// Whether some private element may stay.
    var keepsPrivateElements: Bool {
        statements.contains { statement in
            guard statement.action != .remove else { return false }
            switch statement.selector {
            case .attribute(let name): return name.contains("{")
            case .group(let name): return UInt16(name, radix: 16).map { $0 & 1 == 1 } ?? false
            case .anything: return !statements.contains { $0.selector == .group("private") && $0.action == .remove }
            case .vr, nil: return false
            }
        }
    }
}

/// A line of the profile, or a comment that stands in place of one.
struct ConvertedStatement {
    enum Selector: Hashable {
        case attribute(String)
        case group(String)
        case vr(String)
        case anything
    }

    /// Nil for a comment alone.
    var selector: Selector?
    var action: ProfileAction = .remove
    var comment: String?
    var origins: [ImportLog.ID]
}

struct ConvertedRule {
    var id: String
    var title: String
    var condition: ConvertedCondition
    var label: String
    var comment: String?
    var origins: [ImportLog.ID]
    /// What holds back at least as much, in case the language does not take the condition.
    var fallback: ConvertedCondition
}
