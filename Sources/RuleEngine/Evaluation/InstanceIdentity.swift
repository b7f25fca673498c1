import DICOMCore
import DICOMFile
import RuleLanguage

/// To which study and patient an instance belongs, and which others a DICOMDIR names.
struct InstanceIdentity: Sendable {
    private let study: Int
    private let patientID: Int
    private let issuer: Int
    private let records: Int
    let sensitiveContent: Int
    /// What rules of the site's tier give to studies and to patients.
    private let studyLabels: [OpenLabel]
    private let patientLabels: [OpenLabel]

    private struct OpenLabel: Sendable {
        var number: Int
        var location: SourceLocation
    }

    init(_ table: inout AttributeTable, _ rules: [RuleTable.Entry], _ labels: LabelTable) {
        studyLabels = Self.openLabels(rules.flatMap(\.studyLabels), labels)
        patientLabels = Self.openLabels(rules.flatMap(\.patientLabels), labels)
        study = table.slot(PathPattern(.studyInstanceUID))
        patientID = table.slot(PathPattern(.patientID))
        issuer = table.slot(PathPattern(.issuerOfPatientID))
        records = table.slot(PathPattern(.directoryRecordSequence))
        sensitiveContent = table.slot(PathPattern(.sensitiveContentCodeSequence))
    }

    private static func openLabels(_ numbers: [Int], _ labels: LabelTable) -> [OpenLabel] {
        Set(numbers).subtracting(labels.lifting).sorted().map {
            OpenLabel(number: $0, location: labels.locations[$0] ?? .builtIn)
        }
    }

    func evaluation(of facts: InstanceFacts) -> Evaluation {
        let studies = names(study, .UI, facts), ids = names(patientID, .LO, facts), issuers = names(issuer, .LO, facts)
        let uid = studies.all.first
        let patients = ids.all.flatMap { id in
            (issuers.all.isEmpty ? [""] : issuers.all).map { PatientKey(id: id, issuer: $0) }
        }
        let fallback = uid == nil ? facts.file.text(.sopInstanceUID) ?? "" : ""
        var evaluation = Evaluation(
            study: StudyKey(uid: uid, fallback: fallback),
            patient: patients.first ?? PatientKey(id: "", issuer: issuers.all.first ?? ""))
        evaluation.otherStudies = Array(studies.all.dropFirst())
        evaluation.otherPatients = Array(patients.dropFirst())
        evaluation.incoming = openLabels(studies.unreadable, studyLabels, facts)
        evaluation.incoming += openLabels(ids.unreadable ?? issuers.unreadable, patientLabels, facts)
        if facts.isExcerpt, ids.all.isEmpty, ids.unreadable == nil {
            evaluation.incoming += patientLabels.map { label in
                let evidence = Evidence(
                    attribute: Tag.patientID.description, location: label.location, problem: Readings.notSaid)
                return Evaluation.IncomingCode(kind: .unreadableIdentity, label: label.number, evidence: [evidence])
            }
        }
        if let records = facts.elements(records, in: nil).first { addReferences(in: records, facts, to: &evaluation) }
        return evaluation
    }

    /// What elements that should be one, with one value, say: the whole first value; and, where there are more elements,
    /// values, or a NUL within, each of these.
    private func names(
        _ slot: Int, _ vr: VR, _ facts: InstanceFacts
    ) -> (all: [String], unreadable: DataSetIndex.NodeID?) {
        // What nearly all instances say: one element with one value, in which nothing would be left out.
        let only = facts.elements(slot, in: nil).only
        if let only, let name = facts.plainText(of: only, expected: vr, slot) { return ([name], nil) }
        var all: [String] = []
        var unreadable: DataSetIndex.NodeID?
        for node in facts.elements(slot, in: nil).nodes where !facts.file.dataSet.isEmpty(node) {
            guard let values = try? ElementReader.values(of: node, expected: vr, in: facts.file, .dataSet).values else {
                unreadable = unreadable ?? node
                continue
            }
            let parts = values.flatMap { $0.split(separator: "\0") }.map { Comparison.trimmed(String($0)) }
            for text in [Comparison.trimmed(values.joined(separator: "\\"))] + parts
            where !text.isEmpty && !all.contains(text) {
                guard all.count < Self.most else {
                    unreadable = unreadable ?? node
                    break
                }
                all.append(text)
            }
        }
        return (all, unreadable)
    }

    /// More names than this are not remembered of one instance (P9): it may be anybody's then.
    private static let most = 8

    /// It may be anybody's: every label that a rule could have given (P2).
    private func openLabels(
        _ node: DataSetIndex.NodeID?, _ labels: [OpenLabel], _ facts: InstanceFacts
    ) -> [Evaluation.IncomingCode] {
        guard let node else { return [] }
        return labels.map { label in
            let evidence = Evidence(
                attribute: facts.file.dataSet.path(of: node).description, location: label.location,
                problem: "it cannot be read: the instance may be of anybody")
            return Evaluation.IncomingCode(kind: .unreadableIdentity, label: label.number, evidence: [evidence])
        }
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
