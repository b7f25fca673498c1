import DICOMCore
import DICOMFile
package import RuleEngine
import RuleLanguage

/// Asks the engine what it makes of an example: what analysis claims is claimed after this.
struct Trial {
    let ruleSet: RuleSet
    private let evaluator: Evaluator
    private let tracer: RuleTracer
    /// Of no study yet: made once, since it has a table of all rules.
    private let empty: StudyBook

    init(_ ruleSet: RuleSet) {
        self.ruleSet = ruleSet
        evaluator = Evaluator(ruleSet)
        tracer = RuleTracer(ruleSet)
        empty = StudyBook(ruleSet)
    }

    /// What came of an example. Nil for one that cannot be written or read.
    func observe(_ example: Example) -> Observation? {
        guard let bytes = try? example.bytes(), let file = try? DICOMFile(bytes: bytes) else { return nil }
        return observe(file, example)
    }

    private func observe(_ file: DICOMFile, _ example: Example) -> Observation {
        let known = example.known ?? RegistryKnowledge()
        let evaluation = evaluator.evaluate(
            file, source: example.source, known: known, signatures: example.signature.map(StatedSignature.init))
        var book = empty
        book.add(evaluation)
        let labels = book.resolve().labels(study: evaluation.study, patient: evaluation.patient)
        return Observation(
            labels: labels,
            truths: { ids in
                let seen = LabelsByTier(book, evaluation)
                let traces = tracer.traces(
                    of: file, source: example.source, known: known,
                    signatures: example.signature.map(StatedSignature.init), only: ids,
                    labels: { seen.truth($0, seenByTier: $1) })
                return Dictionary(traces.map { ($0.id, $0.condition.truth) }) { first, _ in first }
            }, ruleSet: ruleSet)
    }

    struct Observation {
        var labels: [AssignedLabel]
        /// How rules come out, by id.
        var truths: (Set<String>) -> [String: Truth]
        var ruleSet: RuleSet

        func truth(of rule: String) -> Truth { truths([rule])[rule] ?? .false }

        func decision(_ audience: String) -> Decision? {
            Decision.decide(audience: audience, labels: labels, in: ruleSet)
        }

        /// Certain, uncertain, or not there.
        func truth(ofLabel name: String) -> Truth {
            guard let found = labels.first(where: { $0.label == name }) else { return .false }
            return found.isCertain ? .true : .unknown
        }
    }
}

/// The labels of a study as rules of each tier see them: what lower tiers gave.
package final class LabelsByTier {
    private let book: StudyBook
    private let study: StudyKey
    private let patient: PatientKey
    private var known: [Int: [String: Truth]] = [:]

    /// - Parameter evaluation: of an instance of the study; the book has those of all of them.
    package init(_ book: StudyBook, _ evaluation: Evaluation) {
        self.book = book
        study = evaluation.study
        patient = evaluation.patient
    }

    package func truth(_ label: String, seenByTier tier: Int) -> Truth {
        if let labels = known[tier] { return labels[label] ?? .false }
        let labels = book.lowered(to: tier - 1).resolve().labels(study: study, patient: patient)
        let truths = Dictionary(labels.map { ($0.label, $0.isCertain ? Truth.true : .unknown) }) { first, _ in first }
        known[tier] = truths
        return truths[label] ?? .false
    }
}
