import DICOMCore
import DICOMFile
public import Registry
public import RuleEngine
public import RuleLanguage

extension Evaluator {
    /// What counts of an instance that was decided and whose bytes were removed since: what the registry has of it, the labels that it
    /// was decided with, and what is known now. What nobody can look at any more was answered then.
    ///
    /// - Parameters:
    ///   - explanations: of the last decisions that were recorded of it.
    ///   - known: holds and labels that the registry has now, and what rules gave to its patient in other studies.
    /// - Throws: `AccessError` when what the registry has is more than a data set holds.
    public func evaluate(
        removed instance: Instance, decidedWith explanations: [String], of ruleSet: RuleSet, known: RegistryKnowledge
    ) throws(AccessError) -> Evaluation {
        let recorded = RecordedLabels(explanations, ruleSet: ruleSet)
        var excerpt = Identifier()
        excerpt.set(.specificCharacterSet, "ISO_IR 192")
        for (attribute, text) in instance.attributes where text.utf8.count < 60_000 { excerpt.set(attribute.tag, text) }
        let all = RegistryKnowledge(holds: known.holds, labels: known.labels + recorded.known)
        let evaluation = evaluate(try excerpt.file(), known: all, isExcerpt: true)
        // Of what was never decided, or of which nobody can say how, everything is open.
        guard !explanations.isEmpty, !recorded.isUnreadable else { return evaluation }
        let hasNew = !Set(known.labels.map(\.name)).isSubset(of: recorded.names)
        return evaluation.afterDecision(hasNewLabels: hasNew)
    }
}
