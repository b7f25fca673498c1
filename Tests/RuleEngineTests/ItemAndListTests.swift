import DICOMCore
import DICOMFile
import TestSupport
import Testing

@testable import RuleEngine

@Suite("Items of sequences")
struct ItemTests {
    static let sequence = Tag(0x0008, 0x1110)
    static func item(_ bytes: [UInt8]?) -> DataSetBuilder {
        bytes.map { DataSetBuilder().bytes(Tag(0x0008, 0x0080), .LO, $0) } ?? DataSetBuilder()
    }
    static let yes = item([0x41, 0x20]), no = item([0x42, 0x20]), unreadable = item([0xE9, 0xFF]), absent = item(nil)

    @Test(
        arguments: [
            ([], Truth.false, Truth.false), ([yes], .true, .true), ([no], .false, .false),
            ([unreadable], .unknown, .unknown), ([absent], .false, .false), ([yes, no], .true, .false),
            ([yes, unreadable], .true, .unknown), ([no, unreadable], .unknown, .false), ([yes, yes], .true, .true),
        ] as [([DataSetBuilder], Truth, Truth)])
    func `some and every`(_ items: [DataSetBuilder], _ some: Truth, _ every: Truth) throws {
        let dataSet = DataSetBuilder().sequence(Self.sequence, items)
        let inner = #"<equals attribute="InstitutionName" value="A"/>"#
        #expect(try Scene.truth(#"<some of="ReferencedStudySequence">\#(inner)</some>"#, dataSet) == some)
        #expect(try Scene.truth(#"<every of="ReferencedStudySequence">\#(inner)</every>"#, dataSet) == every)
    }

    @Test func `a sequence that is absent, or no sequence`() throws {
        let inner = #"<equals attribute="InstitutionName" value="A"/>"#
        for quantifier in ["some", "every"] {
            let condition = #"<\#(quantifier) of="ReferencedStudySequence">\#(inner)</\#(quantifier)>"#
            #expect(try Scene.truth(condition, DataSetBuilder()) == .false)
            #expect(try Scene.truth(condition, DataSetBuilder().bytes(Self.sequence, .OB, [1, 2])) == .unknown)
            #expect(try Scene.truth(condition, DataSetBuilder().bytes(Self.sequence, .OB, [])) == .false)
        }
    }

    @Test func `conditions of an item are asked of that item alone`() throws {
        let both =
            #"<all><equals attribute="CodeValue" value="1"/><equals attribute="CodingSchemeDesignator" value="A"/></all>"#
        let condition = #"<some of="ProcedureCodeSequence">\#(both)</some>"#
        let crossed = DataSetBuilder().sequence(Tag(0x0008, 0x1032), [.code("1", "B"), .code("2", "A")])
        let matching = DataSetBuilder().sequence(Tag(0x0008, 0x1032), [.code("2", "A"), .code("1", "A")])
        #expect(try Scene.truth(condition, crossed) == .false)
        #expect(try Scene.truth(condition, matching) == .true)
    }

    @Test func `items within items`() throws {
        let inner = DataSetBuilder().sequence(Self.sequence, [Self.no, Self.yes])
        let dataSet = DataSetBuilder().sequence(Self.sequence, [Self.no, inner])
        let condition = """
            <some of="ReferencedStudySequence"><some of="ReferencedStudySequence">
            <equals attribute="InstitutionName" value="A"/></some></some>
            """
        let (truth, evidence) = try Scene.outcome(condition, DICOMFile(bytes: dataSet.file()))
        #expect(truth == .true)
        #expect(evidence.map(\.attribute) == ["(0008,1110)/2/(0008,1110)/2/(0008,0080)"])
    }
}

@Suite("Lists")
struct ListTests {
    static let csv = ["vip.csv": "PatientID,IssuerOfPatientID\nA1,HOSP\nA2,\n"]
    static let single = ["ids.csv": "PatientID\nA1\n"]

    @Test(
        arguments: [
            ("A1", "HOSP", Truth.true), ("A1", "OTHER", .false), ("A1", nil, .unknown), ("A1", "", .unknown),
            ("A2", nil, .true), ("A2", "ANY", .true), ("A3", "HOSP", .false), (nil, "HOSP", .false), (nil, nil, .false),
            (" A1 ", " HOSP", .true), ("a1", "HOSP", .false), ("A3\\A1", "HOSP", .true), ("A3\\A1", "X\\HOSP", .true),
            ("A3\\A1", nil, .unknown),
        ] as [(String?, String?, Truth)])
    func `a patient by number and issuer`(_ id: String?, _ issuer: String?, _ expected: Truth) throws {
        let dataSet = DataSetBuilder.instance(patient: id, issuer: issuer)
        #expect(try Scene.truth(#"<in list="vip"/>"#, dataSet, lists: Self.csv) == expected)
        #expect(try Scene.truth(#"<not><in list="vip"/></not>"#, dataSet, lists: Self.csv) == !expected)
    }

    @Test func `a number that cannot be read is unknown`() throws {
        let dataSet = DataSetBuilder().bytes(.patientID, .LO, [0x41, 0xE9])
        #expect(try Scene.truth(#"<in list="ids"/>"#, dataSet, lists: Self.single) == .unknown)
        let issuer = DataSetBuilder().text(.patientID, .LO, "A1").bytes(.issuerOfPatientID, .LO, [0xE9, 0xFF])
        #expect(try Scene.truth(#"<in list="vip"/>"#, issuer, lists: Self.csv) == .unknown)
    }

    @Test func `number and issuer of one item belong together`() throws {
        let condition = """
            <in list="vip" attribute="OtherPatientIDsSequence/*/PatientID OtherPatientIDsSequence/*/IssuerOfPatientID"/>
            """
        func other(_ pairs: [(String, String)]) -> DataSetBuilder {
            DataSetBuilder().sequence(
                Tag(0x0010, 0x1002),
                pairs.map { DataSetBuilder().text(.patientID, .LO, $0.0).text(.issuerOfPatientID, .LO, $0.1) })
        }
        #expect(try Scene.truth(condition, other([("A9", "HOSP"), ("A1", "OTHER")]), lists: Self.csv) == .false)
        #expect(try Scene.truth(condition, other([("A9", "OTHER"), ("A1", "HOSP")]), lists: Self.csv) == .true)
    }

    @Test func `evidence names the elements that agreed, or the one that was missed`() throws {
        let found = try Scene.outcome(
            #"<in list="vip"/>"#, DICOMFile(bytes: DataSetBuilder.instance(patient: "A1", issuer: "HOSP").file()),
            lists: Self.csv)
        #expect(found.evidence.map(\.attribute) == ["(0010,0020)", "(0010,0021)"])
        let missed = try Scene.outcome(
            #"<in list="vip"/>"#, DICOMFile(bytes: DataSetBuilder.instance(patient: "A1").file()), lists: Self.csv)
        #expect(missed.truth == .unknown)
        #expect(missed.evidence.map(\.attribute) == ["(0010,0021)"])
        #expect(missed.evidence.first?.problem?.contains("A1") == false)
    }

    @Test func `more combinations than anybody means are unknown`() throws {
        let many = (0..<100).map { "X\($0)" }.joined(separator: "\\")
        let dataSet = DataSetBuilder().text(.patientID, .LO, many).text(.issuerOfPatientID, .LO, many)
        #expect(try Scene.truth(#"<in list="vip"/>"#, dataSet, lists: Self.csv) == .unknown)
    }
}

@Suite("Person names in conditions")
struct PersonNameConditionTests {
    static let yamada = DataSetBuilder().text(.specificCharacterSet, .CS, "ISO_IR 192")
        .text(.patientName, .PN, "Yamada^Tarou^^=山田^太郎=やまだ^たろう")

    @Test(arguments: [
        (#"value="Yamada^Tarou""#, Truth.true), (#"value="Yamada^Tarou^^""#, .true), (#"value="Yamada""#, .false),
        (#"value="山田^太郎""#, .true), (#"value="やまだ^たろう" group="phonetic""#, .true),
        (#"value="Yamada^Tarou" group="ideographic""#, .false), (#"value="Yamada" component="family""#, .true),
        (#"value="Tarou" component="family""#, .false), (#"value="太郎" component="given""#, .true),
        (#"value="太郎" component="given" group="alphabetic""#, .false),
        (#"value="YAMADA" component="family" fold="case""#, .true), (#"value="x" component="suffix""#, .false),
    ])
    func `component and group`(_ rest: String, _ expected: Truth) throws {
        #expect(try Scene.truth(#"<equals attribute="PatientName" \#(rest)/>"#, Self.yamada) == expected)
    }

    @Test func `case and accents`() throws {
        let name = DataSetBuilder().text(.specificCharacterSet, .CS, "ISO_IR 192").text(
            .patientName, .PN, "Müller^René")
        let condition = #"<equals attribute="PatientName" component="family" value="MULLER""#
        #expect(try Scene.truth(condition + "/>", name) == .false)
        #expect(try Scene.truth(condition + #" fold="accents"/>"#, name) == .false)
        #expect(try Scene.truth(condition + #" fold="case accents"/>"#, name) == .true)
    }

    @Test func `one of two names that cannot be read`() throws {
        let names = DataSetBuilder().bytes(.patientName, .PN, [0xE9]).text(.patientName, .PN, "Doe^Jane")
        #expect(try Scene.truth(#"<equals attribute="PatientName" value="Doe^Jane"/>"#, names) == .true)
        #expect(try Scene.truth(#"<equals attribute="PatientName" value="Roe"/>"#, names) == .unknown)
    }

    @Test(arguments: [
        "Yamada^Tarou^^", "Yamada ^ Tarou", "Yamada^Tarou^^=山田^太郎=やまだ^たろう", "山田^太郎^", "Yamada^Tarou",
    ])
    func `a name of a list is the same with delimiters at its end and without`(_ name: String) throws {
        let lists = [
            "names.csv": "PatientName\n\(name)\n", "others.csv": "Name,PatientID\n\(name),A1\nRoe^Jo^^^,A2\n",
        ]
        let condition = #"<in list="others" attribute="PatientName PatientID"/>"#
        #expect(try Scene.truth(#"<in list="names"/>"#, Self.yamada, lists: lists) == .true)
        let both = Self.yamada.text(.patientID, .LO, "A1")
        #expect(try Scene.truth(condition, both, lists: lists) == .true)
        let other = Self.yamada.text(.patientID, .LO, "A2")
        #expect(try Scene.truth(condition, other, lists: lists) == .false)
    }

    @Test func `a pattern is held against each group`() throws {
        #expect(try Scene.truth(#"<matches attribute="PatientName" pattern="^山田"/>"#, Self.yamada) == .true)
        #expect(
            try Scene.truth(#"<matches attribute="PatientName" pattern="^Tarou$" component="given"/>"#, Self.yamada)
                == .true)
        #expect(try Scene.truth(#"<matches attribute="PatientName" pattern="^Tarou"/>"#, Self.yamada) == .false)
    }
}
