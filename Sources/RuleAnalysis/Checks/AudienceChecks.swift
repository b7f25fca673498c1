import RuleEngine
import RuleLanguage

/// What audiences do with labels: clauses that meet and differ, labels that are released.
struct AudienceChecks {
    let ruleSet: RuleSet
    let formulas: RuleFormulas
    let trial: Trial

    /// Pairs of clauses that are looked at in one audience (P9).
    private static let mostPairs = 400

    func findings() -> [AnalysisFinding] {
        ruleSet.audiences.values.sorted { $0.id < $1.id }.flatMap { overlaps(in: $0) + released(by: $0) }
    }

    private var study: LabelStudy { LabelStudy(ruleSet: ruleSet, formulas: formulas) }

    // MARK: - Clauses that meet

    private func overlaps(in audience: Audience) -> [AnalysisFinding] {
        let clauses = audience.clauses.sorted { $0.location < $1.location }
        let pairs = clauses.indices.flatMap { left in clauses.indices.filter { $0 > left }.map { (left, $0) } }
        return pairs.prefix(Self.mostPairs).compactMap { overlap(clauses[$0.0], clauses[$0.1], audience) }
    }

    private func overlap(_ left: Audience.Clause, _ right: Audience.Clause, _ audience: Audience) -> AnalysisFinding? {
        guard left.consequence.disposition != right.consequence.disposition else { return nil }
        let stronger = left.consequence.disposition > right.consequence.disposition ? left : right
        let weaker = left.consequence.disposition > right.consequence.disposition ? right : left
        // A clause on what a label comes with is refined by one on the label: they are meant to meet.
        for label in weaker.labels where ruleSet.labels[label].map({ $0.tier <= ruleSet.tier }) ?? false {
            for other in stronger.labels
            where other != label && (ruleSet.labels[other].map { $0.tier <= ruleSet.tier } ?? false) {
                let families = [label, other].map { LabelFamily.ancestors(of: $0, in: ruleSet) }
                guard !families[0].contains(other), !families[1].contains(label) else { continue }
                guard rulesGive(label), rulesGive(other) else { continue }
                let example = try? study.example(of: [label, other]) { example in
                    guard let decision = trial.observe(example)?.decision(audience.id) else { return false }
                    let applied = decision.clauses.filter { $0.liftedBy == nil }.map(\.location)
                    return applied.contains(weaker.location) && applied.contains(stronger.location)
                        && decision.disposition >= stronger.consequence.disposition
                }
                guard let example else { continue }
                return AnalysisFinding(
                    .note, .overlappingClauses,
                    "a study with `\(label)` and `\(other)` meets `\(weaker.consequence.disposition.name)` here and "
                        + "`\(stronger.consequence.disposition.name)` at \(stronger.location), and gets the latter",
                    at: weaker.location, hint: "clauses only restrict: the most restrictive that applies is done",
                    subject: audience.id, example: example,
                    shows: "`\(audience.id)` gets `\(stronger.consequence.disposition.name)`")
            }
        }
        return nil
    }

    private func rulesGive(_ label: String) -> Bool {
        ruleSet.rules.contains { rule in
            rule.tier <= ruleSet.tier
                && (rule.studyLabels + rule.patientLabels).contains {
                    LabelFamily.ancestors(of: $0, in: ruleSet).contains(label)
                }
        }
    }

    // MARK: - Labels that are released

    /// Labels that say that a study is sensitive, and studies with them are released as they are.
    private func released(by audience: Audience) -> [AnalysisFinding] {
        let reach = AudienceReach(labels: ruleSet.labels, tier: ruleSet.tier)
        let sensitive = ruleSet.labels.keys.filter {
            let label = ruleSet.labels[$0]
            return label.map { $0.tier <= ruleSet.tier && $0.lifts.isEmpty } ?? false
                && LabelFamily.ancestors(of: $0, in: ruleSet).contains(RuleSet.sensitive)
        }.sorted()
        var labels: [String] = []
        var first: (label: String, found: AudienceReach.Found)?
        for label in sensitive {
            guard let found = reach.labels(with: [label], for: .release, audience: audience) else { continue }
            labels.append(label)
            // One that rules give shows most.
            if first == nil || rulesGive(label) && !rulesGive(first?.label ?? "") { first = (label, found) }
        }
        guard let first else { return [] }
        let wanted = Set([first.label] + first.found.lifting).sorted()
        let harmful = Set(audience.clauses.flatMap(\.labels)).subtracting(first.found.labels)
        let example = try? study.example(of: wanted, certain: Set(first.found.lifting), without: harmful) { example in
            guard let seen = trial.observe(example) else { return false }
            return seen.decision(audience.id)?.disposition == .release && seen.truth(ofLabel: first.label) != .false
        }
        let shown = labels.prefix(6).map { "`\($0)`" }.joined(separator: ", ")
        let more = labels.count > 6 ? " and \(labels.count - 6) more" : ""
        return [
            AnalysisFinding(
                .note, .labelReleased, "`\(audience.id)` may get studies released as they are with \(shown)\(more)",
                at: audience.location,
                hint: first.found.lifted.first.map { "a label lifts the clause at \($0.location)" }
                    ?? "nothing in the audience asks for more",
                subject: audience.id, example: example ?? nil,
                shows: example == nil ? nil : "`\(audience.id)` gets `release` of a study with `\(first.label)`")
        ]
    }
}
