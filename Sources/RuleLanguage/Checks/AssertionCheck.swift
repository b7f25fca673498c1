/// Proves what must never come of a rule set, or says what does.
struct AssertionCheck {
    let log: FindingLog
    let labels: [String: Label]
    let audiences: [String: Audience]
    let tier: Int

    func check(_ written: [AssertionParser.Written]) {
        let reach = AudienceReach(labels: labels, tier: tier)
        for (assertion, place) in written.map({ ($0.assertion, $0.place) }) {
            for name in assertion.labels where reach.closure(of: [name]).isEmpty {
                log.warning(
                    .emptyAssertion,
                    "`\(name)` and all that it comes with are above the site's tier \(tier): no study has it", at: place
                )
            }
            guard let broken = Self.counterexample(to: assertion, audiences, reach) else { continue }
            log.error(.assertionFails, Self.message(broken), at: place, hint: Self.hint(broken))
        }
    }

    /// A study that gets what it must not.
    struct Broken {
        var audience: Audience
        var label: String
        var disposition: Disposition
        var found: AudienceReach.Found
    }

    static func counterexample(
        to assertion: Assertion, _ audiences: [String: Audience], _ reach: AudienceReach
    ) -> Broken? {
        let names = assertion.audiences.isEmpty ? audiences.keys.sorted() : assertion.audiences
        for audience in names.compactMap({ audiences[$0] }) {
            // Of a label that no study can have here nothing is to be proved.
            for label in assertion.labels where !reach.closure(of: [label]).isEmpty {
                for disposition in assertion.dispositions.sorted() {
                    let found = reach.labels(
                        with: [label], for: disposition, audience: audience, excluding: Set(assertion.unless))
                    if let found {
                        return Broken(audience: audience, label: label, disposition: disposition, found: found)
                    }
                }
            }
        }
        return nil
    }

    static func message(_ broken: Broken) -> String {
        let have = broken.found.labels.isEmpty ? [broken.label] : broken.found.labels
        let names = Spelling.list(have, conjunction: "and")
        return "`\(broken.audience.id)` gets `\(broken.disposition.name)` of a study with \(names)"
    }

    static func hint(_ broken: Broken) -> String {
        if let clause = broken.found.lifted.first, let unless = clause.unless {
            return "`\(unless)` lifts the clause at \(clause.location)"
        }
        return "nothing asks for more than `\(broken.disposition.name)`; see the clauses at \(broken.audience.location)"
    }
}
