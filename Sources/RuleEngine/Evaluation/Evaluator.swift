import DICOMCore
public import DICOMFile
public import RuleLanguage

/// Asks one instance what the rules of the site's tier want to know. Made once for a rule set, used for any number of
/// instances on any number of threads.
public struct Evaluator: Sendable {
    private let labels: LabelTable
    private let rules: [CompiledRule]
    private let table: AttributeTable
    /// Rules that an attribute may make fire, by slot; the others are asked of every instance.
    private let rulesOfSlot: [[Int]]
    private let identity: InstanceIdentity

    private struct CompiledRule: Sendable {
        /// In `RuleTable`.
        var number: Int
        var question: Question
        var asksForLabels: Bool
        /// Slots filled in passing, without which the rule is false.
        var triggers: Set<Int>?
    }

    /// - Parameter tier: how far the site has climbed; nil takes the rule set's own. Rules above it are not asked.
    public init(_ ruleSet: RuleSet, tier: Int? = nil) {
        let tier = tier ?? ruleSet.tier
        let labels = LabelTable(ruleSet)
        var table = AttributeTable()
        let given = RuleTable(ruleSet, labels: labels).rules.filter { $0.tier <= tier }
        let identity = InstanceIdentity(&table, given, labels)
        let rules = RuleTable.sorted(ruleSet).enumerated().filter { $1.tier <= tier }.map { number, rule in
            let question = Question(rule.condition, ruleSet, labels, &table)
            return CompiledRule(
                number: number, question: question, asksForLabels: !rule.condition.labels.isEmpty,
                triggers: question.triggers(table))
        }
        var rulesOfSlot = [[Int]](repeating: [], count: table.slots.count)
        for (index, rule) in rules.enumerated() {
            for slot in rule.triggers ?? [] { rulesOfSlot[slot].append(index) }
        }
        self.labels = labels
        self.table = table
        self.identity = identity
        self.rules = rules
        self.rulesOfSlot = rulesOfSlot
    }

    /// What is left of the rules for this instance. The study's `fallback` is the SOP Instance UID; a caller who knows a
    /// name that is unique in the run sets that one where the study has no UID.
    /// - Parameters:
    ///   - known: what the registry knows of the instance; nil when none was asked, so that holds are unknown.
    ///   - isExcerpt: the data set is part of something that is not at hand, as the answer to a query is of a study. What it
    ///     gives no value is unknown then, not absent.
    public func evaluate(
        _ file: DICOMFile, source: Condition.Source = Condition.Source(), known: RegistryKnowledge? = nil,
        isExcerpt: Bool = false
    ) -> Evaluation {
        let facts = InstanceFacts(file, source: source, known: known, isExcerpt: isExcerpt, table: table)
        var evaluation = identity.evaluation(of: facts)
        evaluation.incoming += IncomingCodes(facts, identity, labels).codes
        evaluation.incoming += known?.codes(labels) ?? []
        for index in candidates(facts) {
            let rule = rules[index]
            let residual = rule.asksForLabels ? facts.residual(rule.question) : .known(facts.truth(rule.question))
            guard residual != .known(.false) else { continue }
            evaluation.outcomes.append(
                Evaluation.Outcome(
                    rule: rule.number, residual: residual,
                    evidence: Evidence.smallest(facts.evidence(rule.question))))
        }
        return evaluation
    }

    /// Rules that can come out other than false, in order.
    private func candidates(_ facts: InstanceFacts) -> [Int] {
        var isCandidate = rules.map { $0.triggers == nil }
        for slot in rulesOfSlot.indices where facts.isFilled(slot) {
            for rule in rulesOfSlot[slot] { isCandidate[rule] = true }
        }
        return isCandidate.indices.filter { isCandidate[$0] }
    }
}

extension Question {
    /// Slots of which one must be filled for the question to come out other than false; nil when none need be.
    func triggers(_ table: AttributeTable) -> Set<Int>? {
        func trigger(_ slot: Int) -> Set<Int>? {
            switch table.slots[slot].place {
            case .topLevel, .anyDepth: [slot]
            case .walked(let gate): gate.map { [$0] }
            case .fileMeta: nil
            }
        }
        switch self {
        case .all(let parts): return parts.compactMap { $0.triggers(table) }.min { $0.count < $1.count }
        case .any(let parts):
            var union: Set<Int> = []
            for part in parts {
                guard let slots = part.triggers(table) else { return nil }
                union.formUnion(slots)
            }
            return union
        case .not, .labelled: return nil
        case .leaf(let leaf):
            switch leaf.test {
            case .present(let slot), .empty(let slot), .item(_, let slot, _): return trigger(slot)
            case .value(let view, _): return trigger(table.views[view].slot)
            case .inList(_, let views):
                var union: Set<Int> = []
                for view in views {
                    guard let slots = trigger(table.views[view].slot) else { return nil }
                    union.formUnion(slots)
                }
                return union
            case .absent, .held, .source, .preamble, .unanswerable: return nil
            }
        }
    }
}
