package import RuleLanguage

extension Condition {
    /// The name of its element.
    package var elementName: String {
        switch kind {
        case .all: "all"
        case .any: "any"
        case .not: "not"
        case .present: "present"
        case .absent: "absent"
        case .empty: "empty"
        case .compareText(_, .equals, let texts, _): texts.count > 1 ? "one-of" : "equals"
        case .compareText(_, .contains, _, _): "contains"
        case .compareText(_, .startsWith, _, _): "starts-with"
        case .matches: "matches"
        case .compareNumber, .compareDate, .compareAge: "compare"
        case .inList: "in"
        case .labelled: "labelled"
        case .held: "held"
        case .source: "source"
        case .preamble: "preamble"
        case .signature: "signature"
        case .item(let quantifier, _, _): quantifier.rawValue
        }
    }

    /// What it asks, on one line, from the rule set alone: no value of a data set is in it.
    package var words: String {
        switch kind {
        case .all, .any, .not: elementName
        case .present(let asked), .absent(let asked), .empty(let asked): "\(asked.named) \(elementName)"
        case .compareText(let asked, _, let texts, let folding):
            "\(asked.named) \(elementName) \(Self.list(texts))\(folding.words)"
        case .matches(let asked, let pattern):
            "\(asked.named) matches /\(pattern.source)/\(pattern.isCaseSensitive ? "" : " without case")"
        case .compareNumber(let asked, let order, let number): "\(asked.named) \(order.sign) \(Self.text(number))"
        case .compareDate(let asked, let order, let date):
            "\(asked.named) \(order.sign) \(date.year)-\(Self.two(date.month))-\(Self.two(date.day))"
        case .compareAge(let asked, let order, let days): "\(asked.named) \(order.sign) \(Self.text(days)) days"
        case .inList(let list, let asked): "\(asked.map(\.named).joined(separator: ", ")) in the list \(list)"
        case .labelled(let label): "labelled with \(label)"
        case .held(let matter): matter.map { "held in the matter \($0)" } ?? "held"
        case .source(let source): "from \(source.words)"
        case .preamble(let kind): "preamble \(kind.rawValue)"
        case .signature(let state): "signature \(state.rawValue)"
        case .item(let quantifier, let asked, _): "\(quantifier.rawValue) item of \(asked.named)"
        }
    }

    private static func list(_ texts: [String]) -> String {
        let shown = texts.prefix(6).map { "\"\($0)\"" }.joined(separator: ", ")
        return texts.count > 6 ? "\(shown), and \(texts.count - 6) more" : shown
    }

    private static func text(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : "\(number)"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

extension AttributeReference {
    /// As the rule writes it, with the part of a person name that is meant.
    fileprivate var named: String {
        let parts = [component.map { "\($0)" }, group.map { "\($0)" }].compactMap { $0 }
        return parts.isEmpty ? text : "\(text) (\(parts.joined(separator: ", ")))"
    }
}

extension Condition.Folding {
    fileprivate var words: String {
        if self == [.letterCase, .accents] { return " without case and accents" }
        return contains(.letterCase) ? " without case" : contains(.accents) ? " without accents" : ""
    }
}

extension Condition.Order {
    /// `<`, `≤`, `=`.
    package var sign: String {
        switch self {
        case .less: "<"
        case .lessOrEqual: "≤"
        case .equal: "="
        case .greaterOrEqual: "≥"
        case .greater: ">"
        case .unequal: "≠"
        }
    }
}

extension Condition.Source {
    fileprivate var words: String {
        [("AE title", aeTitle), ("address", address), ("user", user), ("role", role)].compactMap { name, value in
            value.map { "\(name) \($0)" }
        }.joined(separator: ", ")
    }
}
