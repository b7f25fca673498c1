/// A patient as a data set names them. The same ID of two issuers is two patients (PS3.3 C.7.1.1).
public struct PatientIdentity: Hashable, Sendable {
    public var id: String
    /// Nil where none is given: it may be any issuer's.
    public var issuer: String?

    public init(id: String, issuer: String? = nil) {
        self.id = id
        self.issuer = issuer
    }
}

/// What a label, a hold or a retention is about.
public enum Scope: Hashable, Sendable {
    case patient(PatientIdentity)
    /// A Study Instance UID.
    case study(String)
    /// A SOP Instance UID.
    case instance(String)
    /// Whatever matches, now and when it arrives later.
    case query(InstanceQuery)
}

/// Attributes and what they must be, all of them; matched as in a C-FIND (PS3.4 C.2.2.2): single values, ranges of dates,
/// wild cards, lists of UIDs. Text is compared without case.
public struct InstanceQuery: Hashable, Sendable {
    /// Sorted by attribute; never empty.
    public var terms: [Term]

    public struct Term: Hashable, Sendable {
        public var attribute: InstanceAttribute
        /// `CT`, `20260101-20260331`, `Roe*`, `1.2.3\1.2.4`.
        public var value: String

        public init(attribute: InstanceAttribute, value: String) {
            self.attribute = attribute
            self.value = value
        }
    }

    public init(terms: [Term]) { self.terms = terms.sorted { $0.attribute.rawValue < $1.attribute.rawValue } }
}

/// What the registry knows of an instance beyond its identity, by keyword.
public enum InstanceAttribute: String, CaseIterable, Hashable, Sendable {
    case patientID = "PatientID"
    case issuerOfPatientID = "IssuerOfPatientID"
    case patientName = "PatientName"
    case patientBirthDate = "PatientBirthDate"
    case studyInstanceUID = "StudyInstanceUID"
    case seriesInstanceUID = "SeriesInstanceUID"
    case sopInstanceUID = "SOPInstanceUID"
    case sopClassUID = "SOPClassUID"
    case accessionNumber = "AccessionNumber"
    case studyDate = "StudyDate"
    case studyDescription = "StudyDescription"
    case modality = "Modality"
    case bodyPartExamined = "BodyPartExamined"
    case institutionName = "InstitutionName"
    case referringPhysicianName = "ReferringPhysicianName"
    case stationName = "StationName"
}
