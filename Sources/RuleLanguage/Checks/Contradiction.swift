package import DICOMCore

/// Two things that cannot hold together, and why.
struct Contradiction {
    var reason: String
    /// The later of the two.
    var location: SourceLocation
    var other: SourceLocation?

    typealias Literal = SatisfiabilityCheck.Literal

    /// The first contradiction among conditions that must all be true.
    static func find(in literals: [Literal], labels: [String: Label]) -> Contradiction? {
        for (index, literal) in literals.enumerated() {
            for other in literals[..<index] {
                guard let reason = clash(other, literal, labels) else { continue }
                let (first, second) = [other, literal].map(\.condition.location).sortedPair
                return Contradiction(reason: reason, location: second, other: first == second ? nil : first)
            }
        }
        return ValueConflict.find(in: literals)
    }

    private static func clash(_ left: Literal, _ right: Literal, _ labels: [String: Label]) -> String? {
        if left.isPositive != right.isPositive,
            ConditionText.of(left.condition) == ConditionText.of(right.condition)
        {
            return "something is asked to be true and not to be"
        }
        if let (asked, state) = Presence.of(left), let (other, otherState) = Presence.of(right),
            asked.path == other.path, let reason = Presence.clash(state, otherState)
        {
            return "`\(asked.text)` \(reason)"
        }
        guard left.isPositive || right.isPositive else { return nil }
        switch (left.condition.kind, right.condition.kind) {
        case (.preamble(let a), .preamble(let b)) where left.isPositive && right.isPositive && a != b:
            return "a file has one preamble, not `\(a.rawValue)` and `\(b.rawValue)`"
        case (.signature(let a), .signature(let b)) where left.isPositive && right.isPositive && a != b:
            return "signatures come to one thing, not to `\(a.rawValue)` and `\(b.rawValue)`"
        case (.source(let a), .source(let b)) where left.isPositive && right.isPositive:
            return sourceClash(a, b)
        case (.labelled(let a), .labelled(let b)):
            let (have, lack) = left.isPositive ? (a, b) : (b, a)
            guard left.isPositive != right.isPositive, labels.ancestors(of: have).contains(lack) else { return nil }
            return "`\(have)` comes with `\(lack)`"
        default: return nil
        }
    }

    private static func sourceClash(_ left: Condition.Source, _ right: Condition.Source) -> String? {
        let pairs = [
            (left.aeTitle, right.aeTitle), (left.address, right.address), (left.user, right.user),
            (left.role, right.role),
        ]
        for case (let a?, let b?) in pairs where a != b { return "an instance has one source, not `\(a)` and `\(b)`" }
        return nil
    }
}

/// Whether an attribute has to be there, for a condition to be true.
enum Presence {
    case absent, present, empty, filled

    /// Of conditions whose path names one element.
    static func of(_ literal: SatisfiabilityCheck.Literal) -> (asked: AttributeReference, state: Presence)? {
        let (reference, state): (AttributeReference, Presence)
        switch (literal.condition.kind, literal.isPositive) {
        case (.present(let asked), true), (.absent(let asked), false): (reference, state) = (asked, .present)
        case (.present(let asked), false), (.absent(let asked), true): (reference, state) = (asked, .absent)
        case (.empty(let asked), true): (reference, state) = (asked, .empty)
        case (.compareText(let asked, _, _, _), true), (.matches(let asked, _), true),
            (.compareNumber(let asked, _, _), true), (.compareDate(let asked, _, _), true),
            (.compareAge(let asked, _, _), true), (.item(_, let asked, _), true):
            (reference, state) = (asked, .filled)
        case (.inList(_, let asked), true):
            // Without a value for the first column nothing is found; the others may be missing.
            guard let first = asked.first else { return nil }
            (reference, state) = (first, .filled)
        default: return nil
        }
        return reference.path.namesOneElement ? (reference, state) : nil
    }

    static func clash(_ left: Presence, _ right: Presence) -> String? {
        switch (left, right) {
        case (.absent, .absent), (.present, .present), (.empty, .empty), (.filled, .filled): nil
        case (.present, .empty), (.empty, .present), (.present, .filled), (.filled, .present): nil
        case (.absent, .present), (.present, .absent): "cannot be there and not be there"
        case (.absent, .empty), (.empty, .absent): "cannot be empty when it is not there"
        case (.absent, .filled), (.filled, .absent): "has no value when it is not there"
        case (.empty, .filled), (.filled, .empty): "has no value to compare when it is empty"
        }
    }
}

extension PathPattern {
    /// Whether at most one element of a data set is meant.
    package var namesOneElement: Bool {
        let elements = steps.compactMap { if case .sequence(let element, _) = $0 { element } else { nil } } + [element]
        return isExact
            && elements.allSatisfy { element in
                // A creator may have reserved several blocks of a group.
                if case .standard = element { true } else { false }
            }
    }
}

extension [SourceLocation] {
    fileprivate var sortedPair: (SourceLocation, SourceLocation) {
        let sorted = sorted()
        return (sorted[0], sorted[sorted.count - 1])
    }
}
