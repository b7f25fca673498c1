import DICOMFile
import Inputs
public import RuleAnalysis
public import RuleEngine
import RuleLanguage

/// What is to be told of each instance beside its study's labels: every condition with its answer, and what a profile says of
/// each element.
public struct StudyTracing: Sendable {
    /// Ids of rules; nil for all.
    public var rules: Set<String>?
    /// Whether conditions are told.
    public var tellsConditions = true
    /// Whether it is told, of each element, which statement of the profile wins where an audience gets it de-identified.
    public var tellsAttributes = false

    public init() {}

    /// Instances of a study of which the same is to be told.
    public struct Instances: Sendable, Hashable {
        public var count: Int
        public var rules: [RuleTrace]
        /// By profile.
        public var attributes: [String: [StatementChoice]]
    }

    /// The most instances of one study that are asked (P9).
    static let limit = 50
}

/// Asks the instances of one study.
struct InstanceTracer {
    let tracing: StudyTracing
    let ruleSet: RuleSet
    let evaluator: Evaluator
    let registry: (any RegistryAccess)?
    let signatures: (any SignatureKnowledge)?
    private let tracer: RuleTracer

    init(
        _ tracing: StudyTracing, _ ruleSet: RuleSet, _ evaluator: Evaluator, _ registry: (any RegistryAccess)?,
        _ signatures: (any SignatureKnowledge)?
    ) {
        self.tracing = tracing
        self.ruleSet = ruleSet
        self.evaluator = evaluator
        self.registry = registry
        self.signatures = signatures
        tracer = RuleTracer(ruleSet)
    }

    /// - Parameters:
    ///   - book: with the evaluations of all instances.
    ///   - labels: of the study, which say what profiles matter.
    func instances(
        _ files: [DICOMFile], evaluation: (DICOMFile) throws(RunError) -> Evaluation, book: StudyBook,
        labels: [AssignedLabel]
    ) throws(RunError) -> [StudyTracing.Instances] {
        let profiles = tracing.tellsAttributes ? profiles(labels) : [:]
        var found: [StudyTracing.Instances] = []
        for file in files {
            let evaluation = try evaluation(file)
            let seen = LabelsByTier(book, evaluation)
            let known = try registry?.knowledge(of: file)
            let traces =
                tracing.tellsConditions
                ? tracer.traces(of: file, known: known, signatures: signatures, only: tracing.rules) {
                    seen.truth($0, seenByTier: $1)
                } : []
            var instance = StudyTracing.Instances(count: 1, rules: traces, attributes: [:])
            for (name, table) in profiles { instance.attributes[name] = table.choices(in: file) }
            if let same = found.firstIndex(where: { $0.rules == instance.rules && $0.attributes == instance.attributes }
            ) {
                found[same].count += 1
            } else {
                found.append(instance)
            }
        }
        return found
    }

    private func profiles(_ labels: [AssignedLabel]) -> [String: StatementTable] {
        var found: [String: StatementTable] = [:]
        for audience in ruleSet.audiences.keys {
            guard let name = Decision.decide(audience: audience, labels: labels, in: ruleSet)?.profile,
                let profile = ruleSet.profiles[name]
            else { continue }
            found[name] = StatementTable(profile)
        }
        return found
    }
}
