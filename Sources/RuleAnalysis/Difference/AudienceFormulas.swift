import RuleLanguage

/// What an audience does, as functions of the data.
struct AudienceFormulas {
    let audience: Audience
    let labels: LabelDefinitions
    let diagrams: DecisionDiagrams

    /// Where a clause applies and is not lifted.
    private func applies(_ clause: Audience.Clause) throws(DecisionDiagrams.TooLarge) -> DecisionDiagrams.Function {
        var parts: [DecisionDiagrams.Function] = []
        for label in clause.labels { parts.append(try diagrams.mayHold(try labels.final(label))) }
        let isThere = try diagrams.any(parts)
        guard let unless = clause.unless else { return isThere }
        let isLifted = try labels.final(unless).isTrue
        return try diagrams.and(isThere, try diagrams.not(isLifted))
    }

    /// Where some consequence that applies is as wanted.
    func some(_ wanted: (Audience.Consequence) -> Bool) throws(DecisionDiagrams.TooLarge) -> DecisionDiagrams.Function {
        if wanted(audience.always) { return DecisionDiagrams.always }
        var parts: [DecisionDiagrams.Function] = []
        for clause in audience.clauses where wanted(clause.consequence) { parts.append(try applies(clause)) }
        return try diagrams.any(parts)
    }

    func atLeast(_ disposition: Disposition) throws(DecisionDiagrams.TooLarge) -> DecisionDiagrams.Function {
        try some { $0.disposition >= disposition }
    }

    /// Where this profile is the one that is taken.
    func takes(_ profile: String) throws(DecisionDiagrams.TooLarge) -> DecisionDiagrams.Function {
        let profiles = labels.ruleSet.profiles
        let own = try some { $0.profile == profile }
        let others = try some { consequence in
            consequence.profile.map { profiles[$0]?.ancestors.contains(profile) ?? false } ?? false
        }
        let stronger = try atLeast(.sequester)
        let open = try diagrams.and(own, try diagrams.not(others))
        return try diagrams.and(open, try diagrams.not(stronger))
    }

    var profiles: Set<String> { Set(([audience.always] + audience.clauses.map(\.consequence)).compactMap(\.profile)) }
    var obligations: Set<Audience.Obligation> {
        Set(([audience.always] + audience.clauses.map(\.consequence)).flatMap(\.obligations))
    }
    /// Labels that lift clauses.
    var lifting: Set<String> { Set(audience.clauses.compactMap(\.unless)) }
    var hasLifting: Bool { !lifting.isEmpty }
}
