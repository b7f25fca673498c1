/// A condition of a rule in the making. Each part knows the statements that it came from.
struct ConvertedCondition: Equatable, Sendable {
    indirect enum Kind: Equatable, Sendable {
        case constant(Bool)
        case all([ConvertedCondition])
        case any([ConvertedCondition])
        case not(ConvertedCondition)
        case present(String)
        case absent(String)
        case empty(String)
        case equals(String, String, ignoresCase: Bool)
        case contains(String, String, ignoresCase: Bool)
        case startsWith(String, String, ignoresCase: Bool)
        case matches(String, pattern: String, ignoresCase: Bool)
        /// Operation, `number` or `date`, and the value.
        case compare(String, String, kind: String, value: String)
        case inList(String, attribute: String)
    }

    var kind: Kind
    var origins: [ImportLog.ID]

    init(_ kind: Kind, from origins: [ImportLog.ID] = []) {
        self.kind = kind
        self.origins = origins
    }

    static let always = ConvertedCondition(.constant(true))
    static let never = ConvertedCondition(.constant(false))

    /// The same without constants, needless nesting and parts that are said twice.
    var simplified: ConvertedCondition {
        switch kind {
        case .not(let inner):
            let inner = inner.simplified
            switch inner.kind {
            case .constant(let value): return ConvertedCondition(.constant(!value), from: origins)
            case .not(let twice): return twice
            case .present(let attribute): return ConvertedCondition(.absent(attribute), from: inner.origins)
            case .absent(let attribute): return ConvertedCondition(.present(attribute), from: inner.origins)
            default: return ConvertedCondition(.not(inner), from: origins)
            }
        case .all(let parts): return joined(parts, neutral: true)
        case .any(let parts): return joined(parts, neutral: false)
        default: return self
        }
    }

    private func joined(_ parts: [ConvertedCondition], neutral: Bool) -> ConvertedCondition {
        var kept: [ConvertedCondition] = []
        for part in parts.map(\.simplified) {
            if part.kind == .constant(neutral) { continue }
            if part.kind == .constant(!neutral) { return ConvertedCondition(.constant(!neutral), from: origins) }
            let inner: [ConvertedCondition] =
                switch part.kind {
                case .all(let parts) where neutral: parts
                case .any(let parts) where !neutral: parts
                default: [part]
                }
            for part in inner where !kept.contains(where: { $0.kind == part.kind }) { kept.append(part) }
        }
        guard let first = kept.first else { return ConvertedCondition(.constant(neutral), from: origins) }
        return kept.count == 1 ? first : ConvertedCondition(neutral ? .all(kept) : .any(kept), from: origins)
    }

    /// Statements that any part came from.
    var allOrigins: Set<ImportLog.ID> {
        var all = Set(origins)
        switch kind {
        case .all(let parts), .any(let parts): for part in parts { all.formUnion(part.allOrigins) }
        case .not(let part): all.formUnion(part.allOrigins)
        default: break
        }
        return all
    }

    // MARK: - One part

    /// The parts of a condition in the order in which they are written, the whole first.
    var parts: [ConvertedCondition] {
        switch kind {
        case .all(let parts), .any(let parts): [self] + parts.flatMap(\.parts)
        case .not(let part): [self] + part.parts
        default: [self]
        }
    }

    /// The condition with one of `parts` replaced.
    ///
    /// - Parameter replacement: given whether the part stands under an odd number of `not`.
    func replacing(
        part number: Int, with replacement: (ConvertedCondition, _ isNegated: Bool) -> ConvertedCondition
    ) -> ConvertedCondition {
        var counter = 0
        return replacing(number, &counter, isNegated: false, replacement)
    }

    private func replacing(
        _ number: Int, _ counter: inout Int, isNegated: Bool,
        _ replacement: (ConvertedCondition, Bool) -> ConvertedCondition
    ) -> ConvertedCondition {
        let own = counter
        counter += 1
        if own == number {
            counter += parts.count - 1
            return replacement(self, isNegated)
        }
        switch kind {
        case .all(let parts):
            let new = parts.map { $0.replacing(number, &counter, isNegated: isNegated, replacement) }
            return ConvertedCondition(.all(new), from: origins)
        case .any(let parts):
            let new = parts.map { $0.replacing(number, &counter, isNegated: isNegated, replacement) }
            return ConvertedCondition(.any(new), from: origins)
        case .not(let part):
            let new = part.replacing(number, &counter, isNegated: !isNegated, replacement)
            return ConvertedCondition(.not(new), from: origins)
        default: return self
        }
    }
}

/// What a condition of another tool says, from both sides, where ours cannot say the same: `over` is true whenever that
/// one is, `under` only when that one is. Where something is held back, what is true too often holds back too much and
/// never too little (P2).
struct ApproximateCondition: Equatable, Sendable {
    var over: ConvertedCondition
    var under: ConvertedCondition

    init(over: ConvertedCondition, under: ConvertedCondition) {
        self.over = over
        self.under = under
    }

    init(_ exact: ConvertedCondition) { self.init(over: exact, under: exact) }

    /// Nothing is known of it.
    static func unknown(_ origins: [ImportLog.ID]) -> ApproximateCondition {
        ApproximateCondition(
            over: ConvertedCondition(.constant(true), from: origins),
            under: ConvertedCondition(.constant(false), from: origins))
    }

    var negated: ApproximateCondition {
        ApproximateCondition(over: ConvertedCondition(.not(under)), under: ConvertedCondition(.not(over)))
    }

    /// The same where something is not so, and unknown where it is.
    func inDoubt(_ doubt: ConvertedCondition) -> ApproximateCondition {
        ApproximateCondition(
            over: ConvertedCondition(.any([over, doubt])),
            under: ConvertedCondition(.all([under, ConvertedCondition(.not(doubt))])))
    }

    static func all(_ parts: [ApproximateCondition]) -> ApproximateCondition {
        ApproximateCondition(
            over: ConvertedCondition(.all(parts.map(\.over))), under: ConvertedCondition(.all(parts.map(\.under))))
    }

    static func any(_ parts: [ApproximateCondition]) -> ApproximateCondition {
        ApproximateCondition(
            over: ConvertedCondition(.any(parts.map(\.over))), under: ConvertedCondition(.any(parts.map(\.under))))
    }
}
