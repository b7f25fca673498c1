import DICOMCore
import DICOMFile
import RuleLanguage
import Testing

@testable import RuleTesting

/// What is written in short form is the data set that it says.
@Suite struct InstanceTests {
    private func instance(_ xml: String) throws -> DICOMFile {
        let (file, findings) = TestFileReader.read(
            text: """
                <tests xmlns="urn:cordon:rule-tests:1" rules="r.xml">
                <template id="t" PatientID="T" Modality="CT"/>
                <case name="c">\(xml)<expect><labels/></expect></case></tests>
                """, path: "t.xml")
        return try #require(file, "\(findings.map(\.message))").cases[0].trials[0][0].file
    }

    @Test func `class, instance, study and series are there unless it is bare`() throws {
        let usual = try instance("<instance/>")
        #expect(usual.text(.sopClassUID) == "1.2.840.10008.5.1.4.1.1.2")
        #expect(usual.text(.studyInstanceUID) == "2.25.1000")
        #expect(try instance("<instance bare='yes' PatientID='X'/>").dataSet.nodes.count == 1)
    }

    @Test func `texts are in the character set that they need or state`() throws {
        let utf8 = try instance("<instance PatientName='Müller^Jürgen=山田'/>")
        #expect(utf8.text(.specificCharacterSet) == "ISO_IR 192")
        let latin = try instance("<instance SpecificCharacterSet='ISO_IR 100' PatientName='Müller'/>")
        let stored = try latin.bytes(of: #require(latin.dataSet.child(.patientName)))
        #expect(stored == [0x4D, 0xFC, 0x6C, 0x6C, 0x65, 0x72])
        #expect(latin.text(.patientName) == "Müller")
        let kanji = try instance(
            "<instance SpecificCharacterSet='\\ISO 2022 IR 87' PatientName='Yamada^Tarou=山田^太郎'/>")
        #expect(kanji.text(.patientName) == "Yamada^Tarou=山田^太郎")
    }

    @Test func `private elements get blocks, and are found by their creator`() throws {
        let file = try instance(
            """
            <instance><element attribute="(0029,{B}10)" value="x" vr="LO"/>
            <element attribute="(0029,{A}10)" value="y" vr="LO"/>
            <element attribute="(0029,{B}11)" value="1\\2" vr="US"/></instance>
            """)
        let path = PathPattern(element: .privateElement(group: 0x29, creator: "B", element: 0x11))
        let found = file.nodes(matching: path)
        #expect(try file.bytes(of: #require(found.first)) == [1, 0, 2, 0])
        #expect(file.text(DICOMCore.Tag(0x0029, 0x0010)) == "B")
        #expect(file.text(DICOMCore.Tag(0x0029, 0x0011)) == "A")
    }

    @Test(arguments: ["explicit", "implicit", "big-endian"])
    func `numbers, tags and sequences are encoded as the syntax says`(syntax: String) throws {
        let file = try instance(
            """
            <instance syntax="\(syntax)" Rows="512" FrameIncrementPointer="(0018,1063)" ReferencePixelX0="-5">
            <sequence attribute="RequestAttributesSequence"><item AccessionNumber="A"/><item/></sequence></instance>
            """)
        #expect(try file.values(of: #require(file.dataSet.child(DICOMCore.Tag(0x0028, 0x0010)))) == ["512"])
        #expect(try file.values(of: #require(file.dataSet.child(DICOMCore.Tag(0x0018, 0x6020)))) == ["-5"])
        let sequence = try #require(file.dataSet.child(DICOMCore.Tag(0x0040, 0x0275)))
        #expect(file.dataSet.children(of: sequence).count == 2)
        #expect(file.transferSyntax.encoding.isExplicit == (syntax != "implicit"))
    }

    @Test func `a sequence may be stored as UN, or be unreadable`() throws {
        let unknown = try instance(
            "<instance><sequence attribute='RequestAttributesSequence' vr='UN'><item AccessionNumber='A'/></sequence>"
                + "</instance>")
        #expect(unknown.dataSet.nodes.contains { $0.kind == .item })
        let opaque = try instance("<instance><unreadable attribute='RequestAttributesSequence'/></instance>")
        #expect(!opaque.dataSet.nodes.contains { $0.kind == .item })
    }

    @Test(arguments: ["zero", "tiff", "executable", "other", "none"])
    func `the preamble is of the kind that is stated`(kind: String) throws {
        #expect(try instance("<instance preamble='\(kind)'/>").preamble.rawValue == kind)
    }

    @Test func `a template is begun with, changed and left out of`() throws {
        let file = try instance("<instance like='t' without='Modality' PatientID='U'/>")
        #expect(file.text(.patientID) == "U")
        #expect(file.text(.modality) == nil)
    }

    @Test func `a file that is cut has its beginning`() throws {
        let file = try instance("<instance cut='yes' PatientID='P'/>")
        #expect(file.text(.patientID) == "P")
    }

    @Test(
        arguments: [
            ("<instance ▸PatientId='x'/>", "unknown-attribute"),
            ("<instance ▸RequestAttributesSequence='x'/>", "bad-value"),
            ("<instance Rows='▸x'/>", "bad-value"),
            ("<instance Rows='▸70000'/>", "bad-value"),
            (
                "<instance><element attribute='▸RequestAttributesSequence/1/AccessionNumber' value='x'/></instance>",
                "bad-path"
            ),
            ("<instance><element attribute='▸(0029,{NOBODY KNOWS IT}10)' value='x'/></instance>", "missing-attribute"),
            ("<instance><sequence attribute='▸PatientID'/></instance>", "not-a-sequence"),
            ("<instance like='▸nobody'/>", "unknown-template"),
            ("<file href='▸nothing.dcm'/>", "unreadable-file"),
            ("<instance syntax='implicit'><▸unreadable attribute='PatientID'/></instance>", "bad-value"),
            ("<instance ▸colour='x'/>", "unknown-xml-attribute"),
            ("<instance PatientID='A'><element attribute='PatientID' value='▸B'/></instance>", "duplicate-attribute"),
            ("<instance SpecificCharacterSet='ISO_IR 100' PatientName='▸山'/>", "bad-value"),
        ] as [(String, String)]) func `what cannot be built is told with its place`(marked: String, code: String)
    {
        let prefix = "<tests xmlns='urn:cordon:rule-tests:1' rules='r.xml'>\n<case name='c'>"
        let column = "<case name='c'>".count + marked.prefix { $0 != "▸" }.count + 1
        let (file, findings) = TestFileReader.read(
            text: prefix + marked.filter { $0 != "▸" } + "<expect><labels/></expect></case></tests>", path: "t.xml")
        #expect(file == nil)
        #expect(
            findings.contains { $0.code == code && $0.location.line == 2 && $0.location.column == column },
            "\(findings.map { "\($0.location) \($0.code): \($0.message)" })")
    }

    @Test(
        arguments: [
            ("<case name='a'><instance/></case>", "nothing-expected"),
            ("<case name='a'><expect><labels/></expect></case>", "no-instance"),
            ("<case name='a'><instance/><expect><labels of='2'/></expect></case>", "no-instance"),
            ("<case name='a'><instance/><expect><copy audience='x'/></expect></case>", "nothing-expected"),
            ("<case name='a'><instance/><expect><copy others='kept'/></expect></case>", "missing-attribute"),
            ("<case name='a'><instance/><expect><decision is='release'/></expect></case>", "missing-attribute"),
            ("<case name='a'><instance/><expect><decision audience='x' is='discard'/></expect></case>", "bad-value"),
            (
                "<case name='a'><instance/><expect><labels/></expect></case>"
                    + "<case name='a'><instance/><expect><labels/></expect></case>",
                "duplicate-name"
            ),
            ("<rule/>", "unknown-element"),
        ] as [(String, String)]) func `tests that test nothing, or that nobody can understand, are refused`(
            body: String, code: String
        )
    {
        let (file, findings) = TestFileReader.read(
            text: "<tests xmlns='urn:cordon:rule-tests:1' rules='r.xml'>\(body)</tests>", path: "t.xml")
        #expect(file == nil)
        #expect(findings.map(\.code).contains(code), "\(findings.map(\.message))")
    }
}
