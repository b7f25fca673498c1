public import RuleLanguage

extension Decision {
    /// Joins `always` with every clause whose label is there: the most restrictive disposition, all obligations, the
    /// profile that extends all others. Nil when the rule set has no such audience.
    public static func decide(audience: String, labels: [AssignedLabel], in ruleSet: RuleSet) -> Decision? {
        guard let audience = ruleSet.audiences[audience] else { return nil }
        let always = Meeting(
            clause: AppliedClause(
                labels: [], disposition: audience.always.disposition, location: audience.location, liftedBy: nil),
            consequence: audience.always)
        let meetings =
            labels.isEmpty ? [always] : [always] + audience.clauses.compactMap { meeting($0, labels, ruleSet) }
        let applied = meetings.filter { $0.clause.liftedBy == nil }.map(\.consequence)

        var disposition = applied.map(\.disposition).max() ?? .sequester
        let profiles = Set(applied.compactMap(\.profile))
        var profile = profiles.first { candidate in
            let ancestors = ruleSet.profiles[candidate]?.ancestors ?? []
            return profiles.allSatisfy { $0 == candidate || ancestors.contains($0) }
        }
        // The loader refuses clauses whose profiles do not extend each other; should they meet all the same, or should one
        // be missing, nothing leaves.
        if disposition == .deidentify, profile == nil { disposition = .sequester }
        if disposition != .deidentify { profile = nil }

        return Decision(
            audience: audience.id, disposition: disposition, profile: profile,
            carriesLabels: disposition == .flag && applied.contains(where: \.carriesLabels),
            obligations: Set(applied.flatMap(\.obligations)).sorted(), labels: labels.sorted { $0.label < $1.label },
            confidentiality: confidentiality(of: labels, ruleSet),
            clauses: meetings.sorted { precedes($0, $1, profile) }.map(\.clause))
    }

    private struct Meeting {
        var clause: AppliedClause
        var consequence: Audience.Consequence
    }

    /// A clause whose label is there, certain or not.
    private static func meeting(
        _ clause: Audience.Clause, _ labels: [AssignedLabel], _ ruleSet: RuleSet
    ) -> Meeting? {
        // Of few labels, mostly none: a set of those that are wanted would take longer to make than to do without.
        let there = labels.filter { clause.labels.contains($0.label) }.map(\.label).sorted()
        guard !there.isEmpty else { return nil }
        let applied = AppliedClause(
            labels: there, disposition: clause.consequence.disposition, location: clause.location,
            liftedBy: lifting(clause, there, labels, ruleSet))
        return Meeting(clause: applied, consequence: clause.consequence)
    }

    /// The label that lifts a clause: it is certain, and says of itself that it may lift all that made the clause apply.
    private static func lifting(
        _ clause: Audience.Clause, _ there: [String], _ labels: [AssignedLabel], _ ruleSet: RuleSet
    ) -> String? {
        guard let unless = clause.unless, let may = ruleSet.labels[unless]?.lifts else { return nil }
        let isCertain = labels.contains { $0.label == unless && $0.isCertain }
        return isCertain && Set(there).isSubset(of: may) ? unless : nil
    }

    /// What decided comes first. By labels before places, so that the order of clauses in the file is not told (P4).
    private static func precedes(_ left: Meeting, _ right: Meeting, _ profile: String?) -> Bool {
        func rank(_ meeting: Meeting) -> (Int, Int, Int, String, SourceLocation) {
            let takesProfile = profile != nil && meeting.consequence.profile == profile
            return (
                meeting.clause.liftedBy == nil ? 0 : 1, -meeting.clause.disposition.rawValue, takesProfile ? 0 : 1,
                meeting.clause.labels.joined(separator: " "), meeting.clause.location
            )
        }
        return rank(left) < rank(right)
    }

    /// HL7 v3-Confidentiality in its order: unrestricted, low, moderate, normal, restricted, very restricted.
    private static let confidentialities = ["U", "L", "M", "N", "R", "V"]

    /// The highest. A code that is none of HL7's counts as more than all of them.
    private static func confidentiality(of labels: [AssignedLabel], _ ruleSet: RuleSet) -> String? {
        let codes = labels.compactMap { assigned -> String? in
            guard let label = ruleSet.labels[assigned.label], label.dimension == .confidentiality else { return nil }
            return label.code
        }
        func rank(_ code: String) -> (Int, String) {
            (confidentialities.firstIndex(of: code) ?? confidentialities.count, code)
        }
        return codes.max { rank($0) < rank($1) }
    }
}
