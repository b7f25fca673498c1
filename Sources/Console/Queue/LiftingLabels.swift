internal import Host
internal import Registry
internal import RuleLanguage

/// What would let go what an audience does not get: for each clause that keeps it the label that lifts it, if there is one.
struct LiftingLabels: Sendable {
    struct Way: Hashable, Sendable {
        /// `vip`, `held and violence`; `always`.
        var cause: String
        var label: String?
        var meaning: String?
        /// It is in force already, and counts when the study is decided again.
        var isGiven: Bool
    }

    var ways: [Way]
    /// Instances that cannot be read, or made safe: no label changes that.
    var hasUnsafe: Bool

    /// - Parameters:
    ///   - kept: decisions for the audience that sequester.
    ///   - given: names of labels in force.
    init(_ kept: [DecisionEntry], audience: String, given: Set<String>, in ruleSet: RuleSet) {
        let explanations = kept.compactMap { RecordedExplanation($0.explanation) }
        let clauses = Set(
            explanations.flatMap { $0.clauses ?? [] }.filter { $0.disposition == "sequester" && $0.liftedBy == nil })
        let known = ruleSet.audiences[audience]?.clauses ?? []
        ways = clauses.map { clause in
            let causes = (clause.labels ?? []).joined(separator: " and ")
            // A clause tells of those of its labels that were there. Lines move from revision to revision.
            let fitting = known.filter {
                $0.consequence.disposition == .sequester && Set($0.labels).isSuperset(of: clause.labels ?? [])
            }
            let lifting = (fitting.first { $0.location.line == clause.line } ?? fitting.first)?.unless
            return Way(
                cause: causes.isEmpty ? "always" : causes, label: lifting,
                meaning: lifting.flatMap { ruleSet.labels[$0]?.meaning },
                isGiven: lifting.map(given.contains) ?? false)
        }.sorted { $0.cause < $1.cause }
        hasUnsafe = explanations.contains { $0.reason != nil } || explanations.count < kept.count
    }

    /// The labels that are still to be given so that nothing keeps it, or why no label does that.
    var missing: Result<[String], ConsoleProblem> {
        if ways.isEmpty || hasUnsafe {
            return .failure(.invalid("It cannot be read, or cannot be made safe: no label lifts that."))
        }
        if let hopeless = ways.first(where: { $0.label == nil }) {
            return .failure(.invalid("No label lifts \(hopeless.cause)."))
        }
        let labels = Set(ways.filter { !$0.isGiven }.compactMap(\.label)).sorted()
        if labels.isEmpty {
            return .failure(.invalid("What lifts it was given already, and counts when it is decided again."))
        }
        return .success(labels)
    }
}
