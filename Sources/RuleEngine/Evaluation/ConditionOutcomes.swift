package import DICOMFile
package import RuleLanguage

/// How each condition of a rule set comes out for an instance, in all its parts: also of those that an evaluation passes
/// over, since the answer is known without them. For the coverage of tests; an `Evaluator` is what decides.
package struct ConditionOutcomes: Sendable {
    private let rules: [(rule: Rule, question: Question)]
    private let table: AttributeTable

    /// The truth values that something had.
    package struct Outcomes: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let `true` = Outcomes(rawValue: 1)
        package static let `false` = Outcomes(rawValue: 2)
        package static let unknown = Outcomes(rawValue: 4)
        package static let all: Outcomes = [.true, .false, .unknown]

        package init(_ truth: Truth) {
            switch truth {
            case .true: self = .true
            case .false: self = .false
            case .unknown: self = .unknown
            }
        }
    }

    /// Rules above the rule set's tier are not asked.
    package init(_ ruleSet: RuleSet) {
        let labels = LabelTable(ruleSet)
        var table = AttributeTable()
        rules = RuleTable.sorted(ruleSet).filter { $0.tier <= ruleSet.tier }.map { rule in
            (rule, Question(rule.condition, ruleSet, labels, &table))
        }
        self.table = table
    }

    /// The outcomes of every condition by its place. One within `some` or `every` is asked of each item.
    ///
    /// - Parameter label: whether a label is there, as rules of the given tier see it.
    package func outcomes(
        of file: DICOMFile, source: Condition.Source, known: RegistryKnowledge?,
        signatures: (any SignatureKnowledge)? = nil, label: (_ name: String, _ tier: Int) -> Truth
    ) -> [SourceLocation: Outcomes] {
        var visit = Visit(
            facts: InstanceFacts(file, source: source, known: known, signatures: signatures, table: table))
        for (rule, question) in rules {
            _ = visit.truth(rule.condition, question, in: nil) { label($0, rule.tier) }
        }
        return visit.outcomes
    }

    private struct Visit {
        let facts: InstanceFacts
        var outcomes: [SourceLocation: Outcomes] = [:]

        mutating func truth(
            _ condition: Condition, _ question: Question, in scope: InstanceFacts.Scope, _ label: (String) -> Truth
        ) -> Truth {
            var truth = Truth.unknown
            switch (condition.kind, question) {
            case (.all(let conditions), .all(let questions)):
                truth = .true
                for (part, asked) in zip(conditions, questions) {
                    truth = self.truth(part, asked, in: scope, label) && truth
                }
            case (.any(let conditions), .any(let questions)):
                truth = .false
                for (part, asked) in zip(conditions, questions) {
                    truth = self.truth(part, asked, in: scope, label) || truth
                }
            case (.not(let part), .not(let asked)): truth = !self.truth(part, asked, in: scope, label)
            case (.labelled(let name), _): truth = label(name)
            case (.item(_, _, let part), .leaf(let leaf)):
                truth = facts.truth(leaf, in: scope)
                if case .item(_, let slot, let asked) = leaf.test {
                    for item in facts.items(of: slot, in: scope).items {
                        _ = self.truth(part, asked, in: item, label)
                    }
                }
            case (_, .leaf(let leaf)): truth = facts.truth(leaf, in: scope)
            default: break
            }
            outcomes[condition.location, default: []].insert(Outcomes(truth))
            return truth
        }
    }
}
