import RuleLanguage

/// What is asked beside the data set: where it came from, how its file begins, which holds are in force, which labels the
/// study has.
struct ContextVariables {
    /// Of a source: each field has one value.
    enum Field: Int, Hashable, CaseIterable { case aeTitle, address, user, role }

    struct FieldValue: Hashable {
        var field: Field
        var value: String
    }

    /// A label as a rule of a tier sees it.
    struct SeenLabel: Hashable {
        var name: String
        /// Of the rule.
        var tier: Int
        var ruleSet: Int
    }

    private var sourceValues: Set<FieldValue> = []
    private var matters: Set<String> = []
    private(set) var sources: [FieldValue: Int] = [:]
    private(set) var preambles: [Condition.Preamble: Int] = [:]
    /// Nil: nobody has looked.
    private(set) var signatures: [Condition.Signature?: Int] = [:]
    /// By matter; nil for any other: certainly in force, and perhaps.
    private(set) var holds: [String?: (isCertain: Int, maybe: Int)] = [:]
    private(set) var labels: [SeenLabel: (isThere: Int, isCertain: Int)] = [:]
    /// A label by a code or from the registry, beside what rules give: the same for both rule sets.
    private(set) var given: [String: (isThere: Int, isCertain: Int)] = [:]

    mutating func add(_ source: Condition.Source) {
        for value in Self.values(source) { sourceValues.insert(value) }
    }

    mutating func add(matter: String?) { if let matter { matters.insert(matter) } }

    private static func values(_ source: Condition.Source) -> [FieldValue] {
        [
            (Field.aeTitle, source.aeTitle), (.address, source.address), (.user, source.user), (.role, source.role),
        ].compactMap { field, value in value.map { FieldValue(field: field, value: $0) } }
    }

    // MARK: - Formulas

    mutating func formula(
        _ source: Condition.Source, _ diagrams: DecisionDiagrams
    ) throws(DecisionDiagrams.TooLarge) -> Kleene {
        var parts: [Kleene] = []
        for value in Self.values(source) {
            let variable = sources[value] ?? diagrams.variable()
            sources[value] = variable
            let literal = try diagrams.literal(variable)
            parts.append(Kleene(isTrue: literal, isFalse: try diagrams.not(literal)))
        }
        return try diagrams.all(parts)
    }

    mutating func formula(
        _ preamble: Condition.Preamble, _ diagrams: DecisionDiagrams
    ) throws(DecisionDiagrams.TooLarge) -> Kleene {
        if preambles.isEmpty {
            // Zeros last: an example has an ordinary preamble where it can.
            for kind in Condition.Preamble.allCases.filter({ $0 != .zero }) + [.zero] {
                preambles[kind] = diagrams.variable()
            }
        }
        let literal = try diagrams.literal(preambles[preamble] ?? 0)
        return Kleene(isTrue: literal, isFalse: try diagrams.not(literal))
    }

    mutating func formula(
        _ signature: Condition.Signature, _ diagrams: DecisionDiagrams
    ) throws(DecisionDiagrams.TooLarge) -> Kleene {
        if signatures.isEmpty {
            for state in Condition.Signature.allCases.map(Optional.some) + [nil] {
                signatures[state] = diagrams.variable()
            }
        }
        return try diagrams.kleene(
            isTrue: try diagrams.literal(signatures[signature] ?? 0),
            isUnknown: try diagrams.literal(signatures[nil] ?? 0))
    }

    mutating func formula(
        matter: String?, _ diagrams: DecisionDiagrams
    ) throws(DecisionDiagrams.TooLarge) -> Kleene {
        if holds.isEmpty {
            for matter in matters.sorted().map(Optional.some) + [nil] {
                holds[matter] = (diagrams.variable(), diagrams.variable())
            }
        }
        let asked = matter == nil ? Array(holds.values) : holds[matter].map { [$0] } ?? []
        var certain: [DecisionDiagrams.Function] = [], maybe: [DecisionDiagrams.Function] = []
        for hold in asked {
            certain.append(try diagrams.literal(hold.isCertain))
            maybe.append(try diagrams.literal(hold.maybe))
        }
        return try diagrams.kleene(isTrue: try diagrams.any(certain), isUnknown: try diagrams.any(maybe))
    }

    /// A label that may be there or not, whatever rules give.
    mutating func formula(
        _ label: SeenLabel, _ diagrams: DecisionDiagrams
    ) throws(DecisionDiagrams.TooLarge) -> Kleene {
        let bits = labels[label] ?? (diagrams.variable(), diagrams.variable())
        labels[label] = bits
        return try Self.label(bits, diagrams)
    }

    /// A label that came with a code or is in the registry.
    mutating func formula(
        given label: String, _ diagrams: DecisionDiagrams
    ) throws(DecisionDiagrams.TooLarge) -> Kleene {
        let bits = given[label] ?? (diagrams.variable(), diagrams.variable())
        given[label] = bits
        return try Self.label(bits, diagrams)
    }

    private static func label(
        _ bits: (isThere: Int, isCertain: Int), _ diagrams: DecisionDiagrams
    ) throws(DecisionDiagrams.TooLarge) -> Kleene {
        let isThere = try diagrams.literal(bits.isThere), isCertain = try diagrams.literal(bits.isCertain)
        return try diagrams.kleene(isTrue: try diagrams.and(isThere, isCertain), isUnknown: isThere)
    }

    // MARK: - What always holds

    func constraints(
        on touched: Set<Int>, _ ruleSets: [RuleSet], _ diagrams: DecisionDiagrams
    ) throws(DecisionDiagrams.TooLarge) -> [DecisionDiagrams.Function] {
        var parts: [DecisionDiagrams.Function] = []
        if !preambles.values.allSatisfy({ !touched.contains($0) }) {
            parts.append(try diagrams.one(of: Array(preambles.values), isOne: true))
        }
        if signatures.values.contains(where: touched.contains) {
            parts.append(try diagrams.one(of: Array(signatures.values), isOne: true))
        }
        for field in Field.allCases {
            let asked = sources.filter { $0.key.field == field && touched.contains($0.value) }.map(\.value)
            if asked.count > 1 { parts.append(try diagrams.one(of: asked, isOne: false)) }
        }
        let seen = labels.filter { touched.contains($0.value.isThere) || touched.contains($0.value.isCertain) }
        for (label, bits) in seen {
            for (other, otherBits) in seen where other != label && other.ruleSet == label.ruleSet {
                guard Self.comesWith(label, other, ruleSets[label.ruleSet]) else { continue }
                let isThere = try diagrams.literal(bits.isThere), isOther = try diagrams.literal(otherBits.isThere)
                parts.append(try diagrams.choose(isThere, isOther, DecisionDiagrams.always))
                // Doubt of a label that lifts is none of what it comes with, and it may be doubted alone.
                guard ruleSets[label.ruleSet].labels[other.name]?.lifts.isEmpty ?? true else { continue }
                let first = try Self.label(bits, diagrams), second = try Self.label(otherBits, diagrams)
                parts.append(try diagrams.choose(first.isTrue, second.isTrue, DecisionDiagrams.always))
            }
        }
        return parts
    }

    /// Whether a study that has the label, as one rule sees it, has the other one, as another rule sees that.
    private static func comesWith(_ label: SeenLabel, _ other: SeenLabel, _ ruleSet: RuleSet) -> Bool {
        guard label.tier <= other.tier else { return false }
        return LabelFamily.ancestors(of: label.name, in: ruleSet).contains(other.name)
    }
}

/// Which labels come with which.
enum LabelFamily {
    /// The label itself and all that it comes with.
    static func ancestors(of label: String, in ruleSet: RuleSet) -> Set<String> {
        ruleSet.labels.ancestors(of: label).union([label])
    }
}
