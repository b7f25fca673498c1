import RuleLanguage

/// A comparison by what it asks, wherever it asks it: the same for the same question in any rule and any rule set.
enum AtomName {
    /// - Parameter list: what tells lists of one name in two rule sets apart.
    static func of(_ condition: Condition, list: (String) -> String) -> String {
        switch condition.kind {
        case .all(let parts): "all(\(parts.map { of($0, list: list) }.sorted().joined(separator: ",")))"
        case .any(let parts): "any(\(parts.map { of($0, list: list) }.sorted().joined(separator: ",")))"
        case .not(let inner): "not(\(of(inner, list: list)))"
        case .present(let asked): "present(\(place(asked)))"
        case .absent(let asked): "absent(\(place(asked)))"
        case .empty(let asked): "empty(\(place(asked)))"
        case .compareText(let asked, let comparison, let texts, let folding):
            "\(comparison.rawValue)(\(place(asked)),\(folding.rawValue),\(texts.sorted().map(\.debugDescription)))"
        case .matches(let asked, let pattern):
            "matches(\(place(asked)),\(pattern.isCaseSensitive),\(pattern.source.debugDescription))"
        case .compareNumber(let asked, let order, let number): "number(\(place(asked)),\(order.rawValue),\(number))"
        case .compareDate(let asked, let order, let date):
            "date(\(place(asked)),\(order.rawValue),\(date.year)-\(date.month)-\(date.day))"
        case .compareAge(let asked, let order, let days): "age(\(place(asked)),\(order.rawValue),\(days))"
        case .inList(let name, let asked): "in(\(list(name)),\(asked.map(place).joined(separator: ",")))"
        case .labelled(let label): "labelled(\(label))"
        case .held(let matter): "held(\(matter.debugDescription))"
        case .source(let source):
            "source(\([source.aeTitle, source.address, source.user, source.role].map(\.debugDescription)))"
        case .preamble(let kind): "preamble(\(kind.rawValue))"
        case .signature(let state): "signature(\(state.rawValue))"
        case .item(let quantifier, let asked, let inner):
            "\(quantifier.rawValue)(\(place(asked)),\(of(inner, list: list)))"
        }
    }

    private static func place(_ asked: AttributeReference) -> String {
        "\(asked.path)#\(asked.component?.rawValue ?? -1)#\(asked.group?.rawValue ?? -1)"
    }
}
