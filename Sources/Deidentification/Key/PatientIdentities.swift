import DICOMCore
import DICOMFile

/// Who the people are that an instance speaks of: its patient, and those that items name.
struct PatientIdentities {
    typealias Person = KeyedIdentifiers.Person

    private let file: DICOMFile
    /// Whether any item has a Patient ID; if not, all is about one patient.
    private let hasNamedItems: Bool
    /// The instance's own patient.
    let patient: Person

    init(_ file: DICOMFile) {
        self.file = file
        hasNamedItems = file.dataSet.nodes.contains { $0.tag == .patientID && $0.parent >= 0 }
        patient = Self.person(in: nil, of: file) ?? Self.study(of: file) ?? .instance(file.text(.sopInstanceUID) ?? "")
    }

    /// The people that items name beside the patient, each once, in an order of their own.
    var others: [Person] {
        guard hasNamedItems else { return [] }
        var people: Set<Person> = []
        for node in file.dataSet.nodes where node.tag == .patientID && node.parent >= 0 {
            people.insert(person(in: Int(node.parent)))
        }
        people.remove(patient)
        return people.sorted { $0.parts.lexicographicallyPrecedes($1.parts) }
    }

    /// The person that an item itself names (nil: the top level). An item that names a patient by another ID is about
    /// that one; an item without an ID, or with the instance's own and no issuer, is about the instance's patient.
    func person(in item: DataSetIndex.NodeID?) -> Person {
        guard hasNamedItems, let item, let person = Self.person(in: item, of: file) else { return patient }
        if case .patient(let id, "") = person, case .patient(id, _) = patient { return patient }
        return person
    }

    /// The person that an item is about: whom it names, or else whom the item around it is about.
    func person(around item: DataSetIndex.NodeID?) -> Person {
        guard hasNamedItems else { return patient }
        var node = item ?? -1
        while node >= 0 {
            let next = file.dataSet.nodes[node]
            if next.kind == .item, file.dataSet.child(.patientID, of: node) != nil {
                let person = person(in: node)
                if person != patient { return person }
            }
            node = Int(next.parent)
        }
        return patient
    }

    /// Nil without a Patient ID.
    private static func person(in item: DataSetIndex.NodeID?, of file: DICOMFile) -> Person? {
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
        var text = values.joined(separator: "\\").utf8[...]
        while text.first == UInt8.space { text.removeFirst() }
        while let last = text.last, last == .space || last == 0 { text.removeLast() }
        return String(Substring(text))
    }

    private static func study(of file: DICOMFile) -> Person? {
        guard let uid = file.text(.studyInstanceUID), !uid.isEmpty else { return nil }
        return .study(uid)
    }
}
