import RuleEngine
import RuleLanguage
import Testing

@testable import RuleTesting

@Suite struct CoverageTests {
    private func missing(_ scene: Scene) -> [String] {
        scene.run.coverage.report.filter { !$0.missing.isEmpty }.map {
            "\($0.text): \($0.missing.joined(separator: " "))"
        }
    }

    @Test func `each condition has the outcomes that it can have`() throws {
        let rules = Scene.rule(
            """
            <all><any>
            <present attribute="PatientID"/><present attribute="RequestAttributesSequence/*/AccessionNumber"/></any>
            <not><equals attribute="PatientID" value="X"/></not></all>
            """)
        let none = try Scene(
            rules: rules, tests: Scene.testCase("<instance/>", expect: "<labels/>"), coverage: true)
        #expect(
            missing(none) == [
                "rule r: fires", "condition 0 of rule r: all: true unknown", "condition 1 of rule r: any: true unknown",
                "condition 1.1 of rule r: present PatientID: true",
                "condition 1.2 of rule r: present RequestAttributesSequence/*/AccessionNumber: true unknown",
                "condition 2 of rule r: not: false unknown",
                "condition 2.1 of rule r: equals PatientID: true unknown",
            ])
        let all = try Scene(
            rules: rules,
            tests: """
                <case name="a"><each><instance/><instance PatientID="X"/></each><expect><labels/></expect></case>
                <case name="b"><each><instance PatientID="Y"/><instance>
                <sequence attribute="RequestAttributesSequence"><item AccessionNumber="1"/></sequence></instance></each>
                <expect><labels certain="sensitive"/></expect></case>
                <case name="c"><each><instance><unreadable attribute="PatientID"/></instance>
                <instance><unreadable attribute="RequestAttributesSequence"/></instance></each>
                <expect><labels uncertain="sensitive"/></expect></case>
                """, coverage: true)
        #expect(all.failures == [])
        #expect(missing(all) == [])
        #expect(all.run.coverage.lowestPercent == 100)
    }

    @Test func `an outcome that the tests call impossible is not asked for, and is told when it comes`() throws {
        let rules = Scene.rule("<all><equals attribute='PatientID' value='X'/><present attribute='PatientID'/></all>")
        let cases = """
            <case name="a"><each><instance/><instance PatientID="Y"/></each><expect><labels/></expect></case>
            <case name="b"><instance PatientID="X"/><expect><labels certain="sensitive"/></expect></case>
            """
        let except = "<impossible rule='r' at='1' outcome='unknown' reason='a test'/>"
        let scene = try Scene(
            rules: rules, tests: cases + except + except.replacing("at='1'", with: "at='0'"), coverage: true)
        #expect(missing(scene) == [])
        #expect(scene.run.coverage.contradictions.isEmpty)
        let wrong = try Scene(
            rules: rules, tests: cases + except.replacing("unknown", with: "false unknown"), coverage: true)
        #expect(wrong.run.coverage.contradictions.map(\.text) == ["condition 1 of rule r: equals PatientID"])
        let nobody = try Scene(
            rules: rules, tests: cases + except.replacing("at='1'", with: "at='3'"), coverage: true)
        #expect(nobody.run.coverage.findings.map(\.code) == ["unknown-condition"])
    }

    @Test func `labels are seen as the rules of a tier see them`() throws {
        let scene = try Scene(
            rules: """
                <vocabulary><label id="a" tier="1"/><label id="b" tier="2" is-a="a"/></vocabulary>
                <tier number="1">
                <rule id="one"><when><present attribute="PatientID"/></when><tag study="a"/></rule></tier>
                <tier number="2"><rule id="two"><when><labelled with="a"/></when><tag study="b"/></rule></tier>
                """,
            tests: """
                <case name="a"><instance PatientID="X"/><expect><labels certain="b"/></expect></case>
                <case name="b"><instance/><expect><labels/></expect></case>
                <case name="c"><registry><label name="a" certain="no"/></registry><instance/>
                <expect><labels uncertain="b"/></expect></case>
                """, coverage: true)
        #expect(scene.failures == [])
        #expect(missing(scene) == [])
    }

    @Test func `clauses apply, do not, and are lifted`() throws {
        let clause = "on vip of audience research"
        let some = try Scene(
            rules: ExpectationTests.rules,
            tests: Scene.testCase(
                "<instance PatientID='V'/>", expect: "<decision audience='research' is='sequester'/>"), coverage: true)
        #expect(missing(some).contains("\(clause): does not lifted"))
        #expect(missing(some).contains("always of audience archive: applies"))
    }

    @Test func `statements of a profile are followed where a copy is expected`() throws {
        let scene = try Scene(
            rules: ExpectationTests.rules,
            tests: Scene.testCase(
                "<instance SOPClassUID='1.2.3' PatientName='A'/>",
                expect: "<copy audience='research'><removed attribute='PatientName'/></copy>"), coverage: true)
        #expect(missing(scene).filter { $0.contains("of profile") } == ["anything of profile p: followed"])
    }
}
