import DICOMCore
import Foundation
import TestSupport
import Testing

import struct DICOMCore.Tag

@testable import Inputs
@testable import Verification

/// One value of the originals, put back into an export without fault.
struct Planting: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var category: Finding.Category
    /// How the place of the finding begins.
    var place: String
    var isArchived = false
    /// Other categories that the same planting may rightly show in.
    var also: Set<Finding.Category> = []
    var plant: @Sendable (inout Export) -> Void

    init(
        _ name: String, _ category: Finding.Category, at place: String, archived: Bool = false,
        also: Set<Finding.Category> = [], _ plant: @escaping @Sendable (inout Export) -> Void
    ) {
        testDescription = name
        self.category = category
        self.place = place
        isArchived = archived
        self.also = also
        self.plant = plant
    }

    /// Into the second output.
    static func element(
        _ name: String, _ category: Finding.Category, _ tag: Tag, _ vr: VR, _ bytes: [UInt8],
        also: Set<Finding.Category> = []
    ) -> Planting {
        Planting(name, category, at: "\(tag)", also: also) { export in
            export.instances[1].output = export.instances[1].output.setting(tag, vr, bytes)
        }
    }

    static func text(
        _ name: String, _ category: Finding.Category, _ tag: Tag, _ vr: VR, _ text: String,
        also: Set<Finding.Category> = []
    ) -> Planting {
        element(name, category, tag, vr, Array(text.utf8), also: also)
    }

    private static let description = Tag(0x0008, 0x103E), comments = Tag(0x0020, 0x4000)

    static let all: [Planting] = [
        text("the name where it was", .name, .patientName, .PN, Export.name, also: [.kept]),
        text("the name without its middle part", .name, .patientName, .PN, "Wolframsdotter^Ingeborg"),
        text("the name the other way round, in capitals", .name, description, .LO, "Knee of INGEBORG WOLFRAMSDOTTER"),
        text("the name with a comma", .name, comments, .LT, "seen: wolframsdotter, ingeborg"),
        text("the family name alone", .name, comments, .LT, "discussed with Ms Wolframsdotter yesterday"),
        text("the family name glued to something", .name, Tag(0x0018, 0x1030), .LO, "WOLFRAMSDOTTER_KNEE"),
        text("a physician's name", .name, comments, .LT, "Ask Ebenezer Featherstonehaugh"),
        Planting("a name with letters of its language, without them", .name, at: "\(comments)") { export in
            export.instances[2].output = export.instances[2].output.setting(comments, .LT, "GRONDAHL, ASE")
        },
        Planting("a name in Latin-1 in a private element", .name, at: "(0019,1001)", also: [.privateElement]) {
            export in
            let name: [UInt8] = [0x47, 0x72, 0xF8, 0x6E, 0x64, 0x61, 0x68, 0x6C]
            export.instances[2].output = export.instances[2].output.setting(Tag(0x0019, 0x0010), .LO, "NEW 1")
                .setting(Tag(0x0019, 0x1001), .OB, [1, 2, 0] + name + [0, 9])
        },
        text("the ID where it was", .number, .patientID, .LO, Export.id, also: [.kept]),
        text("the ID in a text", .number, comments, .LT, "MRN: zz4711088."),
        text("the ID with separators", .number, comments, .LT, "ZZ-471-1088"),
        text("the ID as a code string", .number, Tag(0x0018, 0x0022), .CS, "ZZ4711088"),
        text("a phone number written otherwise", .number, comments, .LT, "call 47 5550149 221"),
        text("the accession number", .number, Tag(0x0040, 0x1001), .SH, "A20193342"),
        text("the address", .text, comments, .LT, "lives at 17 HOLLYHOCK MEWS"),
        text(
            "the institution", .text, comments, .LT,
            "Transferred from Saint  Walburga Infirmary".replacingOccurrences(of: "  ", with: " ")),
        text("the date of birth where it was", .kept, Tag(0x0010, 0x0030), .DA, "19610203"),
        text("the date of birth in another element", .birthDate, Tag(0x0008, 0x0022), .DA, "19610203"),
        text("the date of a study in another element", .date, Tag(0x0008, 0x0022), .DA, "20190503"),
        text("the date of birth in words", .birthDate, comments, .LT, "born 3 February 1961 in a village"),
        text("the date of birth with points", .birthDate, comments, .LT, "geb. 03.02.1961"),
        text("the date of a study in a text", .date, comments, .LT, "compare 05/03/2019"),
        text("a UID in a text", .uid, comments, .LT, "see \(Export.uid(1, new: false))"),
        text("a UID of another instance", .uid, Tag(0x0008, 0x0014), .UI, Export.uid(3, new: false)),
        element("a name behind a NUL", .name, Tag(0x0018, 0x1400), .LO, Array("OK\0Wolframsdotter^Ingeborg".utf8)),
        element(
            "wide characters", .name, Tag(0x0018, 0x1400), .LO,
            "Wolframsdotter".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }),
        text("base64", .number, comments, .LT, Data("patient ZZ4711088 is here".utf8).base64EncodedString()),
        text(
            "hexadecimal digits", .number, comments, .LT, Data("ZZ4711088".utf8).map { String($0, radix: 16) }.joined()),
        element("bytes of a lookup table", .number, Tag(0x0028, 0x1201), .OW, Array(("....ZZ4711088.....").utf8)),
        Planting("a nested name", .name, at: "(0040,0275)/1/(0040,0007)") { export in
            export.instances[1].output = export.instances[1].output.placing(
                .sequence(
                    Tag(0x0040, 0x0275), .SQ, length: .undefined, itemLength: .undefined,
                    items: [
                        DataSetBuilder().text(Tag(0x0040, 0x0007), .LO, "Knee Wolframsdotter^Ingeborg")
                    ]), at: Tag(0x0040, 0x0275))
        },
        Planting("a name in a sequence that came as UN", .name, at: "(0011,1001)", also: [.privateElement]) { export in
            export.instances[1].output = export.instances[1].output.setting(Tag(0x0011, 0x0010), .LO, "NEW 1").placing(
                .sequence(
                    Tag(0x0011, 0x1001), .UN, length: .undefined, itemLength: .defined,
                    items: [
                        DataSetBuilder().text(.patientName, .PN, Export.name)
                    ]), at: Tag(0x0011, 0x1001))
        },
        Planting("a private element that was there before", .privateElement, at: "(0009,1002)") { export in
            export.instances[1].output = export.instances[1].output.setting(Tag(0x0009, 0x0010), .LO, "ACME 1")
                .setting(Tag(0x0009, 0x1002), .DS, "12.5")
        },
        Planting("a private creator that is a name", .name, at: "(0009,0010)") { export in
            export.instances[1].output = export.instances[1].output.setting(
                Tag(0x0009, 0x0010), .LO, "SYS WOLFRAMSDOTTER^INGEBORG")
        },
        Planting("an application entity of the originals", .text, at: "(0002,0016)", also: [.fileMeta, .number]) {
            export in
            export.instances[1].fileMeta = [(Tag(0x0002, 0x0016), .AE, Array("WOLFRAM_CT3 ".utf8))]
        },
        Planting("private information of the file", .name, at: "(0002,0102)", also: [.fileMeta]) { export in
            export.instances[1].fileMeta = [
                (Tag(0x0002, 0x0102), .OB, Array("for Wolframsdotter^Ingeborg".utf8))
            ]
        },
        Planting("the preamble", .number, at: "preamble", also: [.fileMeta]) { export in
            export.instances[1].preamble.replaceSubrange(7..<16, with: Array(Export.id.utf8))
        },
        Planting("trailing padding", .number, at: "(FFFC,FFFC)") { export in
            export.instances[1].output = export.instances[1].output.setting(
                Tag(0xFFFC, 0xFFFC), .OB, Array("\0\0\0ZZ4711088\0\0".utf8))
        },
        Planting("bytes behind the pixels", .name, at: "(7FE0,0010), behind the pixels") { export in
            var pixels = Export.pixels
            pixels[0] = 2
            export.instances[1].output = export.instances[1].output.setting(
                .pixelData, .OW, pixels + Array("Wolframsdotter^Ingeborg ".utf8))
        },
        Planting("an overlay's description", .name, at: "(6000,0022)") { export in
            export.instances[1].output = export.instances[1].output.setting(
                Tag(0x6000, 0x0022), .LO, "ID of Wolframsdotter")
        },
        Planting("a comment in JPEG", .number, at: "(7FE0,0010), fragment 1, comment") { export in
            let comment = Array("made for ZZ4711088".utf8)
            export.compress(
                .jpegBaseline8Bit, plain: jpeg([]), planted: jpeg([0xFF, 0xFE, 0, UInt8(comment.count + 2)] + comment))
        },
        Planting("an application segment in JPEG", .name, at: "(7FE0,0010), fragment 1, application segment 1") {
            export in
            let text = Array("Exif\0\0 Ingeborg Wolframsdotter".utf8)
            export.compress(
                .jpegBaseline8Bit, plain: jpeg([]), planted: jpeg([0xFF, 0xE1, 0, UInt8(text.count + 2)] + text))
        },
        Planting("bytes behind the image", .name, at: "(7FE0,0010), fragment 1, behind the image") { export in
            export.compress(
                .jpegBaseline8Bit, plain: jpeg([]), planted: jpeg([]) + Array("Ingeborg Wolframsdotter".utf8))
        },
        Planting("a comment in JPEG 2000", .number, at: "(7FE0,0010), fragment 1, comment") { export in
            let comment = Array("made for ZZ4711088".utf8)
            export.compress(
                .jpeg2000, plain: jpeg2000([]),
                planted: jpeg2000([0xFF, 0x64, 0, UInt8(comment.count + 4), 0, 1] + comment))
        },
        Planting("a name of a file", .name, at: "file name") { export in
            export.instances[1].name = "released/PSEUDO/Wolframsdotter_knee.dcm"
        },
        Planting("a name of a folder", .number, at: "file name") { export in
            export.instances[1].name = "released/ZZ4711088/2.dcm"
        },
        Planting("another file beside them", .name, at: "file") { export in
            export.otherFiles = [("notes.txt", "study 2: Ingeborg Wolframsdotter\n")]
        },
        Planting("a comment of a ZIP entry", .number, at: "comment of entry 2", archived: true) { export in
            export.archiveComment = "was ZZ4711088"
        },
        Planting("a UID replaced in two ways", .uidConsistency, at: "(0008,1140)/1/(0008,1155)") { export in
            export.instances[2].output = export.instances[2].output.placing(
                .sequence(
                    Tag(0x0008, 0x1140), .SQ, length: .defined, itemLength: .defined,
                    items: [
                        DataSetBuilder().text(Tag(0x0008, 0x1150), .UI, "1.2.840.10008.5.1.4.1.1.7")
                            .text(Tag(0x0008, 0x1155), .UI, "2.25.999")
                    ]), at: Tag(0x0008, 0x1140))
        },
        text("a date that did not move", .interval, Tag(0x0008, 0x0020), .DA, "20190503"),
        text("a date that moved otherwise", .interval, Tag(0x0008, 0x0020), .DA, "20190224"),
        text("a time of day that changed", .interval, Tag(0x0008, 0x002A), .DT, "20190222101600.25+0100"),
        text("an age above 90", .age, Tag(0x0010, 0x1010), .AS, "093Y"),
        text("burned-in text", .burnedIn, .burnedInAnnotation, .CS, "YES"),
        text("no statement", .required, .patientIdentityRemoved, .CS, "NO"),
        text("a wrong statement of dates", .required, .longitudinalTemporalInformationModified, .CS, "UNMODIFIED"),
        text("another measurement", .changed, Tag(0x0018, 0x0050), .DS, "3.5"),
        Planting("a lost measurement", .changed, at: "(0018,0050)") { export in
            export.instances[1].output = export.instances[1].output.removing(Tag(0x0018, 0x0050))
        },
        element("other pixels", .pixels, .pixelData, .OW, Export.pixels),
        Planting("a lost attribute of Type 1", .type, at: "(0008,0064)") { export in
            export.instances[1].output = export.instances[1].output.removing(Tag(0x0008, 0x0064))
        },
        Planting("an original without an output", .missing, at: "file") { export in
            var second = export.instances[1]
            second.original = second.original.setting(.sopInstanceUID, .UI, "1.2.276.0.77.1").setting(
                .pixelData, .OW, [9] + Export.pixels.dropFirst())
            second.name = "nothing.txt"
            second.uid = "1.2.276.0.77.1"
            export.extraOriginals = [second]
        },
    ]

    private static func jpeg(_ extra: [UInt8]) -> [UInt8] {
        [0xFF, 0xD8] + extra + [0xFF, 0xC0, 0, 4, 8, 0, 0xFF, 0xDA, 0, 2, 0x12, 0xFF, 0x00, 0x34, 0x56, 0xFF, 0xD9]
    }

    private static func jpeg2000(_ extra: [UInt8]) -> [UInt8] {
        [0xFF, 0x4F, 0xFF, 0x51, 0, 4, 0, 0] + extra
            + [0xFF, 0x90, 0, 10, 0, 0, 0, 0, 0, 18, 0, 1, 0xFF, 0x93, 1, 2, 3, 4, 0xFF, 0xD9]
    }
}

extension Export {
    /// Makes the second instance a compressed one.
    mutating func compress(_ syntax: TransferSyntax, plain: [UInt8], planted: [UInt8]) {
        instances[1].syntax = syntax
        instances[1].original = instances[1].original.placing(.fragments(.pixelData, .OB, [[], plain]), at: .pixelData)
        instances[1].output = instances[1].output.placing(.fragments(.pixelData, .OB, [[], planted]), at: .pixelData)
    }
}

@Suite("A value put back into an export without fault")
struct PlantedValueTests {
    @Test func `an export without fault has no finding`() throws {
        let report = try Export().report(showsValues: true)
        #expect(report.findings.isEmpty, "\(report.lines())")
        #expect(report.isClean && report.isComplete)
        #expect(report.counts.originals == 3 && report.counts.exported == 3 && report.counts.patients == 2)
    }

    @Test func `an export without fault in an archive has no finding`() throws {
        let report = try Export().report(archived: true, showsValues: true)
        #expect(report.findings.isEmpty, "\(report.lines())")
    }

    @Test(arguments: Planting.all)
    func `it is found, where it is, and nothing else is`(_ planting: Planting) throws {
        var export = Export()
        planting.plant(&export)
        let report = try export.report(archived: planting.isArchived, showsValues: true)
        #expect(
            report.findings.contains { $0.category == planting.category && $0.place.hasPrefix(planting.place) },
            "\(planting.testDescription): \(report.lines())")
        let others = report.findings.filter { finding in
            !finding.place.hasPrefix(planting.place)
                || finding.category != planting.category && !planting.also.contains(finding.category)
        }
        #expect(others.isEmpty, "\(planting.testDescription): \(others)")
    }

    @Test func `without being asked no value stands in any report`() throws {
        for planting in Planting.all {
            var export = Export()
            planting.plant(&export)
            let report = try export.report(archived: planting.isArchived)
            let text =
                report.lines().joined() + report.json(time: "20260101000000+0000").text
                + report.page(time: "20260101000000+0000")
            for value in [
                "wolframsdotter", "ingeborg", "4711088", "grondahl", "grøndahl", "hollyhock", "walburga", "19610203",
                "8323329",
            ] {
                #expect(!text.lowercased().contains(value), "\(planting.testDescription)")
            }
        }
    }

    @Test func `the report is the same with any number of threads`() throws {
        var export = Export()
        for planting in Planting.all.prefix(12) { planting.plant(&export) }
        let reports = try [1, 2, 5].map { try export.report(showsValues: true, jobs: $0).json(time: "").text }
        #expect(Set(reports).count == 1)
    }
}
