import DICOMCore
import DICOMFile
import Foundation
import RuleLanguage
import TestSupport
import Testing

@testable import RuleEngine

/// The rules in `Rules/`, asked of data sets that carry what they look for, and of some that nearly do.
struct ShippedPacksTests {
    typealias Tag = DICOMCore.Tag

    static let ruleSet: RuleSet? = {
        let path = Fixtures.packageRoot + "/Rules/sites/general-hospital.xml"
        return RuleSetLoader().load(path: path).ruleSet
    }()

    /// A CT image in UTF-8; parts must follow in the order of their tags where the test needs them at the top level.
    static func image(_ add: (DataSetBuilder) -> DataSetBuilder) -> DataSetBuilder {
        add(
            DataSetBuilder().text(.specificCharacterSet, .CS, "ISO_IR 192")
                .text(.sopClassUID, .UI, "1.2.840.10008.5.1.4.1.1.2").text(.sopInstanceUID, .UI, "2.25.11")
                .text(.studyInstanceUID, .UI, "2.25.12").text(.patientID, .LO, "A1"))
    }

    static func code(_ value: String, _ scheme: String, _ meaning: String) -> DataSetBuilder {
        DataSetBuilder().text(.codeValue, .SH, value).text(.codingSchemeDesignator, .SH, scheme)
            .text(.codeMeaning, .LO, meaning)
    }

    func labels(_ builder: DataSetBuilder, source: Condition.Source = Condition.Source()) throws -> [AssignedLabel] {
        let ruleSet = try #require(Self.ruleSet)
        let file = try DICOMFile(bytes: builder.file())
        let evaluation = Evaluator(ruleSet).evaluate(file, source: source)
        var book = StudyBook(ruleSet)
        book.add(evaluation)
        return book.resolve().labels(study: evaluation.study, patient: evaluation.patient)
    }

    func names(_ builder: DataSetBuilder, source: Condition.Source = Condition.Source()) throws -> Set<String> {
        Set(try labels(builder, source: source).map(\.label)).subtracting(["handling", "outside-any-hold"])
    }

    func dispositions(_ builder: DataSetBuilder) throws -> [String: Disposition] {
        let ruleSet = try #require(Self.ruleSet)
        let labels = try labels(builder)
        return Dictionary(
            uniqueKeysWithValues: ["archive", "research", "legal"].compactMap { audience in
                Decision.decide(audience: audience, labels: labels, in: ruleSet).map { (audience, $0.disposition) }
            })
    }

    @Test func `an ordinary image is released, de-identified for research, and none of the lawyers' business`() throws {
        let image = Self.image { $0.text(Tag(0x0008, 0x1030), .LO, "CT Thorax nach Trauma, Verlaufskontrolle") }
        #expect(try names(image) == [])
        #expect(try dispositions(image) == ["archive": .release, "research": .deidentify, "legal": .sequester])
    }

    @Test(
        arguments: [
            // Carriers of VIP and confidentiality.
            (
                "sensitive",
                image {
                    $0.privateBlock(group: 0x0903, block: 0x10, creator: "GEIIS PACS", [(0x12, .US, "\u{1}\u{0}")])
                }
            ),
            ("sensitive", image { $0.text(Tag(0x0040, 0x3001), .LO, "R") }),
            ("sensitive", image { $0.text(Tag(0x0040, 0x1008), .LO, "V") }),
            (
                "sensitive",
                image { $0.sequence(Tag(0x0040, 0x0275), [DataSetBuilder().text(Tag(0x0040, 0x1008), .LO, "R")]) }
            ),
            ("sensitive", image { $0.text(.patientName, .PN, "Confidential^A") }),
            (
                "vip",
                image {
                    $0.privateBlock(group: 0x0031, block: 0x12, creator: "SIEMENS SYNGO WORKFLOW", [(0x14, .SH, "Y ")])
                }
            ),
            ("vip", image { $0.text(.patientName, .PN, "VIP^Seven") }),
            ("vip", image { $0.text(Tag(0x0010, 0x4000), .LT, "patient is a V.I.P.") }),
            ("vip", image { $0.text(Tag(0x0040, 0x3001), .LO, "VIP") }),
            ("vip", image { $0.sequence(.sensitiveContentCodeSequence, [code("VIP", "ActCode", "celebrity")]) }),
            ("celebrity", image { $0.sequence(.sensitiveContentCodeSequence, [code("CEL", "ActCode", "celebrity")]) }),
            ("employee", image { $0.text(Tag(0x0038, 0x0050), .LO, "Klinikmitarbeiterin") }),
            ("location-hidden", image { $0.text(Tag(0x0010, 0x4000), .LT, "Auskunftssperre!") }),
            (
                "no-consent",
                image {
                    $0.sequence(Tag(0x0012, 0x0083), [DataSetBuilder().text(Tag(0x0012, 0x0085), .CS, "WITHDRAWN")])
                }
            ),
            // Holds.
            (
                "held",
                DataSetBuilder().text(.sopClassUID, .UI, "1.2.840.10008.5.1.4.1.1.88.59")
                    .text(.studyInstanceUID, .UI, "2.25.12").sequence(
                        Tag(0x0040, 0xA043), [code("113021", "DCM", "For Litigation")])
            ),
            (
                "held",
                DataSetBuilder().text(.sopClassUID, .UI, "1.2.840.10008.5.1.4.1.1.88.59")
                    .text(.studyInstanceUID, .UI, "2.25.12").sequence(
                        Tag(0x0040, 0xA043), [code("LH", "99X", "Litigation copy")])
            ),
            ("held", image { $0.sequence(Tag(0x0040, 0x100A), [code("113021", "DCM", "For Litigation")]) }),
            ("held", image { $0.text(Tag(0x0032, 0x4000), .LT, "LEGAL HOLD, matter 44") }),
            ("forensic", image { $0.text(Tag(0x0008, 0x1040), .LO, "Institut für Rechtsmedizin") }),
            // Violence.
            ("violence", image { $0.text(Tag(0x0008, 0x1030), .LO, "Non-accidental injury?") }),
            ("violence", image { $0.text(Tag(0x0040, 0x1002), .LO, "Zustand nach häuslicher Gewalt") }),
            (
                "violence",
                image {
                    $0.sequence(
                        Tag(0x0040, 0x0275), [DataSetBuilder().text(Tag(0x0032, 0x1060), .LO, "Maltrato infantil")])
                }
            ),
            ("violence", image { $0.text(Tag(0x0008, 0x1080), .LO, "T74.1 confirmed") }),
            (
                "violence",
                image {
                    $0.sequence(Tag(0x0008, 0x1084), [code("T76.12XA", "I10C", "Child physical abuse, suspected")])
                }
            ),
            (
                "violence",
                image {
                    $0.sequence(
                        Tag(0x0040, 0x0275),
                        [DataSetBuilder().sequence(Tag(0x0040, 0x100A), [code("386702006", "SCT", "Abuse")])])
                }
            ),
            (
                "violence",
                image { $0.text(Tag(0x0008, 0x1030), .LO, "Skeletal survey").text(Tag(0x0010, 0x1010), .AS, "007M") }
            ),
            (
                "violence",
                image {
                    $0.sequence(
                        Tag(0x0040, 0xA730),
                        [DataSetBuilder().text(Tag(0x0040, 0xA160), .UT, "No sign of shaken baby syndrome")])
                }
            ),
            ("violence", image { $0.text(Tag(0x0040, 0x2400), .LT, "児童虐待疑い") }),
            ("violence", image { $0.sequence(.sensitiveContentCodeSequence, [code("SDV", "ActCode", "abuse")]) }),
            ("sensitive", image { $0.text(Tag(0x0008, 0x1030), .LO, "Skeletal survey") }),
            // A code that nobody knows.
            ("marked", image { $0.sequence(.sensitiveContentCodeSequence, [code("X9", "99NOBODY", "?")]) }),
            // Lists.
            ("vip", image { $0.text(Tag(0x0010, 0x0021), .LO, "ANY").text(.patientID, .LO, "VX-77") }),
            (
                "evidence",
                image { $0.text(Tag(0x0008, 0x1030), .LO, "Child abuse").text(Tag(0x0032, 0x4000), .LT, "Legal hold") }
            ),
        ] as [(String, DataSetBuilder)])
    func `what carries a label gives it`(label: String, builder: DataSetBuilder) throws {
        #expect(try names(builder).contains(label))
    }

    @Test(arguments: [
        image { $0.privateBlock(group: 0x0903, block: 0x10, creator: "GEIIS PACS", [(0x12, .US, "\u{0}\u{0}")]) },
        image { $0.privateBlock(group: 0x0903, block: 0x10, creator: "SOMEBODY", [(0x12, .US, "\u{1}\u{0}")]) },
        image { $0.privateBlock(group: 0x0031, block: 0x10, creator: "SIEMENS SYNGO WORKFLOW", [(0x14, .SH, "N ")]) },
        image { $0.text(Tag(0x0040, 0x3001), .LO, "N") }, image { $0.text(Tag(0x0040, 0x3001), .LO, "") },
        image { $0.text(Tag(0x0040, 0x1008), .LO, "N") },
        image { $0.text(.patientName, .PN, "Vipond^Ann") }, image { $0.text(.patientName, .PN, "Heldt^Confidence") },
        image { $0.text(Tag(0x0008, 0x1030), .LO, "VIP receptor scintigraphy") },
        image { $0.text(Tag(0x0008, 0x1030), .LO, "Strangulated hernia, alcohol abuse") },
        image { $0.text(Tag(0x0008, 0x1030), .LO, "Skeletal survey, myeloma").text(Tag(0x0010, 0x1010), .AS, "071Y") },
        image {
            $0.sequence(.sensitiveContentCodeSequence, [code("131390", "DCM", "No Sensitive Content Identified")])
        },
        image { $0.sequence(Tag(0x0040, 0xA043), [code("113030", "DCM", "Manifest")]) },
        image { $0.sequence(Tag(0x0012, 0x0083), [DataSetBuilder().text(Tag(0x0012, 0x0085), .CS, "YES")]) },
        image { $0.sequence(Tag(0x0008, 0x1084), [code("T74.1", "99LOCAL", "Table 74")]) },
    ])
    func `what only resembles a carrier gives nothing sensitive`(builder: DataSetBuilder) throws {
        #expect(try names(builder).subtracting(["no-sensitive-content"]) == [])
    }

    @Test func `each audience gets what its purpose allows`() throws {
        let vip = Self.image { $0.text(.patientName, .PN, "VIP^Seven") }
        #expect(try dispositions(vip) == ["archive": .flag, "research": .sequester, "legal": .sequester])
        let violence = Self.image { $0.text(Tag(0x0008, 0x1030), .LO, "Child abuse") }
        #expect(try dispositions(violence) == ["archive": .flag, "research": .sequester, "legal": .sequester])
        let held = Self.image { $0.text(Tag(0x0032, 0x4000), .LT, "Legal hold") }
        // Words, which anybody may have written, hold; they do not show the study to anybody.
        #expect(try dispositions(held) == ["archive": .flag, "research": .sequester, "legal": .sequester])
        func listed(_ add: (DataSetBuilder) -> DataSetBuilder = { $0 }) -> DataSetBuilder {
            add(
                DataSetBuilder().text(.specificCharacterSet, .CS, "ISO_IR 192").text(.patientID, .LO, "GH-002600")
                    .text(.issuerOfPatientID, .LO, "GENERAL").text(.studyInstanceUID, .UI, "2.25.13"))
        }
        #expect(try dispositions(listed()) == ["archive": .flag, "research": .sequester, "legal": .release])
        let both = listed { $0.text(.patientName, .PN, "VIP^Seven") }
        #expect(try dispositions(both) == ["archive": .flag, "research": .sequester, "legal": .flag])
    }

    @Test func `a VIP who agreed takes part in research, and nobody else is lifted by it`() throws {
        func patient(_ add: (DataSetBuilder) -> DataSetBuilder = { $0 }) -> DataSetBuilder {
            add(
                DataSetBuilder().text(.specificCharacterSet, .CS, "ISO_IR 192").text(.patientID, .LO, "GH-001204")
                    .text(.issuerOfPatientID, .LO, "GENERAL").text(.studyInstanceUID, .UI, "2.25.12"))
        }
        #expect(try names(patient()) == ["vip", "consented", "sensitive"])
        #expect(try dispositions(patient())["research"] == .deidentify)
        #expect(try dispositions(patient { $0.text(Tag(0x0032, 0x4000), .LT, "Legal hold") })["research"] == .sequester)
        // Without an issuer the number may be anybody's: perhaps a VIP, perhaps with consent.
        let unknown = DataSetBuilder().text(.patientID, .LO, "GH-001204").text(.studyInstanceUID, .UI, "2.25.12")
        #expect(try dispositions(unknown)["research"] == .sequester)
    }

    @Test func `forensic medicine is known by the station that sends`() throws {
        let source = Condition.Source(aeTitle: "FORENSIC_CT")
        #expect(try names(Self.image { $0 }, source: source).isSuperset(of: ["forensic", "held", "sensitive"]))
    }
}
