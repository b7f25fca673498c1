internal import RuleLanguage

extension RuleSet {
    /// Labels by which something may leave that would not without them: those that lift another label, or a clause; those that a rule asks for
    /// before it gives such a one; and those that a rule asks to be away before it holds, or gives what restricts more than they do.
    ///
    /// Rather too many than too few: who gives one of these says so with a code.
    var labelsThatLetGo: Set<String> {
        let asking = rules.map { AskingRule($0, labels) }
        var found = Set(audiences.values.flatMap { $0.clauses.compactMap(\.unless) })
        found.formUnion(labels.values.filter { !$0.lifts.isEmpty }.map(\.id))
        for rule in asking where !rule.away.isEmpty {
            let lost = Self.following(rule.given, asking)
            let holds = rule.holds || asking.contains { $0.holds && !$0.there.isDisjoint(with: lost) }
            found.formUnion(rule.away.filter { holds || restricts($0, lessThan: lost) })
        }
        // A rule gives one, for which another rule gives the next.
        while true {
            let more = asking.filter { !$0.given.isDisjoint(with: found) && !$0.there.isSubset(of: found) }
            if more.isEmpty { return found }
            for rule in more { found.formUnion(rule.there) }
        }
    }

    /// Labels, and those that rules give where one of them is.
    private static func following(_ labels: Set<String>, _ rules: [AskingRule]) -> Set<String> {
        var all = labels
        while true {
            let more = rules.filter { !$0.there.isDisjoint(with: all) && !$0.given.isSubset(of: all) }
            if more.isEmpty { return all }
            for rule in more { all.formUnion(rule.given) }
        }
    }

    /// Whether some audience may get more with a label than with others: what a consent lifts of its own clauses does not count.
    private func restricts(_ label: String, lessThan others: Set<String>) -> Bool {
        audiences.values.contains { audience in
            let lost = disposition(of: others, in: audience.clauses)
            let own = labels.ancestors(of: label).union([label])
            return disposition(of: own, in: audience.clauses.filter { $0.unless == nil }) < lost
        }
    }

    private func disposition(of given: Set<String>, in clauses: [Audience.Clause]) -> Disposition {
        clauses.filter { !given.isDisjoint(with: $0.labels) }.map(\.consequence.disposition).max() ?? .release
    }
}

/// A rule by the labels that it asks for and gives.
private struct AskingRule {
    var there: Set<String> = []
    /// Below a `not`.
    var away: Set<String> = []
    /// With those that come with them.
    var given: Set<String>
    var holds: Bool

    init(_ rule: Rule, _ labels: [String: Label]) {
        holds = !rule.holds.isEmpty
        given = (rule.studyLabels + rule.patientLabels).reduce(into: []) {
            $0.formUnion(labels.ancestors(of: $1).union([$1]))
        }
        add(rule.condition, isNegated: false)
    }

    private mutating func add(_ condition: Condition, isNegated: Bool) {
        switch condition.kind {
        case .all(let parts), .any(let parts): for part in parts { add(part, isNegated: isNegated) }
        case .not(let part): add(part, isNegated: !isNegated)
        case .item(_, of: _, let part): add(part, isNegated: isNegated)
        case .labelled(let label): if isNegated { away.insert(label) } else { there.insert(label) }
        case .present, .absent, .empty, .compareText, .matches, .compareNumber, .compareDate, .compareAge, .inList,
            .held,
            .source, .preamble, .signature:
            break
        }
    }
}
