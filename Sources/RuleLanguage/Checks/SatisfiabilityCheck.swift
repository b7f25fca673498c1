/// Finds conditions that are true for no instance: the rule looks as if it protected somebody, and never fires.
///
/// Sound, not complete: what it reports is never true, whatever the data; about what is too large or too clever it says
/// nothing. The condition is written as alternatives of things that must hold together (disjunctive normal form), and
/// each alternative is searched for two that cannot.
struct SatisfiabilityCheck {
    let log: FindingLog
    let labels: [String: Label]
    let places: [SourceLocation: Place]

    /// Larger conditions are left alone (P9).
    static let maximumAlternatives = 512

    /// A condition that asks something of the data, or its negation.
    struct Literal {
        var condition: Condition
        var isPositive: Bool
    }

    func check(_ condition: Condition) {
        let isNever = isNeverTrue(condition)
        report(in: condition, severity: isNever ? .error : .warning)
    }

    /// The smallest conditions that are never true, among those that have to be or may be for the whole to be.
    private func report(in condition: Condition, severity: Finding.Severity) {
        let parts: [Condition] =
            switch condition.kind {
            case .all(let parts), .any(let parts): parts
            case .item(_, _, let inner): [inner]
            default: []
            }
        let never = parts.filter { isNeverTrue($0) }
        if !never.isEmpty {
            for part in never { report(in: part, severity: severity) }
            return
        }
        for part in parts { report(in: part, severity: .warning) }
        guard isNeverTrue(condition) else { return }
        let contradiction = alternatives(of: condition, isPositive: true)?.lazy.compactMap {
            self.contradiction(in: $0)
        }.first
        let location = contradiction?.location ?? condition.location
        guard let place = places[location] ?? places[condition.location] else { return }
        let scope = severity == .error ? "the rule can never match" : "this part of the rule is never true"
        let reason = contradiction.map { ": \($0.reason)" } ?? ""
        let hint = contradiction?.other.map { "the other stands at \($0)" }
        log.add(severity, .neverTrue, scope + reason, at: place, hint: hint)
    }

    private func isNeverTrue(_ condition: Condition) -> Bool {
        guard let alternatives = alternatives(of: condition, isPositive: true) else { return false }
        return alternatives.allSatisfy { contradiction(in: $0) != nil }
    }

    private func contradiction(in literals: [Literal]) -> Contradiction? {
        Contradiction.find(in: literals, labels: labels)
    }

    // MARK: - Alternatives

    /// Nil when there are too many.
    private func alternatives(of condition: Condition, isPositive: Bool) -> [[Literal]]? {
        switch condition.kind {
        case .not(let inner): return alternatives(of: inner, isPositive: !isPositive)
        case .all(let parts): return isPositive ? product(parts, true) : sum(parts, false)
        case .any(let parts): return isPositive ? sum(parts, true) : product(parts, false)
        case .item(_, _, let inner) where isPositive && isNeverTrue(inner): return []
        default: return [[Literal(condition: condition, isPositive: isPositive)]]
        }
    }

    private func sum(_ parts: [Condition], _ isPositive: Bool) -> [[Literal]]? {
        var sum: [[Literal]] = []
        for part in parts {
            guard let own = alternatives(of: part, isPositive: isPositive) else { return nil }
            sum += own
            guard sum.count <= Self.maximumAlternatives else { return nil }
        }
        return sum
    }

    private func product(_ parts: [Condition], _ isPositive: Bool) -> [[Literal]]? {
        var product: [[Literal]] = [[]]
        for part in parts {
            guard let own = alternatives(of: part, isPositive: isPositive) else { return nil }
            guard product.count * own.count <= Self.maximumAlternatives else { return nil }
            product = product.flatMap { left in own.map { left + $0 } }
        }
        return product
    }
}
