import DICOMCore
public import DICOMFile

/// Whom an instance speaks of, and of which study it is: what its pseudonyms and the offset of its dates are made from.
/// It names patients.
public struct InstancePeople: Hashable, Sendable {
    let patient: KeyedIdentifiers.Person
    /// Other patients that items name, in order.
    let others: [KeyedIdentifiers.Person]
    /// As it is in the file, without padding.
    public let studyInstanceUID: String?

    public init(_ file: DICOMFile) {
        let identities = PatientIdentities(file)
        patient = identities.patient
        others = identities.others
        studyInstanceUID = file.text(.studyInstanceUID)
    }

    /// As it came, decoded; one that no character set makes readable is written as its bytes, `0x…`. Empty when the
    /// instance names no patient.
    public var patientID: String {
        switch patient {
        case .patient(let id, _): id
        case .unreadable(let bytes): "0x" + hexadecimalDigits(bytes)
        case .study, .instance: ""
        }
    }

    public var issuerOfPatientID: String {
        if case .patient(_, let issuer) = patient { issuer } else { "" }
    }
}

/// Somebody behind a pseudonym: equal for the same person.
public struct PersonIdentity: Hashable, Sendable {
    let person: KeyedIdentifiers.Person
}

/// Who is who: what leads from a pseudonym back to the patient.
public struct CrosswalkEntry: Hashable, Sendable {
    public var patientID: String
    public var issuerOfPatientID: String
    public var pseudonym: String
    /// By how many days dates moved; nil for a profile that moves none.
    public var dateOffset: Int?
    public var studyInstanceUID: String
    public var newStudyInstanceUID: String
}

extension Deidentifier {
    /// Why the profile can make nothing safe; nil for a sound one.
    public var fault: String? { compiled.fault }

    /// The pseudonyms that an instance with these people comes to have, each with whom it stands for. Two people with one
    /// pseudonym must not be passed on together: they would be one.
    ///
    /// Where a list says pseudonyms it is asked for the patient alone: it may give former numbers of the same patient,
    /// which items name, the same.
    public func pseudonyms(of people: InstancePeople) -> [(pseudonym: String, person: PersonIdentity)] {
        ([people.patient] + (pseudonymSource.isList ? [] : people.others)).compactMap { person in
            guard let pseudonym = try? pseudonymSource.pseudonym(for: person) else { return nil }
            return (pseudonym, PersonIdentity(person: pseudonymSource.known(person)))
        }
    }

    /// What leads from the pseudonym of such an instance back to its patient; nil for one that cannot be passed on.
    public func crosswalk(of people: InstancePeople) -> CrosswalkEntry? {
        guard let pseudonym = try? pseudonymSource.pseudonym(for: people.patient) else { return nil }
        let study = people.studyInstanceUID ?? ""
        let newStudy = study.isEmpty ? nil : try? newUID(.studyInstanceUID, Array(study.utf8)[...])
        return CrosswalkEntry(
            patientID: people.patientID, issuerOfPatientID: people.issuerOfPatientID, pseudonym: pseudonym,
            dateOffset: dateOffset(of: people.patient)?.days, studyInstanceUID: study,
            newStudyInstanceUID: newStudy ?? "")
    }
}
