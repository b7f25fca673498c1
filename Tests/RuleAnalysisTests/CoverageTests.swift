import Foundation
import RuleLanguage
import TestSupport
import Testing

@testable import RuleAnalysis

@Suite struct CoverageTests {
    private static let shipped = RuleSetLoader().load(path: Fixtures.packageRoot + "/Rules/profiles/ps3.15-options.xml")
        .ruleSet

    private func coverage(_ profile: String, extending parents: String...) throws -> ProfileCoverage {
        let site = """
            <ruleset xmlns="urn:cordon:rules:1" id="site" revision="1">
              <include href="\(Fixtures.packageRoot)/Rules/profiles/ps3.15-options.xml"/>
              <profile id="mine" extends="\(parents.joined(separator: " "))">\(profile)</profile>
            </ruleset>
            """
        let (ruleSet, findings) = RuleSetLoader().load(text: site, path: Fixtures.packageRoot + "/site.xml")
        guard let ruleSet else { throw Rules.Broken(findings: findings) }
        return ProfileCoverage(try #require(ruleSet.profiles["mine"]))
    }

    @Test func `the shipped basic profile does at least what every row of the table asks`() throws {
        let basic = ProfileCoverage(try #require(Self.shipped?.profiles["ps3.15-basic"]))
        #expect(basic.rows.count > 640)
        #expect(basic.rows.filter { $0.verdict == .weaker }.map(\.tag) == [])
        #expect(basic.options.isEmpty)
    }

    @Test func `every shipped option lets stay what its column says, and nothing else`() throws {
        for profile in try #require(Self.shipped).profiles.values where profile.id.hasPrefix("ps3.15-") {
            let coverage = ProfileCoverage(profile)
            #expect(coverage.rows.filter { $0.verdict == .weaker }.map(\.tag) == [], "\(profile.id)")
            guard profile.id != "ps3.15-basic", profile.id != "ps3.15-retain-safe-private" else { continue }
            #expect(coverage.options.count == 1, "\(profile.id)")
        }
    }

    @Test func `what a site keeps beside its options is weaker, and what it takes in spite of them stronger`() throws {
        let mine = try coverage(
            "<keep attribute=\"PatientName\"/><remove attribute=\"StudyDate\"/>", extending: "ps3.15-basic",
            "ps3.15-retain-full-dates")
        #expect(mine.rows.filter { $0.verdict == .weaker }.map(\.keyword) == ["PatientName"])
        #expect(mine.rows.first { $0.keyword == "StudyDate" }?.verdict == .stronger)
        #expect(mine.options == ["Retain Longitudinal Full Dates"])
        #expect(try #require(mine.changedBy.first).rows.count > 10)
    }

    @Test func `what a VR or a Type cannot bear is said`() throws {
        let mine = try coverage(
            "<remove attribute=\"SOPInstanceUID\"/><empty attribute=\"StudyInstanceUID\"/>", extending: "ps3.15-basic")
        #expect(mine.rows.first { $0.keyword == "SOPInstanceUID" }?.bent?.contains("Type 1") == true)
        #expect(mine.rows.first { $0.keyword == "StudyInstanceUID" }?.bent?.contains("dummy") == true)
    }
}
