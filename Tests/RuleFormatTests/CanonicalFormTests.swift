import Console
import Foundation
import Gateway
import RuleLanguage
import RuleTesting
import TestSupport
import Testing

@testable import RuleFormat

@Suite struct CanonicalFormTests {
    private let formatter = RuleFormatter([
        .rules, .tests, ConfigurationLoader.dialect, ConsoleConfiguration.dialect,
    ])

    private func format(_ text: String) throws -> String {
        let outcome = formatter.format(Array(text.utf8), path: "rules.xml")
        guard case .formatted(let result) = outcome else {
            Issue.record("not formatted: \(outcome)")
            return ""
        }
        return result
    }

    static let shipped: [String] = ["Rules", "Examples"].flatMap { folder in
        Fixtures.files(under: Fixtures.packageRoot + "/" + folder).filter { $0.hasSuffix(".xml") }
    }

    @Test(arguments: shipped) func `a file that is shipped is in canonical form`(path: String) throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(try format(text) == text)
    }

    @Test(arguments: shipped.filter { !$0.contains("/profiles/") })
    func `however a file is laid out, its canonical form is the same, and stays`(path: String) throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let canonical = try format(text)
        #expect(try format(canonical) == canonical)
        for seed in 1...4 {
            var noise = Noise(seed: UInt64(seed))
            var parser = SourceParser(Array(text.utf8))
            let noisy = noise.written(parser.document())
            #expect(try format(noisy) == canonical, "seed \(seed)")
        }
    }

    @Test func `lines, attributes, words and comments have their places`() throws {
        let canonical = try format(
            """
            <ruleset   revision='1' xmlns="urn:cordon:rules:1"
               id="a" >
              <!--   why
                   it is so -->
              <tier number="1"><!-- first -->
            <rule id="r"><when><any><equals value="a &quot;b&quot;" attribute="PatientID"></equals> <!-- so -->


            <present attribute="PatientName"/></any></when>
              <tag study="sensitive"/></rule></tier>
              <audience id="x"><always><release></release></always></audience>
            </ruleset>
            """)
        #expect(
            canonical == """
                <?xml version="1.0" encoding="UTF-8"?>
                <ruleset xmlns="urn:cordon:rules:1" id="a" revision="1">
                  <!-- why
                       it is so -->
                  <tier number="1">
                    <!-- first -->
                    <rule id="r">
                      <when><any>
                        <equals attribute="PatientID" value="a &quot;b&quot;"/> <!-- so -->

                        <present attribute="PatientName"/>
                      </any></when>
                      <tag study="sensitive"/>
                    </rule>
                  </tier>
                  <audience id="x">
                    <always><release/></always>
                  </audience>
                </ruleset>

                """)
    }

    @Test func `blanks that mean something stay`() throws {
        let text = try format(
            """
            <ruleset xmlns="urn:cordon:rules:1" id="a" revision="1"><tier number="1"><rule id="r"><when><any>
            <matches attribute="PatientName" pattern="^  a&#9;b&#xA0;&#10;$"/>
            <one-of attribute="PatientName"><value> A  B </value><value><![CDATA[<&>]]></value></one-of>
            </any></when><tag study="sensitive"/></rule></tier></ruleset>
            """)
        #expect(text.contains("pattern=\"^  a&#x9;b&#xA0;&#xA;$\""))
        #expect(text.contains("<value> A  B </value><value>&lt;&amp;&gt;</value>"))
    }

    @Test(
        arguments: [
            "", "no XML", "<other/>", "<ruleset xmlns=\"urn:cordon:rules:1\" id=\"a\"><rule/></ruleset>",
            "<ruleset xmlns=\"urn:cordon:rules:1\" id=\"a\"", "<!DOCTYPE a><ruleset/>",
        ]) func `what cannot be read is refused with a place`(text: String)
    {
        guard case .refused(let findings) = formatter.format(Array(text.utf8), path: "rules.xml") else {
            Issue.record("formatted")
            return
        }
        #expect(findings.contains { $0.severity == .error })
    }

    @Test func `elements that are nested deeper than any stack are refused`() {
        let text = String(repeating: "<ruleset>", count: 500_000)
        guard case .refused(let findings) = formatter.format(Array(text.utf8), path: "rules.xml") else {
            Issue.record("formatted")
            return
        }
        #expect(findings.contains { $0.code == "too-deep" })
    }

    @Test func `a gateway's configuration has a canonical form, too`() async throws {
        let text = """
            <gateway id='g' xmlns="urn:cordon:gateway:1"><!-- here --><site spool="s" rules="r.xml" registry="d"/>

            <dicom titles="CORDON"  port="11112" host="127.0.0.1"/></gateway>
            """
        let canonical = """
            <?xml version="1.0" encoding="UTF-8"?>
            <gateway xmlns="urn:cordon:gateway:1" id="g">
              <!-- here -->
              <site registry="d" rules="r.xml" spool="s"/>

              <dicom host="127.0.0.1" port="11112" titles="CORDON"/>
            </gateway>

            """
        let folder = try TemporaryFolder()
        try folder.write(text, to: "gateway.xml")
        #expect(try await Command.run(["fmt", "gateway.xml"], in: folder.path).status == 0)
        #expect(try String(contentsOfFile: folder("gateway.xml"), encoding: .utf8) == canonical)
        try folder.write(text.replacing("<dicom", with: "<dicon"), to: "gateway.xml")
        let bad = try await Command.run(["fmt", "gateway.xml"], in: folder.path)
        #expect(bad.status == 2 && bad.error.contains("gateway.xml:3:"), "\(bad.error)")
    }

    @Test func `the command checks, writes whole, and keeps what others may do`() async throws {
        let folder = try TemporaryFolder()
        let text = "<ruleset xmlns=\"urn:cordon:rules:1\" id=\"a\" revision=\"1\"/>"
        try folder.write(text, to: "a.xml")
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: folder("a.xml"))
        let check = try await Command.run(["fmt", "--check", "a.xml"], in: folder.path)
        #expect(check.status == 1)
        #expect(check.output == "a.xml: not in canonical form\n")
        #expect(try String(contentsOfFile: folder("a.xml"), encoding: .utf8) == text)
        #expect(try await Command.run(["fmt", "a.xml"], in: folder.path).status == 0)
        #expect(try String(contentsOfFile: folder("a.xml"), encoding: .utf8) == format(text))
        let mode = try FileManager.default.attributesOfItem(atPath: folder("a.xml"))[.posixPermissions] as? Int
        #expect(mode == 0o640)
        #expect(try await Command.run(["fmt", "--check", "a.xml"], in: folder.path).status == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.xml"])
        try folder.write("<ruleset", to: "b.xml")
        let bad = try await Command.run(["fmt", "a.xml", "b.xml"], in: folder.path)
        #expect(bad.status == 2)
        #expect(bad.error.contains("b.xml:1:"))
        #expect(try String(contentsOfFile: folder("b.xml"), encoding: .utf8) == "<ruleset")
    }
}
