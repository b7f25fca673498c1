import DICOMCore
import DICOMFile
import RuleLanguage
import TestSupport
import Testing

@testable import RuleEngine

@Suite("Explanations")
struct ExplanationTests {
    static let rules = """
        <vocabulary system="ActCode">
          <label id="vip" tier="2" is-a="sensitive" code="VIP"/>
          <label id="held" tier="2" is-a="sensitive" system="DCM" code="113021"/>
          <label id="consented" tier="2" lifts="vip" system="local" code="CONSENT"/>
        </vocabulary>
        <list id="vips" href="vips.csv" key="PatientID"/>
        <tier number="2">
          <rule id="on-the-list" title="Someone whom people know"><when><in list="vips"/></when><tag patient="vip"/></rule>
          <rule id="for-litigation">
            <when><some of="ConceptNameCodeSequence"><equals attribute="CodeValue" value="113021"/></some></when>
            <tag study="held"/>
          </rule><rule id="agreed"><when><equals attribute="Modality" value="OT"/></when><tag study="consented"/></rule>
        </tier>
        <profile id="basic"><remove anything="true"/></profile>
        <audience id="archive" purpose="TREAT">
          <always><release/></always>
          <on label="vip"><flag/></on>
        </audience>
        <audience id="research" purpose="HRESCH">
          <always><deidentify profile="basic"/></always>
          <on label="held"><sequester/></on>
          <on label="vip" unless="consented"><sequester/></on>
        </audience>
        """

    static let instance = DataSetBuilder().text(.patientID, .LO, "SECRET-ID").text(.studyInstanceUID, .UI, "2.25.1")
        .sequence(DICOMCore.Tag(0x0040, 0xA043), [.code("113021", "DCM")])

    static func explanation() throws -> (Explanation, DICOMFile) {
        let ruleSet = try Scene.ruleSet(rules, lists: ["vips.csv": "PatientID\nSECRET-ID\n"])
        let file = try DICOMFile(bytes: instance.file())
        return (Explanation(labels: Scene.labels(ruleSet, [file])[0], in: ruleSet), file)
    }

    /// Without the folder that the rules stood in.
    static func relative(_ line: String) -> String { line.replacing(/\/[^ ]*\/rules\.xml/, with: "rules.xml") }

    @Test func `a study that is VIP and held names both rules, their lines, and what made each fire`() throws {
        let lines = try Self.explanation().0.lines().map(Self.relative)
        for expected in [
            "audience archive (TREAT): flag", "audience research (HRESCH): sequester",
            "  decided by on held: sequester, at rules.xml:22:3", "  beat on vip: sequester, at rules.xml:23:3",
            "  beat always: deidentify, at rules.xml:20:1",
            #"    rule on-the-list "Someone whom people know" at rules.xml:9:3"#,
            "      PatientID (0010,0020), asked at rules.xml:9:65", "    rule for-litigation at rules.xml:10:3",
            "      CodeValue (0040,A043)/1/(0008,0100), asked at rules.xml:11:46",
        ] {
            #expect(lines.contains(expected), "\(expected)")
        }
    }

    @Test func `values are shown only from a file that the caller gives`() throws {
        let (explanation, file) = try Self.explanation()
        #expect(!explanation.lines().joined().contains("SECRET-ID"))
        let shown = explanation.lines(showingValuesOf: file).map(Self.relative)
        #expect(shown.contains(#"      PatientID (0010,0020), asked at rules.xml:9:65 = "SECRET-ID""#))
        var json = JSONWriter()
        explanation.write(to: &json)
        #expect(!json.text.contains("SECRET-ID"))
        #expect(json.text.contains(#""deciding""#) == false)
        var open = JSONWriter()
        explanation.write(to: &open, showingValuesOf: file)
        #expect(open.text.contains(#""attribute":"(0010,0020)""#))
        #expect(open.text.contains("SECRET-ID"))
    }

    @Test func `what could not be read is said, and what was lifted`() throws {
        let ruleSet = try Scene.ruleSet(Self.rules, lists: ["vips.csv": "PatientID\nX\n"])
        let unreadable = DataSetBuilder().sequence(.sensitiveContentCodeSequence, [.code("CONSENT", "local")])
            .bytes(.patientID, .LO, [0x41, 0xE9]).text(.studyInstanceUID, .UI, "2.25.1")
        func lines(_ instance: DataSetBuilder) throws -> [String] {
            let labels = try Scene.labels(ruleSet, instance)[0]
            return Explanation(labels: labels, audiences: ["research"], in: ruleSet).lines().map(Self.relative)
        }
        let codeAlone = try lines(unreadable)
        #expect(codeAlone.contains { $0.hasPrefix("  vip (VIP ActCode), tier 2, uncertain") })
        #expect(codeAlone.contains { $0.hasPrefix("      PatientID (0010,0020), asked at rules.xml:9:65: ") })
        #expect(codeAlone.contains("    whose it is cannot be read: it may be anybody's, uncertain"))
        #expect(codeAlone.contains("  decided by on vip: sequester, at rules.xml:23:3"))
        #expect(codeAlone.contains { $0.hasPrefix("      (0008,001D)/1: it lifts nothing here") })
        let agreed = try lines(unreadable.text(.modality, .CS, "OT"))
        #expect(agreed.contains("  lifted by consented: on vip: sequester, at rules.xml:23:3"))
        #expect(agreed.contains("    code CONSENT local came in with (0008,001D), declared at rules.xml:5:3"))
    }

    @Test func `a value cannot move the terminal's cursor, nor fill its screen`() throws {
        let file = try DICOMFile(
            bytes: DataSetBuilder().text(.specificCharacterSet, .CS, "ISO_IR 192")
                .text(DICOMCore.Tag(0x0010, 0x4000), .LT, "a\u{202E}b\n" + String(repeating: "x", count: 500)).file())
        let shown = try #require(ShownValue("(0010,4000)", in: file))
        #expect(shown.text.hasPrefix(#""a\u{202e}b\u{a}xx"#) && shown.text.unicodeScalars.count < 100)
        #expect(ShownValue("(0010,0010)", in: file) == nil)
        #expect(ShownValue("preamble", in: file) == nil)
    }
}
