import DICOMFile
import Deidentification
import RuleEngine
package import RuleLanguage

/// One rule set, made ready to be tried on many data sets. Used by one thread.
package final class Bench {
    package let ruleSet: RuleSet
    private let evaluator: Evaluator
    private var deidentifiers: [String: Deidentifier] = [:]

    /// The key of all tests: the same pseudonyms everywhere, and nobody's.
    private static let key = DeidentificationKey(secret: Array("a key that is of no use elsewhere".utf8.prefix(32)))

    package init(_ ruleSet: RuleSet) {
        self.ruleSet = ruleSet
        evaluator = Evaluator(ruleSet)
    }

    /// What the rules make of the instances of a trial.
    func observe(_ instances: [TestInstance], of test: TestCase) -> Observation {
        var book = StudyBook(ruleSet)
        var evaluations: [Evaluation] = []
        for (index, instance) in instances.enumerated() {
            var evaluation = evaluator.evaluate(
                instance.file, source: test.source, known: test.known,
                signatures: test.signature.map(StatedSignature.init))
            if evaluation.study.uid == nil { evaluation.study.fallback = "\(index)" }
            if instance.isCutOff { evaluation = evaluation.ofBeginning }
            book.add(evaluation)
            evaluations.append(evaluation)
        }
        let resolved = book.resolve()
        return Observation(
            evaluations: evaluations,
            labels: evaluations.map { resolved.labels(study: $0.study, patient: $0.patient) },
            fired: resolved.firedRules(), holds: resolved.wantedHolds().map(\.hold.matter).sorted())
    }

    func deidentifier(_ profile: String) -> Deidentifier? {
        if let known = deidentifiers[profile] { return known }
        guard let found = ruleSet.profiles[profile] else { return nil }
        let deidentifier = Deidentifier(ruleSet: ruleSet, profile: found, key: Self.key)
        deidentifiers[profile] = deidentifier
        return deidentifier
    }
}

/// What rules made of the instances of a trial.
struct Observation {
    var evaluations: [Evaluation]
    /// Of each instance.
    var labels: [[AssignedLabel]]
    /// By id; false for rules that are uncertain.
    var fired: [String: Bool]
    /// Matters, sorted.
    var holds: [String]
}
