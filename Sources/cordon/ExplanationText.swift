import DICOMFile
import Gatekeeper
import RuleEngine
import RuleLanguage

/// Explanations of studies, for people and for scripts.
struct ExplanationText {
    let reading: StudyReading
    let ruleSet: RuleSet
    /// Nil for all of the rule set.
    let audiences: [String]?
    /// The rule of which it is told what kept it from firing.
    var whyNot: String?
    var tellsConditions = false
    var tellsAttributes = false

    var lines: [String] {
        var lines: [String] = []
        for study in reading.studies {
            if !lines.isEmpty { lines.append("") }
            let modalities = study.modalities.map { " \($0)" }.joined()
            let count = "\(study.instanceCount) \(study.instanceCount == 1 ? "instance" : "instances")"
            lines.append("study \(study.number):\(modalities), \(count)")
            if let patientID = study.patientID { lines.append("patient ID \(patientID.printable)") }
            if let uid = study.studyInstanceUID { lines.append("Study Instance UID \(uid.printable)") }
            if let whyNot {
                lines += TraceText.whyNot(whyNot, study)
                continue
            }
            lines += explanation(of: study).lines()
            if tellsConditions { lines += TraceText.conditions(study) }
            if tellsAttributes { lines += TraceText.attributes(study) }
            if !study.values.isEmpty { lines += ["", "values that the rules looked at"] }
            for (attribute, values) in study.values.sorted(by: { $0.key < $1.key }) {
                lines.append("  \(AttributeName.of(attribute)) = \(values.map(\.printable).joined(separator: " | "))")
            }
        }
        for reason in reading.unreadable { lines.append("unreadable, would be sequestered: \(reason)") }
        for reason in reading.refused { lines.append("refused: \(reason)") }
        if reading.notDICOMCount > 0 {
            lines.append("\(reading.notDICOMCount) other \(reading.notDICOMCount == 1 ? "file" : "files") left alone")
        }
        return lines
    }

    var json: String {
        var json = JSONWriter(indent: 2)
        json.object { json in
            json.array(for: "studies") { json in
                for study in reading.studies { json.object { json in write(study, to: &json) } }
            }
            json.array(for: "unreadable") { json in for reason in reading.unreadable { json.string(reason) } }
            json.array(for: "refused") { json in for reason in reading.refused { json.string(reason) } }
            json.number(reading.notDICOMCount, for: "notDICOM")
        }
        return json.text
    }

    private func write(_ study: StudyReading.Study, to json: inout JSONWriter) {
        json.number(study.number, for: "study")
        json.number(study.instanceCount, for: "instances")
        json.array(for: "modalities") { json in for modality in study.modalities { json.string(modality) } }
        if let patientID = study.patientID { json.string(patientID, for: "patientID") }
        if let uid = study.studyInstanceUID { json.string(uid, for: "studyInstanceUID") }
        explanation(of: study).write(to: &json, for: "explanation")
        TraceText.write(
            study, to: &json, whyNot: whyNot, conditions: tellsConditions || whyNot != nil, attributes: tellsAttributes)
        guard !study.values.isEmpty else { return }
        json.object(for: "values") { json in
            for (attribute, values) in study.values.sorted(by: { $0.key < $1.key }) {
                json.array(for: attribute) { json in for value in values { json.string(value) } }
            }
        }
    }

    func explanation(of study: StudyReading.Study) -> Explanation {
        Explanation(labels: study.labels, audiences: audiences, in: ruleSet)
    }
}
