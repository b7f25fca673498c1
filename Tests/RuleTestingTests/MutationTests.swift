import RuleLanguage
import Testing

@testable import RuleTesting

@Suite struct MutationTests {
    private func survivors(_ rules: String, _ tests: String) throws -> [String] {
        let scene = try Scene(rules: rules, tests: tests)
        #expect(scene.problems == [])
        #expect(scene.failures == [])
        let run = MutationRun(scene.run, jobs: 2)
        #expect(run.findings == [])
        return run.survivors.map(\.mutant.name)
    }

    private static let rule = Scene.rule(
        "<any><equals attribute='PatientID' value='A'/><compare attribute='PatientAge' op='lt' age='018Y'/></any>")

    @Test func `a test that looks away notices nothing`() throws {
        let found = try survivors(
            Self.rule, Scene.testCase("<instance PatientID='A'/>", expect: "<rules uncertain=''/>"))
        #expect(found.contains("rule r dropped"))
        #expect(found.contains("rule r 2 le instead of lt"))
        #expect(found.count == 10)
    }

    @Test func `a test that looks closely notices all`() throws {
        let found = try survivors(
            Self.rule,
            """
            <case name="a"><each><instance PatientID="A"/><instance PatientAge="017Y"/></each>
            <expect><labels certain="sensitive"/></expect></case>
            <case name="b"><each><instance/><instance PatientID="AB" PatientAge="018Y"/></each>
            <expect><labels/></expect></case>
            """)
        #expect(found == [])
    }

    @Test func `a survivor may be allowed with a reason, and no mutant that is noticed`() throws {
        let tests = Scene.testCase(
            "<each><instance PatientID='A'/><instance PatientAge='017Y'/></each>",
            expect: "<labels certain='sensitive'/>")
        let scene = try Scene(
            rules: Self.rule,
            tests: tests + """
                <survivor mutant="rule r 2 le instead of lt" reason="nobody is exactly eighteen here"/>
                <survivor mutant="rule r dropped" reason="wrong"/>
                <survivor mutant="rule q dropped" reason="wrong"/>
                """)
        let run = MutationRun(scene.run, jobs: 1)
        #expect(run.allowed.map(\.mutant.name) == ["rule r 2 le instead of lt"])
        #expect(run.findings.map(\.code) == ["noticed-mutant", "unknown-mutant"])
    }

    @Test func `audiences and profiles have mutants, too`() throws {
        let scene = try Scene(
            rules: ExpectationTests.rules, tests: Scene.testCase("<instance/>", expect: "<rules uncertain=''/>"))
        let names = Set(MutationRun(scene.run, jobs: 2).results.map(\.mutant.name))
        #expect(
            names.isSuperset(of: [
                "audience research on vip without unless", "audience research on vip dropped",
                "audience research on vip release instead of sequester", "audience archive on vip without carry",
                "audience archive on vip without AUDIT", "audience archive always sequester instead of release",
                "profile p keeps (0010,0010)", "profile p removes anything", "rule named without the patient's vip",
                "rule named gives vip to the study instead of the patient", "rule orders without the hold of M-7",
                "rule held 0 of any matter",
            ]))
    }
}
