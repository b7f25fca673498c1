import DICOMCore
import DICOMFile

/// To which study and patient an instance belongs, and which others a DICOMDIR names.
struct InstanceIdentity: Sendable {
    private let study: Int
    private let patientID: Int
    private let issuer: Int
    private let records: Int
    let sensitiveContent: Int

    init(_ table: inout AttributeTable) {
        study = table.slot(PathPattern(.studyInstanceUID))
        patientID = table.slot(PathPattern(.patientID))
        issuer = table.slot(PathPattern(.issuerOfPatientID))
        records = table.slot(PathPattern(.directoryRecordSequence))
        sensitiveContent = table.slot(PathPattern(.sensitiveContentCodeSequence))
    }

    func evaluation(of facts: InstanceFacts) -> Evaluation {
        let uid = text(of: facts.elements(study, in: nil).first, .UI, facts)
        let patient = PatientKey(
            id: text(of: facts.elements(patientID, in: nil).first, .LO, facts) ?? "",
            issuer: text(of: facts.elements(issuer, in: nil).first, .LO, facts) ?? "")
        let fallback = uid == nil ? facts.file.text(.sopInstanceUID) ?? "" : ""
        var evaluation = Evaluation(study: StudyKey(uid: uid, fallback: fallback), patient: patient)
        if let records = facts.elements(records, in: nil).first { addReferences(in: records, facts, to: &evaluation) }
        return evaluation
    }

    /// The studies and patients in the records of a DICOMDIR (PS3.3 F.3.2.2), the only object that has them.
    private func addReferences(
        in records: DataSetIndex.NodeID, _ facts: InstanceFacts, to evaluation: inout Evaluation
    ) {
        let index = facts.file.dataSet
        var studies: Set<String> = []
        var patients: Set<PatientKey> = []
        for record in index.childRange(of: records) where index.nodes[record].kind == .item {
            if let uid = text(of: index.child(.studyInstanceUID, of: record), .UI, facts) { studies.insert(uid) }
            if let id = text(of: index.child(.patientID, of: record), .LO, facts) {
                let issuer = text(of: index.child(.issuerOfPatientID, of: record), .LO, facts) ?? ""
                patients.insert(PatientKey(id: id, issuer: issuer))
            }
        }
        evaluation.referencedStudies = studies.sorted()
        evaluation.referencedPatients = patients.sorted()
    }

    /// The whole value; nil when there is none or it cannot be read.
    private func text(of node: DataSetIndex.NodeID?, _ vr: VR, _ facts: InstanceFacts) -> String? {
        guard let node, let values = try? ElementReader.values(of: node, expected: vr, in: facts.file, .dataSet).values
        else { return nil }
        let text = Comparison.trimmed(values.joined(separator: "\\"))
        return text.isEmpty ? nil : text
    }
}
