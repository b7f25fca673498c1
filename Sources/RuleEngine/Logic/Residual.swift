import RuleLanguage

/// What is left of a condition once an instance has been asked: a truth value, or a formula over labels that only the
/// whole study can answer.
///
/// Simplified while it is built: no `known` stands beneath `all` or `any` but an unknown next to labels, which neither
/// decides. Children keep the order of the condition, so that what is left of one rule compares equal.
indirect enum Residual: Hashable, Sendable {
    case known(Truth)
    /// A label by its number in `LabelTable`, and where the condition stands that asks for it.
    case labelled(Int, at: SourceLocation)
    case all([Residual])
    case any([Residual])
    case not(Residual)

    /// True when every part is, false when one is.
    static func conjunction(_ parts: [Residual]) -> Residual { join(parts, neutral: .true) { .all($0) } }

    /// True when one part is, false when every one is.
    static func disjunction(_ parts: [Residual]) -> Residual { join(parts, neutral: .false) { .any($0) } }

    static func negation(_ part: Residual) -> Residual {
        switch part {
        case .known(let truth): .known(!truth)
        case .not(let inner): inner
        case .labelled, .all, .any: .not(part)
        }
    }

    private static func join(
        _ parts: [Residual], neutral: Truth, _ make: ([Residual]) -> Residual
    ) -> Residual {
        var open: [Residual] = []
        var hasUnknown = false
        for part in parts {
            switch part {
            case .known(neutral): break
            case .known(.unknown): hasUnknown = true
            case .known: return part
            case .labelled, .all, .any, .not: if !open.contains(part) { open.append(part) }
            }
        }
        if hasUnknown { open.append(.known(.unknown)) }
        guard let first = open.first else { return .known(neutral) }
        return open.count == 1 ? first : make(open)
    }

    /// The truth value under what is known of the labels.
    func truth(_ label: (Int) -> Truth) -> Truth {
        switch self {
        case .known(let truth): truth
        case .labelled(let index, _): label(index)
        case .all(let parts): parts.reduce(.true) { $0 && $1.truth(label) }
        case .any(let parts): parts.reduce(.false) { $0 || $1.truth(label) }
        case .not(let part): !part.truth(label)
        }
    }

    /// Whether data left something open next to the labels.
    var isPartlyUnknown: Bool {
        switch self {
        case .known(let truth): truth == .unknown
        case .labelled: false
        case .all(let parts), .any(let parts): parts.contains(where: \.isPartlyUnknown)
        case .not(let part): part.isPartlyUnknown
        }
    }

    /// The conditions on labels that led to the truth value.
    func asked(_ label: (Int) -> Truth) -> [(label: Int, location: SourceLocation, truth: Truth)] {
        switch self {
        case .known: return []
        case .labelled(let index, let location): return [(index, location, label(index))]
        case .not(let part): return part.asked(label)
        case .all(let parts):
            let isFalse = truth(label) == .false
            return parts.filter { !isFalse || $0.truth(label) == .false }.flatMap { $0.asked(label) }
        case .any(let parts):
            let whole = truth(label)
            return parts.filter { $0.truth(label) == whole }.flatMap { $0.asked(label) }
        }
    }
}
