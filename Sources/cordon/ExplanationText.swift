import DICOMCore
import DICOMDictionary
import Gatekeeper
import RuleEngine
import RuleLanguage

/// An explanation for people and for scripts.
enum ExplanationText {
    static func lines(_ explanation: Explanation) -> [String] {
        var lines: [String] = []
        for study in explanation.studies {
            if !lines.isEmpty { lines.append("") }
            lines += self.lines(study)
        }
        for reason in explanation.unreadable { lines.append("unreadable, would be sequestered: \(reason)") }
        for reason in explanation.refused { lines.append("refused: \(reason)") }
        if explanation.notDICOMCount > 0 { lines.append("\(explanation.notDICOMCount) other files left alone") }
        return lines
    }

    private static func lines(_ study: Explanation.Study) -> [String] {
        let modalities = study.modalities.isEmpty ? "" : " \(study.modalities.joined(separator: " "))"
        let count = "\(study.instanceCount) \(study.instanceCount == 1 ? "instance" : "instances")"
        var lines = ["study \(study.number):\(modalities) \(count)"]
        if let patientID = study.patientID { lines.append("  patient ID \(patientID)") }
        if let uid = study.studyInstanceUID { lines.append("  Study Instance UID \(uid)") }
        if study.labels.isEmpty { lines.append("  no labels") }
        for label in study.labels {
            lines.append("  label \(label.label)\(label.isCertain ? "" : " (uncertain)")")
            for reason in label.reasons { lines += self.lines(reason, study.values) }
        }
        for decision in study.decisions {
            let profile = decision.profile.map { " by profile \($0)" } ?? ""
            let carries = decision.carriesLabels ? ", labels written into the data set" : ""
            lines.append("  audience \(decision.audience): \(decision.disposition.name)\(profile)\(carries)")
            for clause in decision.clauses { lines.append("    \(self.line(clause))") }
            if let confidentiality = decision.confidentiality {
                lines.append("    confidentiality \(confidentiality)")
            }
            for obligation in decision.obligations {
                lines.append("    obliges \(obligation.code) (\(obligation.system))")
            }
        }
        return lines
    }

    private static func line(_ clause: Decision.AppliedClause) -> String {
        let what = clause.labels.isEmpty ? "always" : "on \(clause.labels.joined(separator: " "))"
        let lifted = clause.liftedBy.map { ", lifted by \($0)" } ?? ""
        return "\(what): \(clause.disposition.name)\(lifted)  \(place(clause.location))"
    }

    private static func lines(_ reason: AssignedLabel.Reason, _ values: [String: [String]]) -> [String] {
        let what =
            switch reason.kind {
            case .rule: "rule \(reason.id)"
            case .incomingCode: "came with the data as \(reason.id)"
            case .unknownCode: "a code that no vocabulary knows came with the data"
            case .unreadableCode: "a code that cannot be read came with the data"
            case .impliedBy: "follows from \(reason.id)"
            }
        var lines = ["    \(what)\(reason.isCertain ? "" : " (uncertain)")\(reason.location.map { "  \(place($0))" } ?? "")"]
        for evidence in reason.evidence {
            let problem = evidence.problem.map { ": \($0)" } ?? ""
            lines.append("      \(name(evidence.attribute))\(problem)  \(place(evidence.location))")
            for value in values[evidence.attribute] ?? [] { lines.append("        = \(shown(value))") }
        }
        return lines
    }

    private static func place(_ location: SourceLocation) -> String { "\(location.file):\(location.line)" }

    /// `PatientID (0010,0020)`.
    private static func name(_ attribute: String) -> String {
        guard let last = attribute.split(separator: "/").last, let tag = Tag(last),
            let entry = StandardDictionary.entry(for: tag), !entry.keyword.isEmpty
        else { return attribute }
        return "\(entry.keyword) \(attribute)"
    }

    /// Nothing in a value reaches a terminal as a command.
    private static func shown(_ value: String) -> String {
        String(String.UnicodeScalarView(value.unicodeScalars.map { $0.properties.generalCategory == .control ? "·" : $0 }))
    }

    static func json(_ explanation: Explanation) -> JSON {
        .object([
            "studies": .array(explanation.studies.map(json)),
            "unreadable": .strings(explanation.unreadable),
            "refused": .strings(explanation.refused),
            "notDICOM": .number(explanation.notDICOMCount),
        ])
    }

    private static func json(_ study: Explanation.Study) -> JSON {
        let values = study.values.sorted { $0.key < $1.key }.map { attribute, values in
            JSON.object(["attribute": .string(attribute), "values": .strings(values)])
        }
        return .object([
            "study": .number(study.number),
            "patientID": study.patientID.map { .string($0) },
            "studyInstanceUID": study.studyInstanceUID.map { .string($0) },
            "instances": .number(study.instanceCount),
            "modalities": .strings(study.modalities),
            "values": values.isEmpty ? nil : .array(values),
            "audiences": .array(study.decisions.map { DecisionJSON.json($0) }),
        ])
    }
}
