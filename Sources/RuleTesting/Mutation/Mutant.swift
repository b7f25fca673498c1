package import RuleLanguage

/// A rule set with one thing changed, as a slip of the pen would change it. Tests that pass all the same do not guard it.
package struct Mutant: Sendable {
    /// Stays the same when lines move: `rule vip-name 2.1 negated`, `audience research on vip without unless`.
    package var name: String
    package var location: SourceLocation
    /// The rule that it changes; nil for labels, audiences and profiles.
    var rule: String?
    var change: @Sendable (inout RuleSet) -> Void

    init(
        _ name: String, at location: SourceLocation, rule: String? = nil,
        _ change: @escaping @Sendable (inout RuleSet) -> Void
    ) {
        self.name = name
        self.location = location
        self.rule = rule
        self.change = change
    }

    /// All mutants of what stands in the files, by place.
    static func all(of ruleSet: RuleSet, in files: Set<String>) -> [Mutant] {
        let rules = ruleSet.rules.filter { files.contains($0.location.file) && $0.tier <= ruleSet.tier }
        let labels = ruleSet.labels.values.filter { files.contains($0.location.file) && $0.tier <= ruleSet.tier }
        let audiences = ruleSet.audiences.values.filter { files.contains($0.location.file) }
        return
            (rules.flatMap(Self.mutants) + audiences.flatMap(Self.mutants) + labels.flatMap(Self.mutants)
            + Self.statements(of: ruleSet, in: files)).sorted { ($0.location, $0.name) < ($1.location, $1.name) }
    }

    // MARK: - Rules

    private static func mutants(of rule: Rule) -> [Mutant] {
        let id = rule.id
        func mutant(
            _ what: String, _ location: SourceLocation, _ change: @escaping @Sendable (inout Rule) -> Void
        ) -> Mutant {
            Mutant("rule \(id) \(what)", at: location, rule: id) { ruleSet in
                for index in ruleSet.rules.indices where ruleSet.rules[index].id == id {
                    change(&ruleSet.rules[index])
                }
            }
        }
        var mutants = [
            Mutant("rule \(id) dropped", at: rule.location, rule: id) { ruleSet in
                ruleSet.rules.removeAll { $0.id == id }
            }
        ]
        for label in rule.studyLabels {
            mutants.append(
                mutant("without the study's \(label)", rule.location) { rule in
                    rule.studyLabels.removeAll { $0 == label }
                })
        }
        for label in rule.patientLabels {
            mutants.append(
                mutant("without the patient's \(label)", rule.location) { rule in
                    rule.patientLabels.removeAll { $0 == label }
                })
            mutants.append(
                mutant("gives \(label) to the study instead of the patient", rule.location) { rule in
                    rule.patientLabels.removeAll { $0 == label }
                    rule.studyLabels.append(label)
                })
        }
        for (index, hold) in rule.holds.enumerated() {
            mutants.append(
                mutant("without the hold of \(hold.matter)", rule.location) { rule in
                    if rule.holds.indices.contains(index) { rule.holds.remove(at: index) }
                })
        }
        for (path, condition) in rule.condition.parts() {
            for (what, changed) in condition.mutations {
                mutants.append(
                    mutant("\(conditionPath(path)) \(what)", condition.location) { rule in
                        rule.condition = rule.condition.replacing(path[...], by: changed)
                    })
            }
        }
        for (pattern, location) in rule.condition.patterns {
            for (what, source) in PatternSlips(pattern.source).slips {
                guard let slip = try? TextPattern(source, isCaseSensitive: pattern.isCaseSensitive) else { continue }
                mutants.append(
                    mutant(what, location) { rule in rule.condition = rule.condition.replacing(pattern, by: slip) })
            }
        }
        return mutants
    }

    // MARK: - Audiences

    private static func mutants(of audience: Audience) -> [Mutant] {
        let id = audience.id
        func mutant(
            _ what: String, _ location: SourceLocation, _ change: @escaping @Sendable (inout Audience) -> Void
        ) -> Mutant {
            Mutant("audience \(id) \(what)", at: location) { ruleSet in
                if var audience = ruleSet.audiences[id] {
                    change(&audience)
                    ruleSet.audiences[id] = audience
                }
            }
        }
        var mutants = audience.always.mutations.map { what, changed in
            mutant("always \(what)", audience.location) { $0.always = changed }
        }
        for (index, clause) in audience.clauses.enumerated() {
            let name = "on \(clause.labels.joined(separator: " "))"
            func clauseMutant(
                _ what: String, _ change: @escaping @Sendable (inout Audience.Clause) -> Void
            ) -> Mutant {
                mutant("\(name) \(what)", clause.location) { audience in
                    if audience.clauses.indices.contains(index) { change(&audience.clauses[index]) }
                }
            }
            mutants.append(
                mutant("\(name) dropped", clause.location) { audience in
                    if audience.clauses.indices.contains(index) { audience.clauses.remove(at: index) }
                })
            if clause.unless != nil { mutants.append(clauseMutant("without unless") { $0.unless = nil }) }
            if clause.labels.count > 1 {
                for label in clause.labels {
                    mutants.append(
                        clauseMutant("without \(label)") { clause in clause.labels.removeAll { $0 == label } })
                }
            }
            mutants += clause.consequence.mutations.map { what, changed in
                clauseMutant(what) { $0.consequence = changed }
            }
        }
        return mutants
    }

    // MARK: - Profiles

    /// Each statement once, though several profiles inherit it: what it keeps goes, what it changes stays.
    private static func statements(of ruleSet: RuleSet, in files: Set<String>) -> [Mutant] {
        var seen: Set<SourceLocation> = []
        var mutants: [Mutant] = []
        for profile in ruleSet.profiles.values.sorted(by: { $0.location < $1.location }) {
            for statement in profile.statements
            where files.contains(statement.location.file) && seen.insert(statement.location).inserted {
                let location = statement.location
                let changed: ProfileAction = statement.action == .keep ? .remove : .keep
                let what = statement.action == .keep ? "removes" : "keeps"
                mutants.append(
                    Mutant("profile \(profile.id) \(what) \(statement.words)", at: location) { ruleSet in
                        for id in ruleSet.profiles.keys {
                            guard var profile = ruleSet.profiles[id] else { continue }
                            for index in profile.statements.indices
                            where profile.statements[index].location == location {
                                profile.statements[index].action = changed
                            }
                            ruleSet.profiles[id] = profile
                        }
                    })
            }
        }
        return mutants
    }
}
