import RuleLanguage

extension Condition {
    /// What a slip of the pen makes of the condition itself, its parts apart.
    var mutations: [(what: String, condition: Condition)] {
        func changed(_ what: String, _ kind: Kind) -> (String, Condition) { (what, Condition(kind, at: location)) }
        var mutations: [(String, Condition)] = []
        if case .not(let part) = kind {
            mutations.append(("without not", part))
        } else {
            mutations.append(changed("negated", .not(self)))
        }
        switch kind {
        case .all(let parts) where parts.count > 1:
            mutations.append(changed("any instead of all", .any(parts)))
            mutations += Self.shortened(parts).map { changed($0.what, .all($0.parts)) }
        case .any(let parts) where parts.count > 1:
            mutations.append(changed("all instead of any", .all(parts)))
            mutations += Self.shortened(parts).map { changed($0.what, .any($0.parts)) }
        case .compareText(let reference, let comparison, let texts, let folding):
            if texts.count > 1 {
                for (index, text) in texts.enumerated() {
                    var rest = texts
                    rest.remove(at: index)
                    mutations.append(
                        changed("without `\(text)`", .compareText(reference, comparison, rest, folding)))
                }
            } else {
                let other: TextComparison = comparison == .equals ? .startsWith : .equals
                mutations.append(
                    changed(
                        "\(other.element) instead of \(comparison.element)",
                        .compareText(reference, other, texts, folding)))
            }
            if !folding.isEmpty {
                mutations.append(changed("without fold", .compareText(reference, comparison, texts, [])))
            }
        case .matches(let reference, let pattern) where !pattern.isCaseSensitive:
            if let strict = try? TextPattern(pattern.source) {
                mutations.append(changed("without case", .matches(reference, strict)))
            }
        case .compareNumber(let reference, let order, let number):
            mutations.append(changed(order.slip.what, .compareNumber(reference, order.slip.order, number)))
        case .compareDate(let reference, let order, let date):
            mutations.append(changed(order.slip.what, .compareDate(reference, order.slip.order, date)))
        case .compareAge(let reference, let order, let days):
            mutations.append(changed(order.slip.what, .compareAge(reference, order.slip.order, days)))
        case .held(_?): mutations.append(changed("of any matter", .held(matter: nil)))
        case .source(let source):
            mutations += source.shortened.map { changed($0.what, .source($0.source)) }
        case .item(let quantifier, let reference, let part):
            let other: Quantifier = quantifier == .some ? .every : .some
            mutations.append(
                changed("\(other.rawValue) instead of \(quantifier.rawValue)", .item(other, of: reference, part)))
        default: break
        }
        return mutations
    }

    private static func shortened(_ parts: [Condition]) -> [(what: String, parts: [Condition])] {
        parts.indices.map { index in
            var rest = parts
            rest.remove(at: index)
            return ("without part \(index + 1)", rest)
        }
    }

    /// With another condition at a place below it.
    func replacing(_ path: ArraySlice<Int>, by other: Condition) -> Condition {
        guard let first = path.first else { return other }
        let rest = path.dropFirst()
        func replaced(_ parts: [Condition]) -> [Condition] {
            parts.enumerated().map { $0.offset == first - 1 ? $0.element.replacing(rest, by: other) : $0.element }
        }
        switch kind {
        case .all(let parts): return Condition(.all(replaced(parts)), at: location)
        case .any(let parts): return Condition(.any(replaced(parts)), at: location)
        case .not(let part): return Condition(.not(part.replacing(rest, by: other)), at: location)
        case .item(let quantifier, let reference, let part):
            return Condition(.item(quantifier, of: reference, part.replacing(rest, by: other)), at: location)
        default: return self
        }
    }
}

extension Condition.Order {
    /// What is mistaken for it: the bound taken in or left out.
    fileprivate var slip: (what: String, order: Condition.Order) {
        switch self {
        case .less: ("le instead of lt", .lessOrEqual)
        case .lessOrEqual: ("lt instead of le", .less)
        case .greater: ("ge instead of gt", .greaterOrEqual)
        case .greaterOrEqual: ("gt instead of ge", .greater)
        case .equal: ("ne instead of eq", .unequal)
        case .unequal: ("eq instead of ne", .equal)
        }
    }
}

extension Condition.Source {
    /// Without each of several things that are asked.
    fileprivate var shortened: [(what: String, source: Condition.Source)] {
        let given = [aeTitle, address, user, role].count { $0 != nil }
        guard given > 1 else { return [] }
        var result: [(String, Condition.Source)] = []
        func add(_ name: String, _ change: (inout Condition.Source) -> Void) {
            var source = self
            change(&source)
            if source != self { result.append(("without \(name)", source)) }
        }
        add("ae") { $0.aeTitle = nil }
        add("address") { $0.address = nil }
        add("user") { $0.user = nil }
        add("role") { $0.role = nil }
        return result
    }
}

extension Audience.Consequence {
    /// Another disposition, a forgotten obligation, labels that are not written.
    var mutations: [(what: String, consequence: Audience.Consequence)] {
        let others: [Disposition] =
            switch disposition {
            case .release: [.flag, .sequester]
            case .flag: [.release, .sequester]
            case .deidentify: [.release, .sequester]
            case .sequester: [.release]
            }
        var mutations = others.map { other in
            (
                "\(other.name) instead of \(disposition.name)",
                Audience.Consequence(disposition: other, obligations: obligations)
            )
        }
        if carriesLabels {
            var changed = self
            changed.carriesLabels = false
            mutations.append(("without carry", changed))
        }
        for (index, obligation) in obligations.enumerated() {
            var changed = self
            changed.obligations.remove(at: index)
            mutations.append(("without \(obligation.code)", changed))
        }
        return mutations
    }
}
