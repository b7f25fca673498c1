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
        let own = GroupKey(study: evaluation.study.normalized, patient: evaluation.patient)
        // Nearly no instance names more than one study and one patient.
        if evaluation.otherStudies.isEmpty, evaluation.otherPatients.isEmpty { return add(evaluation, to: own) }
        let studies = [own.study] + evaluation.otherStudies.map { StudyKey(uid: $0, fallback: "") }
        for study in studies {
            for patient in [evaluation.patient] + evaluation.otherPatients {
                add(evaluation, to: GroupKey(study: study, patient: patient))
            }
        }
        // What is said of the other studies holds for this one, too.
        groups[own]?.referencedStudies.formUnion(evaluation.otherStudies)
    }

    private mutating func add(_ evaluation: Evaluation, to key: GroupKey) {
        groups[key, default: Group()].add(evaluation, &residuals, &evidence)
    }
}

extension StudyBook.Group {
    /// Adding what is there already changes nothing.
    fileprivate mutating func add(
        _ evaluation: Evaluation, _ residuals: inout Interned<Residual>, _ evidence: inout Interned<[Evidence]>
    ) {
        for outcome in evaluation.outcomes { add(outcome, &residuals, &evidence) }
        for code in evaluation.incoming { add(code, &evidence) }
        referencedStudies.formUnion(evaluation.referencedStudies)
        referencedPatients.formUnion(evaluation.referencedPatients)
    }

    private mutating func add(
        _ outcome: Evaluation.Outcome, _ residuals: inout Interned<Residual>, _ evidence: inout Interned<[Evidence]>
    ) {
        let residual = residuals.number(outcome.residual)
        if let same = outcomes.firstIndex(where: { $0.rule == outcome.rule && $0.residual == residual }) {
            outcomes[same].evidence = evidence.joined(outcomes[same].evidence, outcome.evidence)
        } else {
            outcomes.append(
                StudyBook.Outcome(
                    rule: Int32(outcome.rule), residual: residual, evidence: evidence.number(outcome.evidence)))
        }
    }

    private mutating func add(_ code: Evaluation.IncomingCode, _ evidence: inout Interned<[Evidence]>) {
        if let same = incoming.firstIndex(where: { $0.kind == code.kind && $0.label == code.label }) {
            incoming[same].evidence = evidence.joined(incoming[same].evidence, code.evidence)
        } else {
            incoming.append(
                StudyBook.Incoming(
                    kind: code.kind, label: Int32(code.label), evidence: evidence.number(code.evidence)))
        }
    }
}

extension Interned<[Evidence]> {
    /// What is known by number and what is new, joined.
    fileprivate mutating func joined(_ known: Int32, _ new: [Evidence]) -> Int32 {
        let old = self[known]
        return old == new ? known : number(Evidence.joined(old, new))
    }
}
