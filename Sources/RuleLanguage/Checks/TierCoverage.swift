/// A clause on a label above the tier of the site never applies: no rule gives the label yet. That may be no loss, when a
/// clause of the same audience on what the label refines asks for as much; else the study would leave as if nothing were
/// known of it (P2).
struct TierCoverage {
    let labels: [String: Label]
    let tier: Int

    /// Labels of the clause for which nothing would be done, in their order.
    func openLabels(of clause: Audience.Clause, in audience: Audience) -> [String] {
        guard clause.consequence.disposition > audience.always.disposition else { return [] }
        return clause.labels.filter { name in
            guard let label = labels[name], label.tier > tier else { return false }
            return !ancestors(of: label).contains { ancestor in
                audience.clauses.contains {
                    $0.unless == nil && $0.labels.contains(ancestor)
                        && $0.consequence.disposition >= clause.consequence.disposition
                }
            }
        }
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
        return
            "add <on label=\"\(parent)\"><\(clause.consequence.disposition.name)/></on>, or take the clause out until the "
            + "site is at tier \(labels[name]?.tier ?? 0)"
    }
}

extension RuleSet {
    /// The same rule set for a site at another tier. Throws what would be said of it had its file stated the tier.
    public func at(tier: Int) throws(TierError) -> RuleSet {
        guard (1...4).contains(tier) else { throw TierError(reason: "a tier is 1, 2, 3 or 4") }
        let coverage = TierCoverage(labels: labels, tier: tier)
        for (id, audience) in audiences.sorted(by: { $0.key < $1.key }) {
            for clause in audience.clauses {
                guard let open = coverage.openLabels(of: clause, in: audience).first else { continue }
                throw TierError(
                    reason:
                        "\(clause.location): audience `\(id)`: \(coverage.message(open)); \(coverage.hint(open, clause))"
                )
            }
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
