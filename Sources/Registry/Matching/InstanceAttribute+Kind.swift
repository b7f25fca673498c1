extension InstanceAttribute {
    /// What its value representation means for matching.
    enum Kind { case uid, date, name, text }

    var kind: Kind {
        switch self {
        case .studyInstanceUID, .seriesInstanceUID, .sopInstanceUID, .sopClassUID: .uid
        case .patientBirthDate, .studyDate: .date
        case .patientName, .referringPhysicianName: .name
        case .patientID, .issuerOfPatientID, .accessionNumber, .studyDescription, .modality, .bodyPartExamined,
            .institutionName, .stationName:
            .text
        }
    }

    /// From what singles out few instances to what singles out many.
    static let bySelectivity: [InstanceAttribute] = [
        .sopInstanceUID, .seriesInstanceUID, .studyInstanceUID, .accessionNumber, .patientID, .patientName,
        .patientBirthDate, .studyDate, .studyDescription, .referringPhysicianName, .stationName, .institutionName,
        .bodyPartExamined, .sopClassUID, .modality, .issuerOfPatientID,
    ]
}
