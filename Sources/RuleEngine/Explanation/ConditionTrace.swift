public import RuleLanguage

/// A condition with what came of it for one instance: the whole of it, not only what decided.
public struct ConditionTrace: Sendable, Hashable {
    /// As the language names it: `all`, `equals`, `some`.
    public var name: String
    /// What it asks, in the language's words: `PatientID equals "X"`. Of `all`, `any` and `not` the name alone.
    public var words: String
    public var location: SourceLocation
    public var truth: Truth
    /// Where it looked. Empty where its parts say so.
    public var evidence: [Evidence]
    /// Of `some` and `every`, for the items that decided; of the others, in the order of the file.
    public var parts: [ConditionTrace]

    public init(
        name: String, words: String, location: SourceLocation, truth: Truth, evidence: [Evidence] = [],
        parts: [ConditionTrace] = []
    ) {
        self.name = name
        self.words = words
        self.location = location
        self.truth = truth
        self.evidence = evidence
        self.parts = parts
    }
}

/// A rule with what came of it for one instance.
public struct RuleTrace: Sendable, Hashable {
    public var id: String
    public var title: String?
    public var tier: Int
    public var location: SourceLocation
    public var studyLabels: [String]
    public var patientLabels: [String]
    public var condition: ConditionTrace

    /// True, or unknown, which gives the labels as well.
    public var hasFired: Bool { condition.truth != .false }
}

extension RuleTrace {
    /// The smallest set of conditions that would all have to come out otherwise for the rule to be true, in the order of
    /// the file; empty for one that is. Each is a condition that looks at something: no `all`, `any` or `not`.
    public var whyNot: [ConditionTrace] { condition.changes(to: .true).sorted { $0.location < $1.location } }
}

extension ConditionTrace {
    /// The fewest that have to change for the condition to have a value.
    fileprivate func changes(to wanted: Truth) -> [ConditionTrace] {
        if truth == wanted { return [] }
        switch (name, wanted) {
        case ("not", _): return parts.first?.changes(to: !wanted) ?? []
        case ("all", .true), ("any", .false):
            var seen: Set<ConditionTrace> = []
            return parts.flatMap { $0.changes(to: wanted) }.filter { seen.insert($0).inserted }
        case ("all", _), ("any", _):
            return parts.map { $0.changes(to: wanted) }.min { $0.count < $1.count } ?? []
        default: return [self]
        }
    }
}
