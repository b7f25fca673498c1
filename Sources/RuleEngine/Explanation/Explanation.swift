public import RuleLanguage

/// Why an instance was decided as it was, for each audience (P8): its labels, what gave them, and which clauses followed.
/// Holds no values; `lines` and `write` look them up where the caller may see them.
public struct Explanation: Sendable {
    /// Of the rule set.
    public var id: String
    public var revision: String
    public var digest: String
    public var tier: Int
    /// With the reasons that are told, and how people call what gave them.
    public var labels: [ExplainedLabel]
    public var decisions: [ExplainedDecision]

    public struct ExplainedLabel: Sendable, Hashable {
        public var assigned: AssignedLabel
        /// `VIP ActCode`; nil for a label without a code.
        public var code: String?
        public var meaning: String?
        public var tier: Int
        /// Titles of the rules among the reasons, by id.
        public var titles: [String: String]
    }

    public struct ExplainedDecision: Sendable, Hashable {
        public var decision: Decision
        public var purpose: String?
        /// The clause that decided.
        public var deciding: Decision.AppliedClause?
        /// Clauses that apply as well, and ask for no more than the deciding one.
        public var beaten: [Decision.AppliedClause]
        /// Clauses that would apply, and a label lifts them.
        public var lifted: [Decision.AppliedClause]
    }

    /// - Parameter labels: of the instance, as `ResolvedLabels.labels` gives them.
    /// - Parameter audiences: those to explain; nil for all of the rule set.
    public init(labels: [AssignedLabel], audiences: [String]? = nil, in ruleSet: RuleSet) {
        id = ruleSet.id
        revision = ruleSet.revision
        digest = ruleSet.digest
        tier = ruleSet.tier
        let rules = Dictionary(ruleSet.rules.map { ($0.id, $0.title) }) { first, _ in first }
        self.labels = labels.sorted { $0.label < $1.label }.map { assigned in
            let label = ruleSet.labels[assigned.label]
            let fired = assigned.reasons.filter { $0.kind == .rule }.map(\.id)
            return ExplainedLabel(
                assigned: assigned, code: label?.code.map { "\($0) \(label?.system ?? "")" }, meaning: label?.meaning,
                tier: label?.tier ?? 1,
                titles: Dictionary(fired.compactMap { id in rules[id]?.map { (id, $0) } }) { first, _ in first })
        }
        decisions = (audiences ?? ruleSet.audiences.keys.sorted()).compactMap { audience in
            Decision.decide(audience: audience, labels: labels, in: ruleSet).map {
                ExplainedDecision($0, purpose: ruleSet.audiences[audience]?.purpose)
            }
        }
    }
}

extension Explanation.ExplainedDecision {
    init(_ decision: Decision, purpose: String?) {
        let applied = decision.clauses.filter { $0.liftedBy == nil }
        self.init(
            decision: decision, purpose: purpose, deciding: applied.first, beaten: Array(applied.dropFirst()),
            lifted: decision.clauses.filter { $0.liftedBy != nil })
    }
}
