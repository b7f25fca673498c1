import DICOMFile

/// By how much the dates of one instance move: its patient's, and those in items that name another one.
struct PatientDates {
    private let identities: PatientIdentities
    /// Of the instance's own patient.
    let patient: DateOffset
    private let offset: (KeyedIdentifiers.Person) -> DateOffset?

    /// - Parameter offset: of any person.
    init(
        _ identities: PatientIdentities, patient: DateOffset, offset: @escaping (KeyedIdentifiers.Person) -> DateOffset?
    ) {
        self.identities = identities
        self.patient = patient
        self.offset = offset
    }

    /// The offset for an element in an item (nil: the top level): that of the patient whom the nearest item around it
    /// names.
    func offset(in item: DataSetIndex.NodeID?) -> DateOffset {
        let person = identities.person(around: item)
        return person == identities.patient ? patient : offset(person) ?? patient
    }
}
