public import RuleLanguage

/// All evaluations of a run, joined by study and patient. Adding in any order, and adding twice, gives the same book (P4).
/// It grows with the studies and with what fired for them, not with their instances (P9).
public struct StudyBook: Sendable {
    let labels: LabelTable
    let rules: RuleTable
    let vocabulary: [String: Label]
    private(set) var tier: Int
    var groups: [GroupKey: Group] = [:]
    var residuals = Interned<Residual>()
    var evidence = Interned<[Evidence]>()

    /// - Parameter tier: how far the site has climbed; nil takes the rule set's own.
    public init(_ ruleSet: RuleSet, tier: Int? = nil) {
        self.labels = LabelTable(ruleSet)
        self.rules = RuleTable(ruleSet, labels: labels)
        self.vocabulary = ruleSet.labels
        self.tier = tier ?? ruleSet.tier
    }

    /// The same book at a site that has climbed less far: resolved, it has the labels that rules of the tier above see.
    package func lowered(to tier: Int) -> StudyBook {
        var book = self
        book.tier = min(tier, self.tier)
        return book
    }

    /// The instances of one study that name the same patient.
    struct GroupKey: Hashable, Sendable {
        var study: StudyKey
        var patient: PatientKey
    }

    /// What their instances left, each thing once.
    struct Group: Sendable {
        var outcomes: [Outcome] = []
        var incoming: [Incoming] = []
        var referencedStudies: Set<String> = []
        var referencedPatients: Set<PatientKey> = []
    }

    /// Residual and evidence by number.
    struct Outcome: Sendable {
        var rule: Int32
        var residual: Int32
        var evidence: Int32
    }

    struct Incoming: Sendable {
        var kind: Evaluation.IncomingCode.Kind
        var label: Int32
        var evidence: Int32
    }

    /// Joins one instance's evaluation, made by an `Evaluator` of the same rule set.
    public mutating func add(_ evaluation: Evaluation) {
        let studies = [evaluation.study] + evaluation.otherStudies.map { StudyKey(uid: $0, fallback: "") }
        for study in studies {
            for patient in [evaluation.patient] + evaluation.otherPatients {
                add(evaluation, to: GroupKey(study: study.normalized, patient: patient))
            }
        }
        // What is said of the other studies holds for this one, too.
        let own = GroupKey(study: evaluation.study.normalized, patient: evaluation.patient)
        groups[own]?.referencedStudies.formUnion(evaluation.otherStudies)
    }

    private mutating func add(_ evaluation: Evaluation, to key: GroupKey) {
        // Taken out while it is changed, so that its arrays are not copied.
        var group = groups.updateValue(Group(), forKey: key) ?? Group()
        for outcome in evaluation.outcomes { add(outcome, to: &group) }
        for code in evaluation.incoming { add(code, to: &group) }
        group.referencedStudies.formUnion(evaluation.referencedStudies)
        group.referencedPatients.formUnion(evaluation.referencedPatients)
        groups[key] = group
    }

    private mutating func add(_ outcome: Evaluation.Outcome, to group: inout Group) {
        let residual = residuals.number(outcome.residual)
        let same = group.outcomes.firstIndex { $0.rule == outcome.rule && $0.residual == residual }
        if let same {
            group.outcomes[same].evidence = joined(group.outcomes[same].evidence, outcome.evidence)
        } else {
            let evidence = evidence.number(outcome.evidence)
            group.outcomes.append(Outcome(rule: Int32(outcome.rule), residual: residual, evidence: evidence))
        }
    }

    private mutating func add(_ code: Evaluation.IncomingCode, to group: inout Group) {
        if let same = group.incoming.firstIndex(where: { $0.kind == code.kind && $0.label == code.label }) {
            group.incoming[same].evidence = joined(group.incoming[same].evidence, code.evidence)
        } else {
            let evidence = evidence.number(code.evidence)
            group.incoming.append(Incoming(kind: code.kind, label: Int32(code.label), evidence: evidence))
        }
    }

    private mutating func joined(_ known: Int32, _ new: [Evidence]) -> Int32 {
        let old = evidence[known]
        return old == new ? known : evidence.number(Evidence.joined(old, new))
    }
}
