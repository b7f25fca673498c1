import Foundation
import RuleEngine
import RuleLanguage

/// The labels that a recorded decision was made with, read back from its explanation. They hold until the study is decided
/// anew: a label goes away by a new decision, never by being overlooked.
struct RecordedLabels: Hashable, Sendable {
    struct Entry: Hashable, Sendable {
        var label: String
        var isCertain: Bool
        /// Whether a rule that still stands gave it to the patient, and so to all of the patient's studies.
        var isOfPatient: Bool
        /// Whether it may lift others: a rule gave it. What the registry gave is asked of the registry, where it may have been
        /// withdrawn since.
        var mayLift: Bool
    }

    var entries: Set<Entry> = []
    /// An explanation could not be read: nobody knows what it said.
    var isUnreadable = false

    var names: Set<String> { Set(entries.map(\.label)) }

    init(_ explanations: [String], ruleSet: RuleSet) {
        let patientRules = Dictionary(
            ruleSet.rules.map { ($0.id, Set($0.patientLabels)) }, uniquingKeysWith: { $0.union($1) })
        for text in explanations {
            guard let explanation = try? JSONDecoder().decode(Explanation.self, from: Data(text.utf8)) else {
                isUnreadable = true
                continue
            }
            for label in explanation.labels {
                let given = label.reasons.filter { $0.kind != "impliedBy" }
                // What only comes with another label comes with it again.
                guard !given.isEmpty || label.reasons.isEmpty else { continue }
                let rules = given.filter { $0.kind == "rule" }
                let isOfPatient = rules.contains { reason in
                    reason.id.map { patientRules[$0]?.contains(label.label) ?? false } ?? false
                }
                // A label of the registry alone that lifts counts by the registry of now.
                let lifts = !(ruleSet.labels[label.label]?.lifts.isEmpty ?? true)
                if lifts, rules.isEmpty { continue }
                entries.insert(
                    Entry(
                        label: label.label, isCertain: label.certain, isOfPatient: isOfPatient, mayLift: !rules.isEmpty)
                )
            }
        }
    }

    /// As the engine takes what a registry knows.
    var known: [RegistryKnowledge.Label] {
        entries.map { entry in
            RegistryKnowledge.Label(
                name: entry.label, scope: entry.isOfPatient ? .patient : entry.mayLift ? .study : .instance,
                isCertain: entry.isCertain, record: 0)
        }
    }

    /// Those that reach another study of the patient.
    ///
    /// - Parameter isCertain: whether both are one patient, and not perhaps.
    func ofPatient(isCertain: Bool) -> [RegistryKnowledge.Label] {
        entries.filter(\.isOfPatient).map {
            RegistryKnowledge.Label(
                name: $0.label, scope: .patient, isCertain: $0.isCertain && isCertain, record: 0)
        }
    }

    /// As much of a decision's explanation as is asked for.
    private struct Explanation: Decodable {
        var labels: [Label]

        struct Label: Decodable {
            var label: String
            var certain: Bool
            var reasons: [Reason]
        }

        struct Reason: Decodable {
            var kind: String
            var id: String?
        }
    }
}
