/// A clause on a label above the tier of the site never applies: no rule gives the label yet. That may be no loss, when a
/// clause of the same audience on what the label refines asks for as much; else the study would leave as if nothing were
/// known of it (P2).
struct TierCoverage {
    let labels: [String: Label]
    let profiles: [String: Profile]
    let tier: Int

    /// Labels of the clause for which nothing would be done, in their order.
    func openLabels(of clause: Audience.Clause, in audience: Audience) -> [String] {
        guard !asksAsMuch(audience.always, as: clause.consequence) else { return [] }
        return clause.labels.filter { name in
            guard let label = labels[name], label.tier > tier else { return false }
            return !ancestors(of: label).contains { ancestor in
                audience.clauses.contains {
                    $0.unless == nil && $0.labels.contains(ancestor)
                        && asksAsMuch($0.consequence, as: clause.consequence)
                }
            }
        }
    }

    /// Whether a consequence restricts at least as much as another. Of two profiles the one that extends the other is taken where
    /// both are asked for: without it the study would leave by the other.
    private func asksAsMuch(_ own: Audience.Consequence, as other: Audience.Consequence) -> Bool {
        guard own.disposition == other.disposition else { return own.disposition > other.disposition }
        guard let wanted = other.profile, let profile = own.profile, profile != wanted else { return true }
        // One that is wrong is not among them, and has been spoken of.
        return profiles[profile].map { $0.ancestors.contains(wanted) } ?? true
    }

    /// Of the site's tier and below.
    private func ancestors(of label: Label) -> Set<String> {
        labels.ancestors(of: label.id).filter { (labels[$0]?.tier ?? 5) <= tier }
    }

    func message(_ name: String) -> String {
        "`\(name)` is of tier \(labels[name]?.tier ?? 0) and the site is at tier \(tier): what is asked for would not be done"
    }

    func hint(_ name: String, _ clause: Audience.Clause) -> String {
        let parent = labels[name].map { ancestors(of: $0).sorted() }?.first ?? RuleSet.sensitive
        let profile = clause.consequence.profile.map { " profile=\"\($0)\"" } ?? ""
        return
            "add <on label=\"\(parent)\"><\(clause.consequence.disposition.name)\(profile)/></on>, or take the clause out until the "
            + "site is at tier \(labels[name]?.tier ?? 0)"
    }
}

extension RuleSet {
    /// The same rule set for a site at another tier. Throws what would be said of it had its file stated the tier.
    public func at(tier: Int) throws(TierError) -> RuleSet {
        guard (1...4).contains(tier) else { throw TierError(reason: "a tier is 1, 2, 3 or 4") }
        let coverage = TierCoverage(labels: labels, profiles: profiles, tier: tier)
        for (id, audience) in audiences.sorted(by: { $0.key < $1.key }) {
            for clause in audience.clauses {
                guard let open = coverage.openLabels(of: clause, in: audience).first else { continue }
                throw TierError(
                    reason:
                        "\(clause.location): audience `\(id)`: \(coverage.message(open)); \(coverage.hint(open, clause))"
                )
            }
        }
        // What lifts may be of a tier that the file does not state.
        let reach = AudienceReach(labels: labels, tier: tier)
        for assertion in assertions {
            guard let broken = AssertionCheck.counterexample(to: assertion, audiences, reach) else { continue }
            throw TierError(
                reason: "\(assertion.location): \(AssertionCheck.message(broken)); \(AssertionCheck.hint(broken))")
        }
        var result = self
        result.tier = tier
        return result
    }

    /// Why a rule set is not for a tier. No full stop, one line.
    public struct TierError: Error, Hashable, Sendable {
        public var reason: String
    }
}
