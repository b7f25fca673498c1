import DICOMFile
import RuleLanguage

/// By how much the dates of one instance move: its patient's, and those in items that name another one.
struct PatientDates {
    private let identities: PatientIdentities
    private let identifiers: KeyedIdentifiers
    private let shift: DateShift
    /// Of the instance's own patient.
    let patient: DateOffset

    init(_ identities: PatientIdentities, _ identifiers: KeyedIdentifiers, _ shift: DateShift) {
        self.identities = identities
        self.identifiers = identifiers
        self.shift = shift
        patient = identifiers.offset(for: identities.patient, shift)
    }

    /// The offset for an element in an item (nil: the top level): that of the patient whom the nearest item around it
    /// names.
    func offset(in item: DataSetIndex.NodeID?) -> DateOffset {
        let person = identities.person(around: item)
        return person == identities.patient ? patient : identifiers.offset(for: person, shift)
    }
}
