import RuleLanguage

/// The rules of a rule set by number: sorted by tier and name, whatever their order was, and the same for every tier that
/// a site may have climbed to.
struct RuleTable: Sendable {
    let rules: [Entry]

    struct Entry: Sendable {
        var id: String
        var tier: Int
        var location: SourceLocation
        var studyLabels: [Int]
        var patientLabels: [Int]
        var holds: [RuleHold]
    }

    init(_ ruleSet: RuleSet, labels: LabelTable) {
        rules = Self.sorted(ruleSet).map { rule in
            Entry(
                id: rule.id, tier: rule.tier, location: rule.location,
                studyLabels: rule.studyLabels.compactMap(labels.number).sorted(),
                patientLabels: rule.patientLabels.compactMap(labels.number).sorted(), holds: rule.holds)
        }
    }

    static func sorted(_ ruleSet: RuleSet) -> [Rule] {
        // By numbers: a rule is large, and would be moved about.
        let rules = ruleSet.rules
        return rules.indices.sorted {
            let left = rules[$0], right = rules[$1]
            return (left.tier, left.id, left.location) < (right.tier, right.id, right.location)
        }.map { rules[$0] }
    }
}
