import Inputs
import RuleEngine
import RuleLanguage

/// What is decided for all instances of one study and patient.
struct Verdict: Sendable {
    var decision: Decision
    /// Labels, rules and clauses, as a record shows them.
    var explanation: [JSON.Member]
    /// Of the explanation.
    var digest: String
}

/// The studies of a run, with their patients: an instance knows its verdict by number. Memory grows with studies.
struct Verdicts: Sendable {
    struct Group: Hashable, Sendable {
        var study: StudyKey
        var patient: PatientKey
    }

    private(set) var groups: [Group] = []
    private var numbers: [Group: UInt32] = [:]
    private var resolved: ResolvedLabels?

    /// The number of a group, which is new or not.
    mutating func number(of group: Group) -> UInt32 {
        if let number = numbers[group] { return number }
        let number = UInt32(clamping: groups.count)
        groups.append(group)
        numbers[group] = number
        return number
    }

    mutating func resolve(_ book: StudyBook) {
        numbers = [:]
        resolved = book.resolve()
    }

    func verdict(_ number: UInt32, gate: Gate) throws(RunError) -> Verdict {
        let group = groups[Int(number)]
        let labels = resolved?.labels(study: group.study, patient: group.patient) ?? []
        let decision = try gate.decide(labels)
        let explanation = DecisionRecord.explanation(of: decision)
        let digest = ContentDigest(of: JSON.object(explanation).text.utf8).hexadecimal.prefix(16)
        return Verdict(decision: decision, explanation: explanation, digest: String(digest))
    }
}

/// The verdicts that one thread asked for last: inputs of a study mostly come together.
struct VerdictCache {
    private var verdicts: [UInt32: Verdict] = [:]
    private let source: Verdicts
    private let gate: Gate
    private static let capacity = 256

    init(_ source: Verdicts, gate: Gate) {
        self.source = source
        self.gate = gate
    }

    mutating func verdict(_ number: UInt32) throws(RunError) -> Verdict {
        if let verdict = verdicts[number] { return verdict }
        if verdicts.count >= Self.capacity { verdicts = [:] }
        let verdict = try source.verdict(number, gate: gate)
        verdicts[number] = verdict
        return verdict
    }
}
