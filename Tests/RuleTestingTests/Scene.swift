import RuleLanguage
import Testing

@testable import RuleTesting

/// A rule set and its tests, from their bodies.
struct Scene {
    let folder: TemporaryFolder
    var run = TestRun()
    var findings: [Finding] = []

    /// - Parameter coverage: whether conditions are traced.
    init(rules: String, tests: String, tier: Int = 4, coverage: Bool = false) throws {
        folder = try TemporaryFolder()
        try folder.write(
            "<ruleset xmlns='urn:cordon:rules:1' id='test' revision='1' tier='\(tier)'>\n\(rules)\n</ruleset>\n",
            to: "rules.xml")
        try folder.write(
            "<tests xmlns='urn:cordon:rule-tests:1' rules='rules.xml'>\n\(tests)\n</tests>\n", to: "rules.test.xml")
        let (file, findings) = TestFileReader.read(path: folder("rules.test.xml"))
        self.findings = findings
        if let file { run.run(file, measuresCoverage: coverage) }
    }

    /// Of all cases, without the folder.
    var failures: [String] {
        run.results.flatMap(\.failures).map { "\($0.location.line): \($0.text.replacing(folder.path + "/", with: ""))" }
    }

    /// `line:column code` of what is wrong with the tests, or with the rules under them.
    var problems: [String] {
        (findings + run.findings).map { "\($0.location.line):\($0.location.column) \($0.code)" }
    }

    /// A rule of tier 1 that says `sensitive`.
    static func rule(_ condition: String) -> String {
        "<tier number='1'><rule id='r'><when>\(condition)</when><tag study='sensitive'/></rule></tier>"
    }

    static func testCase(_ body: String, expect: String) -> String {
        "<case name='c'>\(body)<expect>\(expect)</expect></case>"
    }
}
