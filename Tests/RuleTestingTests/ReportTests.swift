import Foundation
import FoundationXML
import RuleLanguage
import Testing

@testable import RuleTesting

@Suite struct ReportTests {
    private static let tests = """
        <case name="it &lt;fails&gt; # here"><instance PatientID="A"/><expect><labels/></expect></case>
        <case name="it passes"><instance/><expect><labels/></expect></case>
        """

    @Test func `TAP counts, names and explains`() throws {
        let scene = try Scene(rules: Scene.rule("<present attribute=\"PatientID\"/>"), tests: Self.tests)
        let lines = TAPReport(scene.run).text.split(separator: "\n").map(String.init)
        #expect(lines[0] == "TAP version 14")
        #expect(lines[1] == "1..2")
        #expect(lines[2].hasPrefix("not ok 1 - "))
        #expect(lines[2].hasSuffix("it <fails> \\# here"))
        #expect(lines.contains("      expected: \"no other label\""))
        #expect(lines.last?.hasSuffix("it passes") == true)
    }

    @Test func `JUnit is XML that says the same`() throws {
        let scene = try Scene(rules: Scene.rule("<present attribute=\"PatientID\"/>"), tests: Self.tests)
        let document = try FoundationXML.XMLDocument(xmlString: JUnitReport(scene.run).text)
        let root = try #require(document.rootElement())
        #expect(root.attribute(forName: "tests")?.stringValue == "2")
        #expect(root.attribute(forName: "failures")?.stringValue == "1")
        #expect(try root.nodes(forXPath: "//testcase").count == 2)
        #expect(try root.nodes(forXPath: "//testcase[@name='it <fails> # here']/failure").count == 1)
    }

    @Test func `the command prints cases, coverage and mutants, and its status tells`() async throws {
        let scene = try Scene(
            rules: Scene.rule("<present attribute=\"PatientID\"/>"),
            tests: """
                <case name="it fires"><instance PatientID="A"/><expect><labels certain="sensitive"/></expect></case>
                """)
        func run(_ arguments: String...) async throws -> Command.Result {
            try await Command.run(["test"] + arguments, in: scene.folder.path)
        }
        let plain = try await run("rules.xml")
        #expect(plain.status == 0)
        #expect(plain.output == "ok   rules.test.xml:2:1: it fires\n1 case, 1 passed, 0 failed\n")
        let covered = try await run(".", "--coverage", "--minimum", "100")
        #expect(covered.status == 1)
        #expect(covered.output.contains("never false: condition 0 of rule r: present PatientID, at rules.xml:2:"))
        #expect(covered.output.contains("coverage is below 100 %"))
        let mutated = try await run("rules.test.xml", "--mutate", "--minimum-score", "100", "--json")
        #expect(mutated.status == 0)
        let json = try #require(try JSONSerialization.jsonObject(with: Data(mutated.output.utf8)) as? [String: Any])
        #expect((json["mutation"] as? [String: Any])?["score"] as? Int == 100)
        #expect(try await run("rules.xml", "--junit", "out.xml", "--tap").status == 0)
        #expect(FileManager.default.fileExists(atPath: scene.folder("out.xml")))
        #expect(try await run("rules.xml", "--only", "nothing like it").status == 2)
        #expect(try await run("nowhere.xml").status == 2)
    }
}
