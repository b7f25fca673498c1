/// What an audience can come to for studies with some labels, whatever else the studies have.
///
/// A study's labels may come from rules, from codes that came in, from other instances of the study or from the registry,
/// so any set of them may meet that holds what its members come with. Clauses only restrict and labels only add clauses,
/// but for those that lift: so of all sets that come to a disposition the smallest are enough, and each is found by adding
/// what is needed and nothing else. The answer is exact, in both directions.
package struct AudienceReach {
    private let labels: [String: Label]
    private let tier: Int

    /// - Parameter tier: of the site. A label above it is not seen; what it comes with is.
    package init(labels: [String: Label], tier: Int) {
        self.labels = labels
        self.tier = tier
    }

    /// Labels of a study that comes to a disposition.
    package struct Found: Sendable {
        /// All that it has, sorted, within the site's tier.
        package var labels: [String]
        /// Those that lift a clause, and so are certain: sorted.
        package var lifting: [String]
        /// Clauses that are lifted, in the audience's order.
        package var lifted: [Audience.Clause]
    }

    /// Some labels, the given ones among them, for which the audience comes to exactly this disposition. Nil when there are
    /// none.
    /// - Parameter excluded: labels that are not certain, so that they lift nothing.
    package func labels(
        with given: [String], for disposition: Disposition, audience: Audience, excluding excluded: Set<String> = []
    ) -> Found? {
        guard audience.always.disposition <= disposition else { return nil }
        // Something has to ask for as much: `always`, or one of the clauses by one of its labels.
        let isEnough = audience.always.disposition == disposition
        let asking = audience.clauses.filter { $0.consequence.disposition == disposition }
        let choices: [[String]] = (isEnough ? [[]] : []) + asking.flatMap { clause in clause.labels.map { [$0] } }
        for choice in choices {
            if let found = smallest(given + choice, audience, disposition, excluded) { return found }
        }
        return nil
    }

    /// The smallest set above these labels in which nothing asks for more than the disposition; nil when something does,
    /// and cannot be lifted, or when nothing asks for as much any more.
    private func smallest(
        _ given: [String], _ audience: Audience, _ disposition: Disposition, _ excluded: Set<String>
    ) -> Found? {
        var present = closure(of: given)
        var lifting: Set<String> = []
        while true {
            let applied = audience.clauses.filter { !present.isDisjoint(with: $0.labels) }
            let above = applied.filter { $0.consequence.disposition > disposition && !isLifted($0, present, lifting) }
            guard let clause = above.first else {
                let standing = applied.filter { !isLifted($0, present, lifting) }.map(\.consequence.disposition)
                guard (standing + [audience.always.disposition]).max() == disposition else { return nil }
                return Found(
                    labels: present.sorted(), lifting: lifting.sorted(),
                    lifted: applied.filter { isLifted($0, present, lifting) })
            }
            // Only the label that it names can lift it, and it has to be one that the site's tier has.
            guard let unless = clause.unless, mayLift(unless, clause, present), !excluded.contains(unless),
                (labels[unless]?.tier ?? 5) <= tier, lifting.insert(unless).inserted
            else { return nil }
            present.formUnion(closure(of: [unless]))
        }
    }

    private func isLifted(_ clause: Audience.Clause, _ present: Set<String>, _ lifting: Set<String>) -> Bool {
        clause.unless.map { lifting.contains($0) && mayLift($0, clause, present) } ?? false
    }

    /// A label that lifts must say so of all that make the clause apply.
    private func mayLift(_ unless: String, _ clause: Audience.Clause, _ present: Set<String>) -> Bool {
        present.intersection(clause.labels).isSubset(of: labels[unless]?.lifts ?? [])
    }

    /// With all that they come with, as far as the site's tier goes.
    package func closure(of given: [String]) -> Set<String> {
        var found: Set<String> = []
        var open = given
        while let name = open.popLast() {
            if found.insert(name).inserted { open += labels[name]?.parents ?? [] }
        }
        return found.filter { (labels[$0]?.tier ?? 1) <= tier }
    }
}
