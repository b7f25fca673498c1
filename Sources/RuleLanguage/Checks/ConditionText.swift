/// A condition as text, the same for conditions that ask the same: no places, and parts of `all` and `any` in order.
enum ConditionText {
    static func of(_ condition: Condition) -> String {
        switch condition.kind {
        case .all(let parts): "all(\(parts.map(of).sorted().joined(separator: ",")))"
        case .any(let parts): "any(\(parts.map(of).sorted().joined(separator: ",")))"
        case .not(let inner): "not(\(of(inner)))"
        case .present(let asked): "present(\(of(asked)))"
        case .absent(let asked): "absent(\(of(asked)))"
        case .empty(let asked): "empty(\(of(asked)))"
        case .compareText(let asked, let comparison, let texts, let folding):
            "\(comparison.rawValue)(\(of(asked)),\(folding.rawValue),\(texts.sorted().map { $0.debugDescription }))"
        case .matches(let asked, let pattern):
            "matches(\(of(asked)),\(pattern.isCaseSensitive),\(pattern.source.debugDescription))"
        case .compareNumber(let asked, let order, let number): "number(\(of(asked)),\(order.rawValue),\(number))"
        case .compareDate(let asked, let order, let date):
            "date(\(of(asked)),\(order.rawValue),\(date.year)-\(date.month)-\(date.day))"
        case .compareAge(let asked, let order, let days): "age(\(of(asked)),\(order.rawValue),\(days))"
        case .inList(let list, let asked): "in(\(list),\(asked.map(of).joined(separator: ",")))"
        case .labelled(let label): "labelled(\(label))"
        case .held(let matter): "held(\(matter.debugDescription))"
        case .source(let source):
            "source(\([source.aeTitle, source.address, source.user, source.role].map { $0.debugDescription }))"
        case .preamble(let kind): "preamble(\(kind.rawValue))"
        case .signature(let state): "signature(\(state.rawValue))"
        case .item(let quantifier, let asked, let inner): "\(quantifier.rawValue)(\(of(asked)),\(of(inner)))"
        }
    }

    private static func of(_ asked: AttributeReference) -> String {
        "\(asked.path)#\(asked.component?.rawValue ?? -1)#\(asked.group?.rawValue ?? -1)"
    }
}
