import RuleEngine
public import RuleLanguage

/// Assertions of a rule set that do not hold, each with a study that gets what it must not.
public enum AssertionExamples {
    /// - Parameter ruleSet: loaded without its assertions being proved.
    public static func findings(_ ruleSet: RuleSet) -> [AnalysisFinding] {
        guard !ruleSet.assertions.isEmpty else { return [] }
        let reach = AudienceReach(labels: ruleSet.labels, tier: ruleSet.tier)
        let trial = Trial(ruleSet)
        let study = LabelStudy(ruleSet: ruleSet, formulas: RuleFormulas(ConditionModel([ruleSet])))
        return ruleSet.assertions.compactMap { finding($0, ruleSet, reach, trial, study) }
    }

    private static func finding(
        _ assertion: Assertion, _ ruleSet: RuleSet, _ reach: AudienceReach, _ trial: Trial, _ study: LabelStudy
    ) -> AnalysisFinding? {
        let names = assertion.audiences.isEmpty ? ruleSet.audiences.keys.sorted() : assertion.audiences
        for audience in names.compactMap({ ruleSet.audiences[$0] }) {
            for label in assertion.labels where !reach.closure(of: [label]).isEmpty {
                for disposition in assertion.dispositions.sorted() {
                    guard
                        let found = reach.labels(
                            with: [label], for: disposition, audience: audience, excluding: Set(assertion.unless))
                    else { continue }
                    // What makes it come to this, without what comes along anyway.
                    let all = Set(found.labels).union([label])
                    let needed = all.filter { name in
                        !all.contains { $0 != name && LabelFamily.ancestors(of: $0, in: ruleSet).contains(name) }
                    }
                    let above = audience.clauses.filter { $0.consequence.disposition > disposition }
                    let harmful = Set(above.flatMap(\.labels)).subtracting(found.labels)
                    let example = try? study.example(
                        of: needed.sorted(), certain: Set(found.lifting), without: harmful
                    ) { example in
                        guard let seen = trial.observe(example) else { return false }
                        let isThere = reach.closure(of: [label]).allSatisfy { seen.truth(ofLabel: $0) != .false }
                        return isThere && seen.decision(audience.id)?.disposition == disposition
                    }
                    return AnalysisFinding(
                        .error, .assertionFails,
                        "`\(audience.id)` gets `\(disposition.name)` of a study with `\(label)`",
                        at: assertion.location, subject: audience.id, example: example ?? nil,
                        shows: example == nil ? nil : "`\(audience.id)` gets `\(disposition.name)`")
                }
            }
        }
        return nil
    }
}
