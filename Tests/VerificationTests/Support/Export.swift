import CLibZip
import DICOMCore
import Foundation
import TestSupport

@testable import Inputs
@testable import Verification

/// Originals of two patients, and what a faultless de-identifier would have made of them; tests put single values back.
struct Export {
    /// The patient of most instances; nobody of that name is in a vocabulary.
    static let name = "Wolframsdotter^Ingeborg^K"
    static let id = "ZZ4711088"
    static let pixels = (0..<32).map { UInt8($0 * 7) }

    struct Instance {
        var original: DataSetBuilder
        var output: DataSetBuilder
        var syntax = TransferSyntax.explicitLittleEndian
        var fileMeta: [(Tag, VR, [UInt8])] = []
        var preamble = [UInt8](repeating: 0, count: 128)
        var tail: [UInt8] = []
        var name: String
        var uid: String
        var newUID: String
    }

    var instances: [Instance]
    var otherFiles: [(String, String)] = []
    var archiveComment: String?
    /// Originals of which nothing was made.
    var extraOriginals: [Instance] = []

    init() {
        instances = [
            Self.instance(1, Self.name, Self.id, birth: "19610203", study: "20190412", moved: -70),
            Self.instance(2, Self.name, Self.id, birth: "19610203", study: "20190503", moved: -70),
            Self.instance(
                3, "Grøndahl^Åse Bjørnstjerne", "QQ-5550123", birth: "19491130", study: "20190413", moved: 21),
        ]
    }

    static func uid(_ number: Int, new: Bool) -> String {
        new ? "2.25.88800000000\(number)" : "1.2.276.0.7230010.3.1.4.8323329.\(number)"
    }

    private static func date(_ text: String, _ days: Int) -> String {
        let calendar = Calendar(identifier: .gregorian)
        let formatter = DateFormatter()
        formatter.calendar = calendar
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "yyyyMMdd"
        guard let date = formatter.date(from: text) else { return "" }
        return formatter.string(from: date.addingTimeInterval(Double(days) * 86400))
    }

    private static func instance(
        _ number: Int, _ name: String, _ id: String, birth: String, study: String, moved: Int
    ) -> Instance {
        func dataSet(new: Bool) -> DataSetBuilder {
            let day = new ? date(study, moved) : study
            let pseudonym = "PSEUDO\(id == Self.id ? 1 : 2)"
            var builder = DataSetBuilder().text(.specificCharacterSet, .CS, "ISO_IR 192")
                .text(Tag(0x0008, 0x0008), .CS, "ORIGINAL\\PRIMARY")
                .text(.sopClassUID, .UI, "1.2.840.10008.5.1.4.1.1.7")
                .text(.sopInstanceUID, .UI, uid(number, new: new))
                .text(Tag(0x0008, 0x0020), .DA, day)
                .text(Tag(0x0008, 0x002A), .DT, "\(day)101500.25+0100")
                .text(Tag(0x0008, 0x0030), .TM, "101500")
                .text(Tag(0x0008, 0x0050), .SH, new ? "" : "A2019334\(number)")
                .text(.modality, .CS, "OT")
                .text(Tag(0x0008, 0x0064), .CS, "WSD")
                .text(Tag(0x0008, 0x0090), .PN, new ? "" : "Featherstonehaugh^Ebenezer^^Dr")
            if !new { builder = builder.text(Tag(0x0008, 0x0080), .LO, "Saint Walburga Infirmary") }
            builder = builder.text(Tag(0x0008, 0x1030), .LO, "Knee, Segond fracture, protocol LONG AXIS")
                .sequence(
                    Tag(0x0008, 0x1140),
                    [
                        DataSetBuilder().text(Tag(0x0008, 0x1150), .UI, "1.2.840.10008.5.1.4.1.1.7")
                            .text(Tag(0x0008, 0x1155), .UI, uid(number == 1 ? 2 : 1, new: new))
                    ])
            if !new {
                builder = builder.privateBlock(
                    group: 0x0009, block: 0x10, creator: "ACME 1", [(1, .LO, "for \(name)"), (2, .DS, "12.5")])
            }
            builder = builder.text(.patientName, .PN, new ? pseudonym : name)
                .text(.patientID, .LO, new ? pseudonym : id)
                .text(Tag(0x0010, 0x0030), .DA, new ? "" : birth)
                .text(Tag(0x0010, 0x0040), .CS, new ? "" : "F")
            if !new {
                builder = builder.text(Tag(0x0010, 0x1040), .LO, "17 Hollyhock Mews, Quenborough QX9 1AA")
                    .text(Tag(0x0010, 0x2154), .SH, "+47 555 01 49 221")
            }
            if new {
                builder = builder.text(.patientIdentityRemoved, .CS, "YES")
                    .text(.deidentificationMethod, .LO, "A test")
                    .sequence(
                        .deidentificationMethodCodeSequence,
                        ["113100", "113105", "113107"].map { code in
                            DataSetBuilder().text(.codeValue, .SH, code).text(.codingSchemeDesignator, .SH, "DCM")
                        })
            }
            builder = builder.text(Tag(0x0018, 0x0050), .DS, "2.5")
                .text(.studyInstanceUID, .UI, uid(100 + (id == Self.id ? 1 : 2), new: new))
                .text(.seriesInstanceUID, .UI, uid(200 + number, new: new))
                .text(Tag(0x0020, 0x0013), .IS, "\(number)")
                .integers(Tag(0x0028, 0x0002), .US, 1).text(Tag(0x0028, 0x0004), .CS, "MONOCHROME2")
                .integers(Tag(0x0028, 0x0010), .US, 4).integers(Tag(0x0028, 0x0011), .US, 4)
                .integers(Tag(0x0028, 0x0100), .US, 16).integers(Tag(0x0028, 0x0101), .US, 16)
                .integers(Tag(0x0028, 0x0102), .US, 15).integers(Tag(0x0028, 0x0103), .US, 0)
            if new { builder = builder.text(.longitudinalTemporalInformationModified, .CS, "MODIFIED") }
            var pixels = Self.pixels
            pixels[0] = UInt8(number)
            return builder.bytes(.pixelData, .OW, pixels)
        }
        return Instance(
            original: dataSet(new: false), output: dataSet(new: true),
            name: "released/PSEUDO/\(uid(number, new: true)).dcm", uid: uid(number, new: false),
            newUID: uid(number, new: true))
    }

    /// Verifies the export as it is now.
    func report(archived: Bool = false, showsValues: Bool = false, jobs: Int = 2) throws -> VerificationReport {
        let folder = try Folder()
        for (number, instance) in instances.enumerated() {
            try folder.write("in/original\(number).dcm", Self.file(instance, original: true))
            try folder.write("out/\(instance.name)", Self.file(instance, original: false))
        }
        for (number, instance) in extraOriginals.enumerated() {
            try folder.write("in/other\(number).dcm", Self.file(instance, original: true))
        }
        for (name, text) in otherFiles { try folder.write("out/\(name)", Array(text.utf8)) }
        var output = folder.path + "/out"
        if archived {
            output = folder.path + "/export.zip"
            try Self.archive(folder.path + "/out", instances.map(\.name), to: output, comment: archiveComment)
        }
        var request = Verification.Request(
            originals: InputSources(paths: [folder.path + "/in"]), output: output)
        request.jobs = jobs
        request.showsValues = showsValues
        return try Verification.run(request)
    }

    /// Writes all originals, and some of the outputs.
    func write(to folder: Folder, outputs: [Int]) throws {
        for (number, instance) in instances.enumerated() {
            try folder.write("in/original\(number).dcm", Self.file(instance, original: true))
        }
        for number in outputs {
            try folder.write("out/\(instances[number].name)", Self.file(instances[number], original: false))
        }
    }

    private static func file(_ instance: Instance, original: Bool) -> [UInt8] {
        var meta = DataSetBuilder().bytes(.fileMetaInformationVersion, .OB, [0, 1])
            .text(.mediaStorageSOPClassUID, .UI, "1.2.840.10008.5.1.4.1.1.7")
            .text(.mediaStorageSOPInstanceUID, .UI, original ? instance.uid : instance.newUID)
            .text(.transferSyntaxUID, .UI, instance.syntax.uid).text(.implementationClassUID, .UI, "2.25.2")
        if original {
            meta = meta.text(Tag(0x0002, 0x0016), .AE, "WOLFRAM_CT3")
        } else {
            for (tag, vr, bytes) in instance.fileMeta { meta = meta.bytes(tag, vr, bytes) }
        }
        let builder = original ? instance.original : instance.output
        return builder.file(
            instance.syntax, fileMeta: meta, preamble: original ? [UInt8](repeating: 0, count: 128) : instance.preamble)
            + (original ? [] : instance.tail)
    }

    private static func archive(_ root: String, _ names: [String], to path: String, comment: String?) throws {
        guard let archive = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, nil) else { return }
        for (number, name) in names.enumerated() {
            let source = zip_source_file(archive, "\(root)/\(name)", 0, -1)
            let index = zip_file_add(archive, name, source, zip_flags_t(ZIP_FL_ENC_UTF_8))
            if let comment, number == 1 {
                zip_file_set_comment(archive, zip_uint64_t(index), comment, zip_uint16_t(comment.utf8.count), 0)
            }
        }
        zip_close(archive)
    }
}

extension DataSetBuilder {
    /// With one more element where its tag belongs, in place of one that is there.
    func setting(_ tag: Tag, _ vr: VR, _ bytes: [UInt8]) -> DataSetBuilder {
        placing(.element(tag, vr, bytes), at: tag)
    }

    func setting(_ tag: Tag, _ vr: VR, _ text: String) -> DataSetBuilder { setting(tag, vr, Array(text.utf8)) }

    func placing(_ part: Part, at tag: Tag) -> DataSetBuilder {
        var parts = self.parts.filter { $0.tag != tag }
        parts.insert(part, at: parts.firstIndex { ($0.tag ?? tag) > tag } ?? parts.count)
        return DataSetBuilder(parts)
    }

    func removing(_ tag: Tag) -> DataSetBuilder { DataSetBuilder(parts.filter { $0.tag != tag }) }
}

extension DataSetBuilder.Part {
    var tag: Tag? {
        switch self {
        case .element(let tag, _, _), .fragments(let tag, _, _): tag
        case .sequence(let tag, _, _, _, _): tag
        case .raw: nil
        }
    }
}

/// A folder for one test, gone with it.
final class Folder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/cordon-verify-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        let url = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }
}

extension TransferSyntax {
    static let jpegBaseline8Bit = TransferSyntax(uid: "1.2.840.10008.1.2.4.50")
    static let jpeg2000 = TransferSyntax(uid: "1.2.840.10008.1.2.4.91")
}
