import DICOMFile

/// The pseudonyms of one instance: its patient's, and those of patients that items name.
struct PatientPseudonyms {
    private let identities: PatientIdentities
    private let identifiers: KeyedIdentifiers
    /// The instance's own patient.
    let patient: String

    init(_ identities: PatientIdentities, _ identifiers: KeyedIdentifiers) {
        self.identities = identities
        self.identifiers = identifiers
        patient = identifiers.pseudonym(for: identities.patient)
    }

    /// The pseudonym for an element in an item (nil: the top level).
    func pseudonym(in item: DataSetIndex.NodeID?) -> String {
        let person = identities.person(in: item)
        return person == identities.patient ? patient : identifiers.pseudonym(for: person)
    }
}
