import DICOMCore
public import DICOMFile
public import RuleLanguage

/// Asks instances every condition of every rule, also those that no longer matter, and keeps the answers. For people who
/// want to know why; runs use `Evaluator`.
public struct RuleTracer: Sendable {
    private let rules: [(rule: Rule, question: Question)]
    private let table: AttributeTable
    private let labels: LabelTable

    /// The most items of a sequence that are told.
    static let itemLimit = 3

    public init(_ ruleSet: RuleSet, tier: Int? = nil) {
        let labels = LabelTable(ruleSet)
        var table = AttributeTable()
        rules = RuleTable.sorted(ruleSet).filter { $0.tier <= tier ?? ruleSet.tier }.map {
            ($0, Question($0.condition, ruleSet, labels, &table))
        }
        self.table = table
        self.labels = labels
    }

    /// - Parameters:
    ///   - only: ids of rules; nil for all.
    ///   - labels: what rules of lower tiers, codes and the registry say of the study, as a rule of that tier sees it.
    public func traces(
        of file: DICOMFile, source: Condition.Source = Condition.Source(), known: RegistryKnowledge? = nil,
        signatures: (any SignatureKnowledge)? = nil, only: Set<String>? = nil,
        labels: @escaping (_ name: String, _ tier: Int) -> Truth
    ) -> [RuleTrace] {
        let facts = InstanceFacts(file, source: source, known: known, signatures: signatures, table: table)
        return rules.filter { only?.contains($0.rule.id) ?? true }.map { rule, question in
            let asking = Asking(facts: facts, label: { labels($0, rule.tier) })
            return RuleTrace(
                id: rule.id, title: rule.title, tier: rule.tier, location: rule.location,
                studyLabels: rule.studyLabels, patientLabels: rule.patientLabels,
                condition: asking.trace(rule.condition, question, in: nil))
        }
    }

    private struct Asking {
        let facts: InstanceFacts
        let label: (String) -> Truth

        func trace(_ condition: Condition, _ question: Question, in scope: InstanceFacts.Scope) -> ConditionTrace {
            func made(_ truth: Truth, _ evidence: [Evidence] = [], _ parts: [ConditionTrace] = []) -> ConditionTrace {
                ConditionTrace(
                    name: condition.elementName, words: condition.words, location: condition.location, truth: truth,
                    evidence: evidence, parts: parts)
            }
            switch (condition.kind, question) {
            case (.all(let parts), .all(let questions)):
                let traces = zip(parts, questions).map { trace($0, $1, in: scope) }
                return made(traces.reduce(.true) { $0 && $1.truth }, [], traces)
            case (.any(let parts), .any(let questions)):
                let traces = zip(parts, questions).map { trace($0, $1, in: scope) }
                return made(traces.reduce(.false) { $0 || $1.truth }, [], traces)
            case (.not(let part), .not(let inner)):
                let inner = trace(part, inner, in: scope)
                return made(!inner.truth, [], [inner])
            case (.labelled(let name), _):
                let truth = label(name)
                let problem = truth == .unknown ? "the label is uncertain" : nil
                return made(
                    truth, [Evidence(attribute: "label \(name)", location: condition.location, problem: problem)])
            case (.item(let quantifier, _, let part), .leaf(let leaf)):
                guard case .item(_, let slot, let inner) = leaf.test else { return made(.unknown) }
                let truth = facts.truth(leaf, in: scope)
                let all = facts.items(of: slot, in: scope).items.prefix(4096).map { trace(part, inner, in: $0) }
                // What decided: the items that are as the whole is, or that keep it from being so.
                let wanted: Truth = truth == .unknown ? .unknown : quantifier == .some ? .true : .false
                let deciding = all.filter { $0.truth == wanted }
                let shown = (deciding.isEmpty ? all : deciding).prefix(RuleTracer.itemLimit)
                return made(truth, facts.evidence(.leaf(leaf), in: scope), Array(shown))
            case (_, .leaf(let leaf)): return made(facts.truth(leaf, in: scope), facts.evidence(question, in: scope))
            default: return made(.unknown)
            }
        }
    }
}
