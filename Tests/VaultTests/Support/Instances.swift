import DICOMCore
import Foundation
import TestSupport

/// Small instances, each of its own bytes.
enum Instances {
    static let root = "1.2.826.0.1.3680043.8.498.77"

    static func uid(_ number: Int) -> String { "\(root).\(number).1.1" }

    static func file(_ number: Int, patient: String = "P1", study: Int = 1, pixels: Int = 600) -> [UInt8] {
        DataSetBuilder()
            .text(.sopClassUID, .UI, "1.2.840.10008.5.1.4.1.1.2")
            .text(.sopInstanceUID, .UI, uid(number))
            .text(.modality, .CS, "CT")
            .text(.patientName, .PN, "Roe^Jane")
            .text(.patientID, .LO, patient)
            .text(.studyInstanceUID, .UI, "\(root).s\(study)".replacingOccurrences(of: "s", with: "9"))
            .text(.seriesInstanceUID, .UI, "\(root).8\(study)")
            .bytes(.pixelData, .OB, (0..<pixels).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ number) })
            .file(.explicitLittleEndian)
    }

    static func studyUID(_ study: Int = 1) -> String { "\(root).9\(study)" }

    /// A rejection note (IHE RAD TF-3 4.66).
    static func rejection(_ code: String, of numbers: [Int], number: Int = 900) -> [UInt8] {
        let images = numbers.map { DataSetBuilder().text(Tag(0x0008, 0x1155), .UI, uid($0)) }
        let series = DataSetBuilder().sequence(Tag(0x0008, 0x1199), images)
        let study = DataSetBuilder().sequence(Tag(0x0008, 0x1115), [series])
        let title = DataSetBuilder().text(.codeValue, .SH, code).text(.codingSchemeDesignator, .SH, "DCM")
        return DataSetBuilder()
            .text(.sopClassUID, .UI, "1.2.840.10008.5.1.4.1.1.88.59")
            .text(.sopInstanceUID, .UI, uid(number))
            .text(.modality, .CS, "KO")
            .text(.patientID, .LO, "P1")
            .text(.studyInstanceUID, .UI, studyUID())
            .sequence(Tag(0x0040, 0xA043), [title])
            .sequence(Tag(0x0040, 0xA375), [study])
            .file(.explicitLittleEndian)
    }

    /// Writes instances into a folder and says where.
    static func write(_ numbers: Range<Int>, to folder: VaultFolder, _ name: String = "in") throws -> [String] {
        try FileManager.default.createDirectory(atPath: folder(name), withIntermediateDirectories: true)
        return try numbers.map { number in
            let path = folder("\(name)/\(number).dcm")
            try Data(file(number)).write(to: URL(fileURLWithPath: path))
            return path
        }
    }
}
