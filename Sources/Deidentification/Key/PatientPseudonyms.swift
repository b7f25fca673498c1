import DICOMFile

/// The pseudonyms of one instance: its patient's, and those of patients that items name.
struct PatientPseudonyms {
    private let identities: PatientIdentities
    private let source: PseudonymSource
    /// The instance's own patient.
    let patient: String

    /// Throws when the instance's own patient has none.
    init(_ identities: PatientIdentities, _ source: PseudonymSource) throws(Sequestration) {
        self.identities = identities
        self.source = source
        patient = try source.pseudonym(for: identities.patient)
    }

    /// The pseudonym for an element in an item (nil: the top level); nil for a person whom a list does not have.
    func pseudonym(in item: DataSetIndex.NodeID?) -> String? {
        let person = identities.person(in: item)
        return person == identities.patient ? patient : try? source.pseudonym(for: person)
    }
}
