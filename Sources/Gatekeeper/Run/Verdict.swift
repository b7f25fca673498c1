package import Deidentification
import Host
package import Inputs
package import RuleEngine
import RuleLanguage

/// What is decided for all instances of one study and patient.
package struct Verdict: Sendable {
    package var decision: Decision
    /// Labels, rules and clauses, as a record shows them.
    package var explanation: [JSON.Member]
    /// The same as JSON, without the braces of an object.
    package var text: String
    /// Of the explanation.
    package var digest: String
    /// Of what is known of the patient, where text is cleaned by it.
    package var known: String?
}

/// The studies of a run, with their patients: an instance knows its verdict by number. Memory grows with studies.
package struct Verdicts: Sendable {
    package struct Group: Hashable, Sendable {
        package var study: StudyKey
        package var patient: PatientKey

        package init(study: StudyKey, patient: PatientKey) {
            self.study = study
            self.patient = patient
        }
    }

    package private(set) var groups: [Group] = []
    private var numbers: [Group: UInt32] = [:]
    private var resolved: ResolvedLabels?
    /// What the instances of a group say of their patient, by profile. Empty where no profile cleans text.
    private var identifiers: [[String: PatientIdentifiers]] = []
    /// Groups of one study, and of one Patient ID: instances may say it with an issuer and without.
    private var groupsOfStudy: [StudyKey: [Int]] = [:]
    private var groupsOfPatient: [String: [Int]] = [:]

    package init() {}

    /// The number of a group, which is new or not.
    package mutating func number(of group: Group) -> UInt32 {
        if let number = numbers[group] { return number }
        let number = UInt32(clamping: groups.count)
        groups.append(group)
        identifiers.append([:])
        numbers[group] = number
        return number
    }

    /// Joins what an instance of a group says of its patient.
    package mutating func add(_ known: [String: PatientIdentifiers], to number: UInt32) {
        for (profile, new) in known where !new.isEmpty {
            identifiers[Int(number)][profile, default: PatientIdentifiers()].formUnion(new)
        }
    }

    /// What rules want held. Empty before all is resolved.
    package var wantedHolds: Set<WantedHold> { resolved?.wantedHolds() ?? [] }

    /// What rules gave to patients, and so to all their studies. Empty before all is resolved.
    package var patientLabels: Set<PatientLabel> { resolved?.patientLabels() ?? [] }

    package mutating func resolve(_ book: StudyBook) {
        numbers = [:]
        if identifiers.contains(where: { !$0.isEmpty }) {
            for (number, group) in groups.enumerated() {
                groupsOfStudy[group.study, default: []].append(number)
                if !group.patient.id.isEmpty { groupsOfPatient[group.patient.id, default: []].append(number) }
            }
        }
        resolved = book.resolve()
    }

    /// - Parameter last: of another study, which is decided on alike mostly: its words serve again.
    package func verdict(_ number: UInt32, gate: Gate, like last: Verdict? = nil) throws(RunError) -> Verdict {
        let group = groups[Int(number)]
        let labels = resolved?.labels(study: group.study, patient: group.patient) ?? []
        let decision = try gate.decide(labels)
        let known = gate.fingerprint(of: known(number), under: decision)
        if var same = last, same.decision == decision {
            same.known = known
            return same
        }
        let explanation = DecisionRecord.explanation(of: decision)
        let text = JSON.object(explanation).text
        return Verdict(
            decision: decision, explanation: explanation, text: JSON.members(of: text),
            digest: String(ContentDigest(of: text.utf8).hexadecimal.prefix(16)), known: known)
    }

    /// What all instances say of a patient that name the patient, or are of one study with them.
    package func known(_ number: UInt32) -> [String: PatientIdentifiers] {
        let group = groups[Int(number)]
        var result: [String: PatientIdentifiers] = [:]
        for other in Set((groupsOfStudy[group.study] ?? []) + (groupsOfPatient[group.patient.id] ?? [])) {
            for (profile, more) in identifiers[other] { result[profile, default: PatientIdentifiers()].formUnion(more) }
        }
        return result
    }
}

/// The verdicts that one thread asked for last: inputs of a study mostly come together.
struct VerdictCache {
    private var verdicts: [UInt32: Verdict] = [:]
    private var last: Verdict?
    private let source: Verdicts
    private let gate: Gate
    private var prepared: [UInt32: PreparedIdentifiers?] = [:]
    private static let capacity = 256
    private var lastBasis: (key: BasisKey, text: String)?

    /// All that a basis is made of.
    private struct BasisKey: Hashable {
        var verdict: UInt32
        var kind: InputFacts.Kind
        var faces: UInt64
        var isContested: Bool
        var sharesPseudonym: Bool
        var result: Outcome.Result
    }

    init(_ source: Verdicts, gate: Gate) {
        self.source = source
        self.gate = gate
    }

    mutating func verdict(_ number: UInt32) throws(RunError) -> Verdict {
        if let verdict = verdicts[number] { return verdict }
        if verdicts.count >= Self.capacity { verdicts = [:] }
        let verdict = try source.verdict(number, gate: gate, like: last)
        last = verdict
        verdicts[number] = verdict
        return verdict
    }

    /// What an outcome depends on besides the bytes of the input: the same for most instances of a study.
    mutating func basis(_ facts: InputFacts, result: Outcome.Result) throws(RunError) -> String {
        let key = BasisKey(
            verdict: facts.verdict, kind: facts.kind, faces: facts.faces, isContested: facts.isContested,
            sharesPseudonym: facts.sharesPseudonym, result: result)
        if let lastBasis, lastBasis.key == key { return lastBasis.text }
        let text = SecondPass.basis(facts, try verdict(facts.verdict), result: result)
        lastBasis = (key, text)
        return text
    }

    /// What is known of the patient, ready to be looked for; nil where nobody looks for it.
    mutating func prepared(_ number: UInt32) throws(RunError) -> PreparedIdentifiers? {
        if let known = prepared[number] { return known }
        // Instances of a patient mostly come together, and this is large.
        if prepared.count >= 4 { prepared = [:] }
        let verdict = try verdict(number)
        let known = verdict.known == nil ? nil : gate.prepared(source.known(number), under: verdict.decision)
        prepared[number] = known
        return known
    }
}
