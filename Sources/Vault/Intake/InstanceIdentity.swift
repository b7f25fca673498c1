package import DICOMFile
package import DICOMCore
package import Registry

/// What the registry is to know of an instance, as its data set says it.
package struct InstanceIdentity: Hashable, Sendable {
    package var attributes: [InstanceAttribute: String] = [:]
    /// What is there and cannot be read, and of a file that breaks off whatever was not found before. It may be anything.
    package var unreadable: Set<InstanceAttribute> = []
    package var form: Form

    package enum Form: String, Hashable, Sendable {
        case dicom
        /// DICOM that cannot be read to its end.
        case damaged
        case notDICOM = "not-dicom"
    }

    /// Of a file that was read to its end.
    package init(_ file: DICOMFile) {
        form = .dicom
        read(file)
    }

    /// Of a file that was not.
    /// - Parameter beginning: what could be read; nil for nothing.
    package init(form: Form, beginning: DICOMFile?) {
        self.form = form
        if let beginning { read(beginning) }
        unreadable = Set(InstanceAttribute.allCases).subtracting(attributes.keys)
    }

    private mutating func read(_ file: DICOMFile) {
        for attribute in InstanceAttribute.allCases {
            guard let node = file.dataSet.child(attribute.tag) else { continue }
            guard let values = try? file.values(of: node) else {
                unreadable.insert(attribute)
                continue
            }
            let text = values.joined(separator: "\\")
            if !text.isEmpty { attributes[attribute] = text }
        }
    }
}

extension InstanceAttribute {
    /// Where it stands in a data set.
    package var tag: Tag {
        switch self {
        case .patientID: .patientID
        case .issuerOfPatientID: .issuerOfPatientID
        case .patientName: .patientName
        case .patientBirthDate: Tag(0x0010, 0x0030)
        case .studyInstanceUID: .studyInstanceUID
        case .seriesInstanceUID: .seriesInstanceUID
        case .sopInstanceUID: .sopInstanceUID
        case .sopClassUID: .sopClassUID
        case .accessionNumber: Tag(0x0008, 0x0050)
        case .studyDate: Tag(0x0008, 0x0020)
        case .studyDescription: Tag(0x0008, 0x1030)
        case .modality: .modality
        case .bodyPartExamined: Tag(0x0018, 0x0015)
        case .institutionName: Tag(0x0008, 0x0080)
        case .referringPhysicianName: Tag(0x0008, 0x0090)
        case .stationName: Tag(0x0008, 0x1010)
        }
    }
}
