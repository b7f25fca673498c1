import DICOMCore
public import DICOMFile
public import RuleLanguage

/// Asks one instance what the rules of the site's tier want to know. Made once for a rule set, used for any number of
/// instances on any number of threads.
public struct Evaluator: Sendable {
    private let labels: LabelTable
    private let rules: [CompiledRule]
    private let table: AttributeTable
    private let index: RuleIndex
    private let identity: InstanceIdentity
    private let signatures: (any SignatureKnowledge)?
    /// What of a data set it will ask for: a file of which no more is remembered comes out the same.
    public let selection: ElementSelection

    private struct CompiledRule: Sendable {
        /// In `RuleTable`.
        var number: Int
        var question: Question
        var asksForLabels: Bool
    }

    /// - Parameters:
    ///   - tier: how far the site has climbed; nil takes the rule set's own. Rules above it are not asked.
    ///   - signatures: is asked of an instance when a rule asks for its signatures; nil leaves them unknown.
    public init(_ ruleSet: RuleSet, tier: Int? = nil, signatures: (any SignatureKnowledge)? = nil) {
        let tier = tier ?? ruleSet.tier
        let labels = LabelTable(ruleSet)
        var table = AttributeTable()
        let given = RuleTable(ruleSet, labels: labels).rules.filter { $0.tier <= tier }
        let identity = InstanceIdentity(&table, given, labels)
        let rules = RuleTable.sorted(ruleSet).enumerated().filter { $1.tier <= tier }.map { number, rule in
            let question = Question(rule.condition, ruleSet, labels, &table)
            return CompiledRule(
                number: number, question: question, asksForLabels: !rule.condition.labels.isEmpty)
        }
        table.finish()
        self.labels = labels
        self.table = table
        let isWhole = rules.contains { $0.question.asksForSignature }
        selection = isWhole ? .everything : table.selected.union(ElementSelection([.sopInstanceUID]))
        self.identity = identity
        self.signatures = signatures
        self.rules = rules
        index = RuleIndex(rules.map(\.question), table)
    }

    /// What is left of the rules for this instance. The study's `fallback` is the SOP Instance UID; a caller who knows a
    /// name that is unique in the run sets that one where the study has no UID.
    /// - Parameters:
    ///   - known: what the registry knows of the instance; nil when none was asked, so that holds are unknown.
    ///   - isExcerpt: the data set is part of something that is not at hand, as the answer to a query is of a study. What it
    ///     gives no value is unknown then, not absent.
    ///   - signatures: asked for this instance, in place of what the evaluator asks.
    public func evaluate(
        _ file: DICOMFile, source: Condition.Source = Condition.Source(), known: RegistryKnowledge? = nil,
        isExcerpt: Bool = false, signatures: (any SignatureKnowledge)? = nil
    ) -> Evaluation {
        let facts = InstanceFacts(
            file, source: source, known: known, isExcerpt: isExcerpt, signatures: signatures ?? self.signatures,
            table: table)
        var evaluation = identity.evaluation(of: facts)
        evaluation.incoming += IncomingCodes(facts, identity, labels).codes
        evaluation.incoming += known?.codes(labels) ?? []
        for number in index.candidates(facts) {
            let rule = rules[number]
            let residual = rule.asksForLabels ? facts.residual(rule.question) : .known(facts.truth(rule.question))
            guard residual != .known(.false) else { continue }
            evaluation.outcomes.append(
                Evaluation.Outcome(
                    rule: rule.number, residual: residual,
                    evidence: Evidence.smallest(facts.evidence(rule.question))))
        }
        return evaluation
    }
}
