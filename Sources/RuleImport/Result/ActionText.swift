import RuleLanguage

/// An action as the language writes it: its element's name and XML attributes.
struct ActionText {
    let name: String
    let attributes: String

    init(_ action: ProfileAction) {
        switch action {
        case .replace(let text): (name, attributes) = ("replace", RuleSetWriter.attribute("value", text))
        case .truncateDate(let precision): (name, attributes) = ("truncate-date", " to=\"\(precision.rawValue)\"")
        case .capAge(let years): (name, attributes) = ("cap-age", " at=\"\(Self.age(years))\"")
        case .hash(let digits): (name, attributes) = ("hash", " digits=\"\(digits)\"")
        case .lookup(let list, let otherwise):
            (name, attributes) = ("lookup", " list=\"\(list)\" otherwise=\"\(Self.word(otherwise))\"")
        case .encrypt(let then): (name, attributes) = ("encrypt", " then=\"\(Self.word(then))\"")
        case .byType(let type1, let type2, let type3):
            let words = [type1, type2, type3].map(Self.word)
            (name, attributes) = ("by-type", " type1=\"\(words[0])\" type2=\"\(words[1])\" type3=\"\(words[2])\"")
        default: (name, attributes) = (Self.word(action), "")
        }
    }

    /// `089Y`.
    private static func age(_ years: Int) -> String {
        let digits = String(min(max(years, 0), 999))
        return String(repeating: "0", count: 3 - digits.count) + digits + "Y"
    }

    static func word(_ action: ProfileAction) -> String {
        switch action {
        case .keep: "keep"
        case .remove, .replace, .lookup, .encrypt, .byType: "remove"
        case .empty: "empty"
        case .dummy: "dummy"
        case .clean: "clean"
        case .uid: "uid"
        case .pseudonym: "pseudonym"
        case .shiftDate: "shift-date"
        case .truncateDate(let precision): "truncate-date:\(precision.rawValue)"
        case .capAge(let years): "cap-age:\(age(years))"
        case .hash(let digits): "hash:\(digits)"
        }
    }
}

/// A condition without parts as the language writes it.
enum ConditionText {
    static func element(_ kind: ConvertedCondition.Kind) -> String {
        func named(_ name: String, _ attribute: String, _ rest: String = "") -> String {
            "<\(name)\(RuleSetWriter.attribute("attribute", attribute))\(rest)/>"
        }
        func valued(_ name: String, _ attribute: String, _ value: String, _ ignoresCase: Bool) -> String {
            let fold = ignoresCase ? " fold=\"case\"" : ""
            return named(name, attribute, RuleSetWriter.attribute("value", value) + fold)
        }
        switch kind {
        case .present(let attribute): return named("present", attribute)
        case .absent(let attribute): return named("absent", attribute)
        case .empty(let attribute): return named("empty", attribute)
        case .equals(let attribute, let text, let ignoresCase):
            return valued("equals", attribute, text, ignoresCase)
        case .contains(let attribute, let text, let ignoresCase):
            return valued("contains", attribute, text, ignoresCase)
        case .startsWith(let attribute, let text, let ignoresCase):
            return valued("starts-with", attribute, text, ignoresCase)
        case .matches(let attribute, let pattern, let ignoresCase):
            let rest = RuleSetWriter.attribute("pattern", pattern) + (ignoresCase ? " case=\"ignore\"" : "")
            return named("matches", attribute, rest)
        case .compare(let attribute, let operation, let kind, let value):
            return named("compare", attribute, " op=\"\(operation)\" \(kind)=\"\(value)\"")
        case .inList(let list, let attribute):
            return "<in list=\"\(list)\"\(RuleSetWriter.attribute("attribute", attribute))/>"
        // True of every data set, and of none: constants are gone before this, but for a rule that is nothing else.
        case .constant(true):
            return "<any><present attribute=\"SOPClassUID\"/><absent attribute=\"SOPClassUID\"/></any>"
        case .constant(false), .all, .any, .not:
            return "<not><any><present attribute=\"SOPClassUID\"/><absent attribute=\"SOPClassUID\"/></any></not>"
        }
    }
}
