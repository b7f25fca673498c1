import DICOMCore
import DICOMFile

/// The pseudonyms of one instance: its patient's, and those of patients that items name.
struct PatientPseudonyms {
    private let file: DICOMFile
    private let identifiers: KeyedIdentifiers
    /// The instance's own patient.
    let patient: String

    init(_ file: DICOMFile, _ identifiers: KeyedIdentifiers, sopInstanceUID: String) {
        self.file = file
        self.identifiers = identifiers
        let person = Self.person(in: nil, of: file) ?? Self.study(of: file) ?? .instance(sopInstanceUID)
        patient = identifiers.pseudonym(for: person)
    }

    /// The pseudonym for an element in an item (nil: the top level). An item that names a patient by another ID is about
    /// that one; an item without an ID, or with the instance's own and no issuer, is about the instance's patient.
    func pseudonym(in item: DataSetIndex.NodeID?) -> String {
        guard let item, let person = Self.person(in: item, of: file) else { return patient }
        if case .patient(let id, "") = person, case .patient(id, _) = Self.person(in: nil, of: file) { return patient }
        return identifiers.pseudonym(for: person)
    }

    /// Nil without a Patient ID.
    private static func person(in item: DataSetIndex.NodeID?, of file: DICOMFile) -> KeyedIdentifiers.Person? {
        guard let node = file.dataSet.child(.patientID, of: item) else { return nil }
        guard let id = text(node, file) else {
            let bytes = (try? file.bytes(of: node)) ?? []
            return .unreadable(bytes)
        }
        if id.isEmpty { return nil }
        let issuer = file.dataSet.child(.issuerOfPatientID, of: item).flatMap { text($0, file) } ?? ""
        return .patient(id: id, issuer: issuer)
    }

    /// All of the value, decoded, without surrounding blanks: the same ID in any character set is the same.
    private static func text(_ node: DataSetIndex.NodeID, _ file: DICOMFile) -> String? {
        guard let values = try? file.values(of: node) else { return nil }
        let text = values.joined(separator: "\\").unicodeScalars.drop { $0 == " " }
        return String(String.UnicodeScalarView(text.reversed().drop { $0 == " " || $0 == "\0" }.reversed()))
    }

    private static func study(of file: DICOMFile) -> KeyedIdentifiers.Person? {
        guard let uid = file.text(.studyInstanceUID), !uid.isEmpty else { return nil }
        return .study(uid)
    }
}
