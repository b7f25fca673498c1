import DICOMCore
import TestSupport

/// Small instances, each of its own bytes.
enum Instances {
    static let root = "1.2.826.0.1.3680043.8.498.88"

    static func uid(_ number: Int, study: Int = 1) -> String { "\(root).\(study).1.\(number)" }
    static func study(_ study: Int = 1) -> String { "\(root).\(study)" }

    static func dataSet(
        _ number: Int, study: Int = 1, patient: String = "P1", comment: String? = nil, pixels: Int = 64,
        modality: String = "CT", variant: Int = 0
    ) -> DataSetBuilder {
        var builder = DataSetBuilder()
            .text(Tag(0x0008, 0x0008), .CS, "ORIGINAL\\PRIMARY\\AXIAL")
            .text(.sopClassUID, .UI, "1.2.840.10008.5.1.4.1.1.2")
            .text(.sopInstanceUID, .UI, uid(number, study: study))
            .text(Tag(0x0008, 0x0020), .DA, "20260101")
            .text(Tag(0x0008, 0x0030), .TM, "120000")
            .text(Tag(0x0008, 0x0050), .SH, "ACC1")
            .text(.modality, .CS, modality)
            .text(Tag(0x0008, 0x0070), .LO, "Maker")
            .text(.patientName, .PN, "GEHEIMNIS^ROSALINDE")
            .text(.patientID, .LO, patient)
            .text(Tag(0x0010, 0x0030), .DA, "19700101")
            .text(Tag(0x0010, 0x0040), .CS, "F")
        if let comment { builder = builder.text(Tag(0x0010, 0x4000), .LT, comment) }
        return
            builder
            .text(.studyInstanceUID, .UI, self.study(study))
            .text(.seriesInstanceUID, .UI, "\(root).\(study).1")
            .text(Tag(0x0020, 0x0010), .SH, "1")
            .text(Tag(0x0020, 0x0011), .IS, "1")
            .text(Tag(0x0020, 0x0013), .IS, "\(number)")
            .integers(Tag(0x0028, 0x0002), .US, 1)
            .text(Tag(0x0028, 0x0004), .CS, "MONOCHROME2")
            .integers(Tag(0x0028, 0x0010), .US, 8)
            .integers(Tag(0x0028, 0x0011), .US, pixels / 8)
            .integers(Tag(0x0028, 0x0100), .US, 8)
            .integers(Tag(0x0028, 0x0101), .US, 8)
            .integers(Tag(0x0028, 0x0102), .US, 7)
            .integers(Tag(0x0028, 0x0103), .US, 0)
            .text(Tag(0x0028, 0x0301), .CS, "NO")
            .bytes(.pixelData, .OB, (0..<pixels).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ number &+ variant) })
    }

    /// A file with file meta information that says what is in it.
    static func file(
        _ number: Int, study: Int = 1, patient: String = "P1", comment: String? = nil, pixels: Int = 64,
        modality: String = "CT", variant: Int = 0
    ) -> [UInt8] {
        let meta = DataSetBuilder()
            .bytes(.fileMetaInformationVersion, .OB, [0, 1])
            .text(.mediaStorageSOPClassUID, .UI, "1.2.840.10008.5.1.4.1.1.2")
            .text(.mediaStorageSOPInstanceUID, .UI, uid(number, study: study))
            .text(.transferSyntaxUID, .UI, TransferSyntax.explicitLittleEndian.uid)
            .text(.implementationClassUID, .UI, "2.25.2")
        return dataSet(
            number, study: study, patient: patient, comment: comment, pixels: pixels, modality: modality,
            variant: variant
        ).file(.explicitLittleEndian, fileMeta: meta)
    }

    /// Data sets of those that were sent, by SOP Instance UID.
    static func expected(_ numbers: some Sequence<Int>, study: Int = 1) -> [String: [UInt8]] {
        Dictionary(numbers.map { (uid($0, study: study), dataSet($0, study: study).encoded()) }) { $1 }
    }
}

extension Instances {
    /// One in JPEG-LS, whose fragment is no image: nobody here looks into it.
    static func compressed(_ number: Int) -> [UInt8] {
        let syntax = TransferSyntax(uid: "1.2.840.10008.1.2.4.80")
        let meta = DataSetBuilder()
            .bytes(.fileMetaInformationVersion, .OB, [0, 1])
            .text(.mediaStorageSOPClassUID, .UI, "1.2.840.10008.5.1.4.1.1.2")
            .text(.mediaStorageSOPInstanceUID, .UI, uid(number, study: 7))
            .text(.transferSyntaxUID, .UI, syntax.uid)
            .text(.implementationClassUID, .UI, "2.25.2")
        return DataSetBuilder()
            .text(.sopClassUID, .UI, "1.2.840.10008.5.1.4.1.1.2")
            .text(.sopInstanceUID, .UI, uid(number, study: 7))
            .text(.modality, .CS, "CT")
            .text(.patientID, .LO, "P7")
            .text(.studyInstanceUID, .UI, study(7))
            .text(.seriesInstanceUID, .UI, "\(root).7.1")
            .fragments(.pixelData, .OB, [[], [0xFF, 0xD8, 0xFF, 0xD9]])
            .file(syntax, fileMeta: meta)
    }
}
