internal import RuleLanguage

extension RuleSet {
    /// Labels by which something may leave that would not without them: those that lift another label, or a clause; those that a rule asks for
    /// before it gives such a one; and those that a rule asks to be away before it gives one that restricts more than they do.
    ///
    /// Rather too many than too few: who gives one of these says so with a code.
    var labelsThatLetGo: Set<String> {
        var found = Set(audiences.values.flatMap { $0.clauses.compactMap(\.unless) })
        found.formUnion(labels.values.filter { !$0.lifts.isEmpty }.map(\.id))
        var asked: [(labels: Set<String>, given: Set<String>)] = []
        for rule in rules {
            var named = NamedLabels()
            named.add(rule.condition, isNegated: false)
            let given = rule.studyLabels + rule.patientLabels
            found.formUnion(named.away.filter { restricts($0, lessThan: given) })
            asked.append((named.there, given.reduce(into: []) { $0.formUnion(labels.ancestors(of: $1).union([$1])) }))
        }
        // A rule gives one, for which another rule gives the next.
        while true {
            let more = asked.filter { !$0.given.isDisjoint(with: found) && !$0.labels.isSubset(of: found) }
            if more.isEmpty { return found }
            for rule in more { found.formUnion(rule.labels) }
        }
    }

    /// Whether some audience gets more with a label than with others.
    private func restricts(_ label: String, lessThan others: [String]) -> Bool {
        audiences.values.contains { audience in
            let most = others.map { disposition(of: $0, in: audience) }.max() ?? .release
            return disposition(of: label, in: audience) < most
        }
    }

    /// What follows from a label alone for an audience, where nothing lifts it.
    private func disposition(of label: String, in audience: Audience) -> Disposition {
        let given = labels.ancestors(of: label).union([label])
        return audience.clauses.filter { !given.isDisjoint(with: $0.labels) }.map(\.consequence.disposition).max()
            ?? .release
    }
}

/// Labels that a condition asks for.
private struct NamedLabels {
    var there: Set<String> = []
    /// Below a `not`, and so perhaps to be away.
    var away: Set<String> = []

    mutating func add(_ condition: Condition, isNegated: Bool) {
        switch condition.kind {
        case .all(let parts), .any(let parts): for part in parts { add(part, isNegated: isNegated) }
        // Two of them are one that asks for it to be there; nobody writes that, and a code is no harm.
        case .not(let part): add(part, isNegated: true)
        case .item(_, of: _, let part): add(part, isNegated: isNegated)
        case .labelled(let label):
            there.insert(label)
            if isNegated { away.insert(label) }
        case .present, .absent, .empty, .compareText, .matches, .compareNumber, .compareDate, .compareAge, .inList,
            .held,
            .source, .preamble, .signature:
            break
        }
    }
}
