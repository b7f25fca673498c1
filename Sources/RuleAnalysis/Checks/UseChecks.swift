import RuleLanguage

/// What is declared and does nothing: lists, profiles, includes, labels.
struct UseChecks {
    let ruleSet: RuleSet

    var findings: [AnalysisFinding] { lists + profiles + includes + ungivenLabels + labelsWithoutEffect }

    /// The file that was checked.
    private var root: String? {
        let included = Set(ruleSet.inclusions.map(\.file))
        return ruleSet.sources.first { $0.kind == .rules && !included.contains($0.path) }?.path
    }

    /// What is not in the file that was checked is a library's, and may well be there for others.
    private func level(_ location: SourceLocation) -> AnalysisFinding.Level { location.file == root ? .warning : .note }

    // MARK: - Lists and profiles

    private var usedLists: Set<String> {
        var used = Set(ruleSet.rules.flatMap(\.condition.lists))
        for profile in ruleSet.profiles.values { used.formUnion(profile.lists) }
        return used
    }

    private var lists: [AnalysisFinding] {
        let used = usedLists
        return ruleSet.lists.values.filter { !used.contains($0.id) }.map {
            AnalysisFinding(
                level($0.location), .unusedList, "nothing asks the list `\($0.id)`", at: $0.location,
                hint: "write <in list=\"\($0.id)\"/> in a rule, or remove it", subject: $0.id)
        }
    }

    private var usedProfiles: Set<String> {
        var used: Set<String> = []
        for audience in ruleSet.audiences.values {
            for consequence in [audience.always] + audience.clauses.map(\.consequence) {
                if let profile = consequence.profile { used.insert(profile) }
            }
        }
        for name in used { used.formUnion(ruleSet.profiles[name]?.ancestors ?? []) }
        return used
    }

    private var profiles: [AnalysisFinding] {
        let used = usedProfiles
        return ruleSet.profiles.values.filter { !used.contains($0.id) }.map {
            AnalysisFinding(
                level($0.location), .unusedProfile,
                "no audience uses the profile `\($0.id)`, and none that is used extends it",
                at: $0.location, hint: "write <deidentify profile=\"\($0.id)\"/> in an audience, or remove it",
                subject: $0.id)
        }
    }

    // MARK: - Includes

    private var includes: [AnalysisFinding] {
        var needed: [String: Set<String>] = [:]
        for inclusion in ruleSet.inclusions { needed[inclusion.location.file, default: []].insert(inclusion.file) }
        // Files with something in them that counts: rules and audiences always do.
        var useful = Set(ruleSet.rules.map(\.location.file)).union(ruleSet.audiences.values.map(\.location.file))
        useful.formUnion(ruleSet.assertions.map(\.location.file))
        let usedLists = usedLists, usedProfiles = usedProfiles, usedLabels = usedLabels
        useful.formUnion(ruleSet.lists.values.filter { usedLists.contains($0.id) }.map(\.location.file))
        useful.formUnion(ruleSet.profiles.values.filter { usedProfiles.contains($0.id) }.map(\.location.file))
        useful.formUnion(ruleSet.labels.values.filter { usedLabels.contains($0.id) }.map(\.location.file))
        // Labels with codes are recognised when they come in.
        useful.formUnion(ruleSet.labels.values.filter { $0.code != nil }.map(\.location.file))
        // Whatever includes a file that counts does so, too: from those that count back to those that need them.
        var neededBy: [String: [String]] = [:]
        for (file, others) in needed { for other in others { neededBy[other, default: []].append(file) } }
        var open = Array(useful)
        while let file = open.popLast() {
            for other in neededBy[file] ?? [] where useful.insert(other).inserted { open.append(other) }
        }
        return ruleSet.inclusions.filter { !useful.contains($0.file) }.map {
            AnalysisFinding(
                level($0.location), .unusedInclude, "nothing of `\($0.href)` is used", at: $0.location,
                hint: "remove the include", subject: $0.href)
        }
    }

    private var usedLabels: Set<String> {
        var used: Set<String> = []
        for rule in ruleSet.rules {
            used.formUnion(rule.studyLabels)
            used.formUnion(rule.patientLabels)
            used.formUnion(rule.condition.askedLabels)
        }
        for clause in ruleSet.audiences.values.flatMap(\.clauses) {
            used.formUnion(clause.labels)
            if let unless = clause.unless { used.insert(unless) }
        }
        for label in used { used.formUnion(LabelFamily.ancestors(of: label, in: ruleSet)) }
        return used
    }

    // MARK: - Labels

    private var given: Set<String> {
        var found: Set<String> = [RuleSet.sensitive]
        for label in ruleSet.rules.flatMap({ $0.studyLabels + $0.patientLabels }) {
            found.formUnion(LabelFamily.ancestors(of: label, in: ruleSet))
        }
        for label in ruleSet.labels.values where label.code != nil {
            found.formUnion(LabelFamily.ancestors(of: label.id, in: ruleSet))
        }
        return found
    }

    /// Of a set without rules nothing is said: it is a vocabulary.
    private var ungivenLabels: [AnalysisFinding] {
        guard !ruleSet.rules.isEmpty else { return [] }
        let given = given
        return ruleSet.labels.values.filter { !given.contains($0.id) }.map {
            AnalysisFinding(
                level($0.location), .ungivenLabel,
                "no rule gives `\($0.id)`, and it has no code that could come in: only the registry can say it",
                at: $0.location, hint: "write a rule that gives it, or a system and a code", subject: $0.id)
        }
    }

    private var labelsWithoutEffect: [AnalysisFinding] {
        guard !ruleSet.audiences.isEmpty else { return [] }
        var asked: Set<String> = []
        for clause in ruleSet.audiences.values.flatMap(\.clauses) {
            asked.formUnion(clause.labels)
            if let unless = clause.unless { asked.insert(unless) }
        }
        // What a rule asks for has an effect when what the rule gives has one.
        var rest = ruleSet.rules
        while true {
            let useful = rest.filter { rule in
                (rule.studyLabels + rule.patientLabels).contains {
                    !LabelFamily.ancestors(of: $0, in: ruleSet).isDisjoint(with: asked)
                }
            }
            let more = Set(useful.flatMap(\.condition.askedLabels))
            guard !more.isSubset(of: asked) else { break }
            asked.formUnion(more)
            rest.removeAll { rule in useful.contains { $0.id == rule.id } }
        }
        let byRules = Set(ruleSet.rules.flatMap { $0.studyLabels + $0.patientLabels })
        return ruleSet.labels.values.filter {
            $0.tier <= ruleSet.tier && LabelFamily.ancestors(of: $0.id, in: ruleSet).isDisjoint(with: asked)
        }.map {
            AnalysisFinding(
                byRules.contains($0.id) ? .warning : .note, .labelWithoutEffect,
                "no audience does anything about `\($0.id)`, nor about what it comes with", at: $0.location,
                hint: "write <on label=\"\($0.id)\">…</on> in an audience", subject: $0.id)
        }
    }
}

extension Condition {
    /// Labels that it asks for.
    var askedLabels: Set<String> {
        switch kind {
        case .labelled(let label): [label]
        case .all(let parts), .any(let parts): parts.reduce(into: []) { $0.formUnion($1.askedLabels) }
        case .not(let part), .item(_, _, let part): part.askedLabels
        default: []
        }
    }

    /// Lists that it asks.
    var lists: Set<String> {
        switch kind {
        case .inList(let list, _): [list]
        case .all(let parts), .any(let parts): parts.reduce(into: []) { $0.formUnion($1.lists) }
        case .not(let part), .item(_, _, let part): part.lists
        default: []
        }
    }
}

extension Profile {
    /// Lists that it looks up in, or whose words it keeps.
    var lists: Set<String> {
        var used = Set(settings.text.keptWords)
        if let list = settings.pseudonyms?.list { used.insert(list) }
        for action in statements.map(\.action) + settings.concepts.map(\.action) { used.formUnion(action.lists) }
        for areas in pixels.areas { used.formUnion(areas.condition.lists) }
        used.formUnion(pixels.keptWords)
        return used
    }
}

extension ProfileAction {
    /// Lists that it, or what it may come to, looks up in.
    var lists: Set<String> {
        switch self {
        case .lookup(let list, let otherwise): otherwise.lists.union([list])
        case .encrypt(let then): then.lists
        case .byType(let type1, let type2, let type3): type1.lists.union(type2.lists).union(type3.lists)
        default: []
        }
    }
}
