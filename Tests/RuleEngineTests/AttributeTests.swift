import DICOMCore
import DICOMFile
import RuleLanguage
import TestSupport
import Testing

@testable import RuleEngine

@Suite("Attributes, wherever and however they are stored")
struct AttributeTests {
    static let request = Tag(0x0040, 0x0275)
    static let accession = Tag(0x0008, 0x0050)
    static let description = Tag(0x0008, 0x1030)

    static func item(_ text: String) -> DataSetBuilder { DataSetBuilder().text(accession, .SH, text) }

    @Test(arguments: [TransferSyntax.explicitLittleEndian, .implicitLittleEndian, .explicitBigEndian])
    func `paths into items`(_ syntax: TransferSyntax) throws {
        let dataSet = DataSetBuilder().sequence(Self.request, length: .undefined, [Self.item("A"), Self.item("B")])
        for (path, value, expected) in [
            ("RequestAttributesSequence/*/AccessionNumber", "B", Truth.true),
            ("RequestAttributesSequence/2/AccessionNumber", "B", .true),
            ("RequestAttributesSequence/1/AccessionNumber", "B", .false),
            ("RequestAttributesSequence/3/AccessionNumber", "B", .false), ("**/AccessionNumber", "A", .true),
            ("AccessionNumber", "A", .false),
        ] {
            let condition = #"<equals attribute="\#(path)" value="\#(value)"/>"#
            #expect(try Scene.truth(condition, dataSet, syntax) == expected, "\(path)")
        }
    }

    @Test func `any depth includes the top level`() throws {
        let condition = #"<equals attribute="**/PatientName" value="Doe"/>"#
        let top = DataSetBuilder().text(.patientName, .PN, "Doe")
        let deep = DataSetBuilder().sequence(
            Tag(0x0008, 0x1140), [DataSetBuilder().sequence(Tag(0x0008, 0x1140), [top])])
        #expect(try Scene.truth(condition, top) == .true)
        #expect(try Scene.truth(condition, deep) == .true)
        #expect(try Scene.truth(condition, DataSetBuilder().text(.patientName, .PN, "Roe")) == .false)
    }

    /// A sequence whose items nobody can reach: stored as bytes under a VR that says nothing.
    static let opaque = DataSetBuilder().bytes(request, .OB, [1, 2, 3, 4, 5, 6, 7, 8])

    @Test(arguments: [
        ("<present %/>", Truth.unknown), ("<absent %/>", .unknown), ("<empty %/>", .unknown),
        (#"<equals % value="A"/>"#, .unknown), (#"<not><equals % value="A"/></not>"#, .unknown),
        (#"<matches % pattern="A"/>"#, .unknown),
    ])
    func `what may be hidden in an unreadable sequence is unknown`(_ condition: String, _ expected: Truth) throws {
        for path in ["RequestAttributesSequence/*/AccessionNumber", "**/AccessionNumber"] {
            let condition = condition.replacing("%", with: #"attribute="\#(path)""#)
            #expect(try Scene.truth(condition, Self.opaque) == expected, "\(condition)")
        }
    }

    @Test func `what is found elsewhere is true all the same`() throws {
        let dataSet = DataSetBuilder(Self.item("A").parts + Self.opaque.parts)
        #expect(try Scene.truth(#"<equals attribute="**/AccessionNumber" value="A"/>"#, dataSet) == .true)
        #expect(try Scene.truth(#"<present attribute="**/AccessionNumber"/>"#, dataSet) == .true)
        #expect(try Scene.truth(#"<equals attribute="AccessionNumber" value="B"/>"#, dataSet) == .false)
        let (truth, evidence) = try Scene.outcome(
            #"<equals attribute="**/AccessionNumber" value="B"/>"#, DICOMFile(bytes: dataSet.file()))
        #expect(truth == .unknown)
        #expect(evidence.map(\.attribute) == ["(0040,0275)"])
        #expect(evidence.first?.problem != nil)
    }

    @Test func `an element that stands twice is read twice`() throws {
        let dataSet = DataSetBuilder().text(Self.description, .LO, "A").text(Self.description, .LO, "B")
        for value in ["A", "B"] {
            #expect(try Scene.truth(#"<equals attribute="StudyDescription" value="\#(value)"/>"#, dataSet) == .true)
        }
        #expect(try Scene.truth(#"<equals attribute="StudyDescription" value="C"/>"#, dataSet) == .false)
        let half = DataSetBuilder().text(Self.description, .LO, "").text(Self.description, .LO, "B")
        #expect(try Scene.truth(#"<empty attribute="StudyDescription"/>"#, half) == .true)
        #expect(try Scene.truth(#"<equals attribute="StudyDescription" value="B"/>"#, half) == .true)
    }

    @Test(arguments: [
        ("UN", "Doe", Truth.true), ("UN", "Roe", .false), ("LO", "Doe", .true), ("LO", "Roe", .false),
        ("LT", "Doe", .true), ("OB", "Doe", .true), ("OB", "Roe", .false), ("US", "Doe ", .unknown),
        ("AT", "Doe ", .unknown), ("FD", "DoeDoe  ", .unknown), ("OW", "Doe ", .unknown), ("US", "", .false),
    ])
    func `a name that came with another VR is read by the dictionary's, or unknown`(
        _ vr: String, _ text: String, _ expected: Truth
    ) throws {
        let dataSet = DataSetBuilder().text(.patientName, try #require(VR(vr)), text)
        #expect(try Scene.truth(#"<equals attribute="PatientName" value="Doe"/>"#, dataSet) == expected)
    }

    @Test func `a name that came as a sequence is unknown`() throws {
        let dataSet = DataSetBuilder().sequence(.patientName, [Self.item("A")])
        #expect(try Scene.truth(#"<equals attribute="PatientName" value="Doe"/>"#, dataSet) == .unknown)
        #expect(try Scene.truth(#"<present attribute="PatientName"/>"#, dataSet) == .true)
    }

    @Test func `several values that came as one text are several`() throws {
        let dataSet = DataSetBuilder().text(Self.description, .LT, "A\\B")
        #expect(try Scene.truth(#"<equals attribute="StudyDescription" value="B"/>"#, dataSet) == .true)
        let comments = DataSetBuilder().text(Tag(0x0010, 0x4000), .LO, "A\\B")
        #expect(try Scene.truth(#"<equals attribute="PatientComments" value="A\B"/>"#, comments) == .true)
    }

    @Test func `numbers that came as text, and text that came as numbers`() throws {
        let rows = DataSetBuilder().text(Tag(0x0028, 0x0010), .IS, "256")
        #expect(try Scene.truth(#"<compare attribute="Rows" op="eq" number="256"/>"#, rows) == .true)
        let thickness = DataSetBuilder().integers(Tag(0x0018, 0x0050), .US, 3)
        #expect(try Scene.truth(#"<compare attribute="SliceThickness" op="eq" number="3"/>"#, thickness) == .true)
    }

    @Test func `private elements by creator, in whatever block`() throws {
        let condition = #"<equals attribute="(0031,{SIEMENS SYNGO WORKFLOW}14)" value="VIP"/>"#
        func block(_ block: UInt8, _ creator: String) -> DataSetBuilder {
            DataSetBuilder().privateBlock(group: 0x0031, block: block, creator: creator, [(0x14, .LO, "VIP")])
        }
        #expect(try Scene.truth(condition, block(0x10, "SIEMENS SYNGO WORKFLOW")) == .true)
        #expect(try Scene.truth(condition, block(0x42, "SIEMENS SYNGO WORKFLOW ")) == .true)
        #expect(try Scene.truth(condition, block(0x42, "SIEMENS SYNGO WORKFLOW"), .implicitLittleEndian) == .true)
        #expect(try Scene.truth(condition, block(0x10, "SOMEBODY ELSE")) == .false)
        let nested = DataSetBuilder().sequence(Self.request, [block(0x11, "SIEMENS SYNGO WORKFLOW")])
        #expect(try Scene.truth(condition, nested) == .false)
        #expect(
            try Scene.truth(
                #"<equals attribute="**/(0031,{SIEMENS SYNGO WORKFLOW}14)" value="VIP"/>"#, nested) == .true)
    }

    @Test func `a private element that no dictionary knows is read as the text it is, or unknown`() throws {
        let condition = #"<matches attribute="(0031,{NOBODY KNOWS US}14)" pattern="^(1|Y|VIP)"/>"#
        func block(_ bytes: [UInt8]) -> DataSetBuilder {
            DataSetBuilder().text(Tag(0x0031, 0x0010), .LO, "NOBODY KNOWS US").bytes(Tag(0x0031, 0x1014), .UN, bytes)
        }
        #expect(try Scene.truth(condition, block(Array("VIP ".utf8))) == .true)
        #expect(try Scene.truth(condition, block(Array("N ".utf8))) == .false)
        #expect(try Scene.truth(condition, block([0x4E, 0xE9])) == .unknown)
        #expect(try Scene.truth(condition, block(Array("VIP ".utf8)), .implicitLittleEndian) == .true)
        #expect(try Scene.truth(condition, block([1, 0, 2, 0]), .implicitLittleEndian) == .unknown)
    }

    @Test func `repeating groups`() throws {
        let condition = #"<present attribute="(60xx,3000)"/>"#
        for group: UInt16 in [0x6000, 0x6002, 0x601E] {
            let dataSet = DataSetBuilder().bytes(Tag(group, 0x3000), .OW, [0, 0])
            #expect(try Scene.truth(condition, dataSet) == .true)
        }
        #expect(try Scene.truth(condition, DataSetBuilder().bytes(Tag(0x6000, 0x0010), .US, [0, 0])) == .false)
    }

    @Test func `file meta information`() throws {
        let file = try DICOMFile(bytes: DataSetBuilder().text(.modality, .CS, "CT").file())
        let condition = #"<equals attribute="TransferSyntaxUID" value="1.2.840.10008.1.2.1"/>"#
        let (truth, evidence) = try Scene.outcome(condition, file)
        #expect(truth == .true && evidence.map(\.attribute) == ["(0002,0010)"])
        #expect(try Scene.truth(#"<present attribute="SourceApplicationEntityTitle"/>"#, file) == .false)
    }

    @Test func `a character set that nobody knows leaves its texts unknown, and codes readable`() throws {
        let dataSet = DataSetBuilder().text(.specificCharacterSet, .CS, "ISO_IR 999")
            .text(.modality, .CS, "CT").text(Self.description, .LO, "Knee")
        #expect(try Scene.truth(#"<equals attribute="StudyDescription" value="Knee"/>"#, dataSet) == .unknown)
        #expect(try Scene.truth(#"<equals attribute="Modality" value="MR"/>"#, dataSet) == .false)
    }

    /// Evidence names the element that was looked at; for what is not there, the path of the rule.
    @Test(arguments: [
        (#"<absent attribute="PatientName"/>"#, "(0010,0010)"),
        (#"<present attribute="RequestAttributesSequence/*/AccessionNumber"/>"#, "(0040,0275)/2/(0008,0050)"),
        (#"<not><present attribute="(0009,{X}01)"/></not>"#, "(0009,{X}01)"),
        (#"<preamble kind="zero"/>"#, "preamble"),
        (
            #"<some of="RequestAttributesSequence"><equals attribute="AccessionNumber" value="B"/></some>"#,
            "(0040,0275)/2/(0008,0050)"
        ),
        (
            #"<some of="RequestAttributesSequence"><absent attribute="AccessionNumber"/></some>"#,
            "(0040,0275)/1/(0008,0050)"
        ),
    ])
    func `evidence says where`(_ condition: String, _ expected: String) throws {
        let dataSet = DataSetBuilder().sequence(Self.request, [DataSetBuilder(), Self.item("B")])
        let (truth, evidence) = try Scene.outcome(condition, DICOMFile(bytes: dataSet.file()))
        #expect(truth == .true)
        #expect(evidence.map(\.attribute) == [expected])
        #expect(evidence.allSatisfy { $0.location.line == 3 && $0.problem == nil })
    }

    @Test func `what is found in passing is what walking the path finds`() throws {
        var dice = Dice(seed: 3)
        let tags = [Self.accession, Self.description, .patientName, .patientID, .modality]
        func random(_ depth: Int) -> DataSetBuilder {
            var builder = DataSetBuilder()
            for tag in tags.sorted() where dice.chance(50) { builder = builder.text(tag, .LO, "x") }
            if depth > 0, dice.chance(70) {
                builder = builder.sequence(Self.request, (0..<dice.roll(3)).map { _ in random(depth - 1) })
            }
            return builder
        }
        let patterns =
            tags.flatMap { [PathPattern($0), PathPattern(steps: [.anyDepth], element: .standard($0))] }
            + [PathPattern(steps: [.sequence(.standard(Self.request), item: nil)], element: .standard(.patientID))]
        var table = AttributeTable()
        let slots = patterns.map { table.slot($0) }
        for _ in 0..<200 {
            let file = try DICOMFile(bytes: random(3).file())
            let facts = InstanceFacts(file, source: .init(), table: table)
            for (slot, pattern) in zip(slots, patterns) {
                #expect(facts.elements(slot, in: nil).nodes == file.dataSet.nodes(matching: pattern, in: nil))
                #expect(
                    AttributeWalk(pattern, in: file.dataSet, from: nil).found.nodes
                        == file.dataSet.nodes(matching: pattern, in: nil))
            }
        }
    }
}

@Suite("The table of tags")
struct TagTableTests {
    @Test func `finds every tag that was entered, and no other`() {
        var dice = Dice(seed: 11)
        var table = TagTable()
        var expected: [DICOMCore.Tag: Int] = [:]
        for number in 0..<3000 {
            let tag = DICOMCore.Tag(UInt16(dice.roll(40)) * 2, UInt16(dice.roll(200)))
            table[tag].topLevel = number
            expected[tag] = number
        }
        for group in 0..<80 {
            for element in 0..<200 {
                let tag = DICOMCore.Tag(UInt16(group), UInt16(element))
                #expect(table.find(tag)?.topLevel == expected[tag])
            }
        }
        #expect(table.find(DICOMCore.Tag(0xFFFF, 0xFFFF))?.topLevel ?? -1 == -1)
    }
}
