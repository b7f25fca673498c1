import DICOMCore
import TestSupport

/// Instances with names that must never be seen where they do not belong.
enum Samples {
    static let patientName = "GEHEIMNIS^ROSALINDE"
    static let patientID = "PID-GEHEIM-4711"
    static let studyUID = "1.2.826.0.1.3680043.8.498.1001"
    /// Whatever betrays a patient.
    static let planted = ["GEHEIM", "ROSALINDE", "1.2.826.0.1.3680043.8.498"]

    static func dataSet(
        patient: String = patientID, study: Int = 1, series: Int = 1, instance: Int = 1, isVIP: Bool = false,
        pixels: Int = 64
    ) -> DataSetBuilder {
        let root = "1.2.826.0.1.3680043.8.498"
        var builder = DataSetBuilder()
            .text(Tag(0x0008, 0x0005), .CS, "ISO_IR 100")
            .text(Tag(0x0008, 0x0008), .CS, "ORIGINAL\\PRIMARY\\AXIAL")
            .text(.sopClassUID, .UI, "1.2.840.10008.5.1.4.1.1.2")
            .text(.sopInstanceUID, .UI, "\(root).\(1000 + study).\(series).\(instance)")
            .text(Tag(0x0008, 0x0020), .DA, "20260101")
            .text(Tag(0x0008, 0x0030), .TM, "120000")
            .text(Tag(0x0008, 0x0050), .SH, "ACC-GEHEIM")
            .text(.modality, .CS, "CT")
            .text(Tag(0x0008, 0x0070), .LO, "Maker")
            .text(.patientName, .PN, patientName)
            .text(.patientID, .LO, patient)
            .text(Tag(0x0010, 0x0030), .DA, "19700101")
            .text(Tag(0x0010, 0x0040), .CS, "F")
        if isVIP { builder = builder.text(Tag(0x0010, 0x4000), .LT, "VIP") }
        return
            builder
            .text(.studyInstanceUID, .UI, "\(root).\(1000 + study)")
            .text(.seriesInstanceUID, .UI, "\(root).\(1000 + study).\(series)")
            .text(Tag(0x0020, 0x0010), .SH, "1")
            .text(Tag(0x0020, 0x0011), .IS, "\(series)")
            .text(Tag(0x0020, 0x0013), .IS, "\(instance)")
            .integers(Tag(0x0028, 0x0002), .US, 1)
            .text(Tag(0x0028, 0x0004), .CS, "MONOCHROME2")
            .integers(Tag(0x0028, 0x0010), .US, 8)
            .integers(Tag(0x0028, 0x0011), .US, pixels / 8)
            .integers(Tag(0x0028, 0x0100), .US, 8)
            .integers(Tag(0x0028, 0x0101), .US, 8)
            .integers(Tag(0x0028, 0x0102), .US, 7)
            .integers(Tag(0x0028, 0x0103), .US, 0)
            .text(Tag(0x0028, 0x0301), .CS, "NO")
            .bytes(.pixelData, .OB, (0..<pixels).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ instance) })
    }

    static func file(
        patient: String = patientID, study: Int = 1, series: Int = 1, instance: Int = 1, isVIP: Bool = false,
        pixels: Int = 64
    ) -> [UInt8] {
        dataSet(patient: patient, study: study, series: series, instance: instance, isVIP: isVIP, pixels: pixels)
            .file(.explicitLittleEndian)
    }

    /// Three studies of two patients in a layout of their own, with what lies about in folders.
    static func fill(_ folder: WorkFolder, _ name: String = "in", instances: Int = 4) throws {
        for study in 1...3 {
            for instance in 1...instances {
                let bytes = file(
                    patient: study == 3 ? "OTHER-GEHEIM" : patientID, study: study, instance: instance,
                    isVIP: study == 2 && instance == instances)
                try folder.write("\(name)/\(patientName)/s\(study)/IM\(instance)", bytes)
            }
        }
        try folder.write("\(name)/notes.txt", "not DICOM")
        try folder.write("\(name)/deep/er/still/copy.dcm", file(study: 1, instance: 1))
        try folder.write("\(name)/broken.dcm", file(study: 1, instance: 9).dropLast(10).map { $0 })
    }
}
