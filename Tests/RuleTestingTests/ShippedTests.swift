import Foundation
import TestSupport
import Testing

/// What is shipped has tests, and they leave nothing out.
@Suite struct ShippedTests {
    @Test func `all rules that are shipped pass their tests, which cover all of them`() async throws {
        let result = try await Command.run(
            ["test", "Rules", "--coverage", "--minimum", "100", "--quiet"], in: Fixtures.packageRoot)
        #expect(result.status == 0, "\(result.output)\(result.error)")
    }

    @Test func `every rule file that is shipped has tests beside it`() {
        let files = Fixtures.files(under: Fixtures.packageRoot + "/Rules").filter { $0.hasSuffix(".xml") }
        let tested = Set(files.filter { $0.hasSuffix(".test.xml") }.map { $0.replacing(".test.xml", with: ".xml") })
        let missing = files.filter { !$0.hasSuffix(".test.xml") && !tested.contains($0) }
        #expect(missing == [])
    }

    @Test(
        arguments: [
            "vip", "legal-hold", "violence", "vip-words", "legal-hold-words", "violence-words", "violence-report-words",
        ])
    func `no mutant of a pack survives its tests`(pack: String) async throws {
        let result = try await Command.run(
            ["test", "Rules/packs/\(pack).test.xml", "--mutate", "--minimum-score", "100", "--quiet"],
            in: Fixtures.packageRoot)
        #expect(result.status == 0, "\(result.output)\(result.error)")
    }

    /// Some three hundred, each with a rule set of all packs: a minute or two.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["CORDON_SOAK"] != nil))
    func `nor one of the hospital's rule set`() async throws {
        let result = try await Command.run(
            ["test", "Rules/sites/general-hospital.xml", "--mutate", "--minimum-score", "100", "--quiet"],
            in: Fixtures.packageRoot)
        #expect(result.status == 0, "\(result.output)\(result.error)")
    }
}
