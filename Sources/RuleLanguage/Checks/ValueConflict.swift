import DICOMCore
import DICOMDictionary

/// Contradictions between what is asked of the value of an attribute that has one value (VM 1). Person names are left
/// out unless a group is named: each group may be the one that compares.
enum ValueConflict {
    typealias Literal = SatisfiabilityCheck.Literal

    static func find(in literals: [Literal]) -> Contradiction? {
        texts(literals) ?? numbers(literals)
    }

    // MARK: - Text

    private struct TextKey: Hashable {
        var path: PathPattern
        var component: AttributeReference.NameComponent?
        var group: AttributeReference.NameGroup?
    }

    private static func texts(_ literals: [Literal]) -> Contradiction? {
        var grouped: [TextKey: [Literal]] = [:]
        var order: [TextKey] = []
        var texts: [PathPattern: String] = [:]
        for literal in literals {
            let asked: AttributeReference
            switch literal.condition.kind {
            case .compareText(let reference, _, _, _), .matches(let reference, _): asked = reference
            default: continue
            }
            texts[asked.path] = asked.text
            guard asked.path.isSingleValued, asked.vr != .PN || asked.group != nil else { continue }
            let key = TextKey(path: asked.path, component: asked.component, group: asked.group)
            if grouped[key] == nil { order.append(key) }
            grouped[key, default: []].append(literal)
        }
        return order.lazy.compactMap { conflict(about: texts[$0.path] ?? "", grouped[$0] ?? []) }.first
    }

    /// All literals are about the same value.
    private static func conflict(about attribute: String, _ literals: [Literal]) -> Contradiction? {
        for (index, literal) in literals.enumerated() where literal.isPositive {
            guard case .compareText(_, .equals, let values, let folding) = literal.condition.kind else { continue }
            for (otherIndex, other) in literals.enumerated() where otherIndex != index {
                guard !values.contains(where: { mayBe($0, folding, other) }) else { continue }
                let (first, second) =
                    literal.condition.location < other.condition.location
                    ? (literal, other) : (other, literal)
                let reason =
                    if case .compareText(_, .equals, let others, _) = other.condition.kind, other.isPositive {
                        "`\(attribute)` has one value, not both \(quoted(values)) and \(quoted(others))"
                    } else {
                        "`\(attribute)` has one value, and when it is \(quoted(values)) the other is not true"
                    }
                return Contradiction(
                    reason: reason,
                    location: second.condition.location, other: first.condition.location)
            }
        }
        return nil
    }

    private static func quoted(_ values: [String]) -> String { Spelling.list(values, maximum: 3) }

    /// Whether a value that equals the text, so folded, may fulfil the other condition.
    private static func mayBe(_ text: String, _ folding: Condition.Folding, _ other: Literal) -> Bool {
        switch other.condition.kind {
        case .compareText(_, .equals, let others, let otherFolding) where other.isPositive:
            // Equal under both foldings means equal under the coarser one.
            let both = folding.union(otherFolding)
            guard !both.contains(.accents) else { return true }
            return others.contains { folded($0, both) == folded(text, both) }
        case .compareText(_, let comparison, let others, let otherFolding):
            guard folding.isEmpty, !otherFolding.contains(.accents) else { return true }
            let isTrue = others.contains { compares(folded(text, otherFolding), comparison, folded($0, otherFolding)) }
            return isTrue == other.isPositive
        case .matches(let reference, let pattern):
            // With blanks before it the value equals the text still, and is another one to a pattern.
            guard folding.isEmpty, reference.vr?.keepsBlanksBefore == false else { return true }
            return pattern.isFound(in: text) == other.isPositive
        default: return true
        }
    }

    private static func folded(_ text: String, _ folding: Condition.Folding) -> String {
        folding.contains(.letterCase) ? text.uppercased().lowercased() : text
    }

    private static func compares(_ value: String, _ comparison: Condition.TextComparison, _ text: String) -> Bool {
        switch comparison {
        case .equals: value == text
        case .startsWith: value.hasPrefix(text)
        case .contains: text.isEmpty || contains(Array(value), Array(text))
        }
    }

    private static func contains(_ value: [Character], _ text: [Character]) -> Bool {
        guard text.count <= value.count else { return false }
        return (0...(value.count - text.count)).contains { value[$0...].starts(with: text) }
    }

    // MARK: - Numbers, dates, ages

    private static func numbers(_ literals: [Literal]) -> Contradiction? {
        var bounds: [PathPattern: (bounds: Bounds, last: SourceLocation)] = [:]
        for literal in literals where literal.isPositive {
            guard let (asked, order, number) = quantity(of: literal.condition), asked.path.isSingleValued else {
                continue
            }
            let location = literal.condition.location
            var (own, last) = bounds[asked.path] ?? (Bounds(), location)
            own.add(order, number)
            guard own.isPossible else {
                let (first, second) = last < location ? (last, location) : (location, last)
                return Contradiction(
                    reason: "`\(asked.text)` has one value, and none is both", location: second,
                    other: first == second ? nil : first)
            }
            bounds[asked.path] = (own, location)
        }
        return nil
    }

    private static func quantity(of condition: Condition) -> (AttributeReference, Condition.Order, Double)? {
        switch condition.kind {
        case .compareNumber(let asked, let order, let number), .compareAge(let asked, let order, let number):
            (asked, order, number)
        case .compareDate(let asked, let order, let date):
            (asked, order, Double(date.year * 10000 + date.month * 100 + date.day))
        default: nil
        }
    }

    struct Bounds {
        var lower = -Double.infinity
        var upper = Double.infinity
        var excludesLower = false
        var excludesUpper = false
        var excluded: Set<Double> = []

        mutating func add(_ order: Condition.Order, _ number: Double) {
            switch order {
            case .less: lowerUpper(to: number, excluding: true)
            case .lessOrEqual: lowerUpper(to: number, excluding: false)
            case .greater: raiseLower(to: number, excluding: true)
            case .greaterOrEqual: raiseLower(to: number, excluding: false)
            case .equal:
                lowerUpper(to: number, excluding: false)
                raiseLower(to: number, excluding: false)
            case .unequal: excluded.insert(number)
            }
        }

        var isPossible: Bool {
            lower < upper || lower == upper && !excludesLower && !excludesUpper && !excluded.contains(lower)
        }

        private mutating func lowerUpper(to number: Double, excluding: Bool) {
            if number < upper || number == upper && excluding { (upper, excludesUpper) = (number, excluding) }
        }

        private mutating func raiseLower(to number: Double, excluding: Bool) {
            if number > lower || number == lower && excluding { (lower, excludesLower) = (number, excluding) }
        }
    }
}

extension PathPattern {
    /// Whether one element is meant, and the dictionary gives it one value.
    var isSingleValued: Bool {
        guard namesOneElement, case .standard(let tag) = element else { return false }
        return StandardDictionary.entry(for: tag)?.multiplicity == "1"
    }
}
