import Foundation
import Host
import Production
import RuleLanguage
import TestSupport
import Testing

@Suite struct ReleasedTests {
    private static let rules = """
        <ruleset xmlns="urn:cordon:rules:1" id="court" revision="3">
          <tier number="1">
            <rule id="marked"><when><equals attribute="InstanceNumber" value="2"/></when><tag study="sensitive"/></rule>
          </tier>
          <audience id="court"><always><release/></always></audience>
          <audience id="press"><always><release/></always><on label="sensitive"><sequester/></on></audience>
        </ruleset>
        """

    private func ruleSet(_ site: MatterSite) throws -> RuleSet {
        try FileManager.default.createDirectory(atPath: site("rules"), withIntermediateDirectories: true)
        try site.write(Array(Self.rules.utf8), "rules/court.xml")
        let (ruleSet, findings) = RuleSetLoader().load(path: site("rules/court.xml"))
        return try #require(ruleSet, "\(findings.map(\.message))")
    }

    @Test func `released forms are made anew, told for each original, and compared with what the log has`() throws {
        let site = try MatterSite.withMatter()
        let ruleSet = try ruleSet(site)
        let report = try site.export {
            $0.ruleSets = [ruleSet]
            $0.audiences = ["court", "press"]
        }
        #expect(report.released == 3)
        let originals = try site.files().filter { $0.hasPrefix("data/originals/") }
        for original in originals {
            let released = original.replacingOccurrences(of: "originals", with: "released/court")
            #expect(try site.bytes("out/\(original)") == site.bytes("out/\(released)"))
        }
        #expect(!(try site.files().contains { $0.hasPrefix("data/released/press") }))
        let rows = try site.text("out/metadata/released.csv").split(separator: "\r\n")
        #expect(rows.count == 7)
        #expect(rows.count { $0.hasPrefix("press,") && $0.contains(",sequester,") } == 3)
        #expect(!(try site.files().contains { $0.hasPrefix("making") }))
        let verdicts = try BagVerification().run(site("out"))
        #expect(verdicts[.completeness].word == .pass && verdicts[.integrity].word == .pass, "\(verdicts.faults)")
        #expect(try Verifier.words(site("out")).words["completeness"] == "PASS")
        // Making them was a decision, which the next production tells of, with the rules that decided.
        let again = try site.export("again") { $0.ruleSets = [ruleSet] }
        #expect(again.decisions == 6 && again.missingRules.isEmpty)
        #expect(try site.text("again/metadata/rules/\(ruleSet.digest.prefix(16))/files/court.xml") == Self.rules)
        #expect(try BagVerification().run(site("again"))[.completeness].word == .pass)
        let third = try site.export("third") {
            $0.ruleSets = [ruleSet]
            $0.audiences = ["court"]
        }
        #expect(third.released == 3)
        #expect(
            try site.text("third/metadata/released.csv").split(separator: "\r\n").count { $0.hasSuffix(",yes") } == 3)
    }

    @Test func `rules that decided have to be given, or their absence said`() throws {
        let site = try MatterSite.withMatter()
        let ruleSet = try ruleSet(site)
        try site.export {
            $0.ruleSets = [ruleSet]
            $0.audiences = ["court"]
        }
        let error = #expect(throws: ProductionError.self) { try site.export("again") }
        #expect(error?.code == .arguments && error?.message.contains("`court` revision 3") == true)
        #expect(FileSystem.status(site("again.partial")) == nil)
        let report = try site.export("again") { $0.allowsMissingRules = true }
        #expect(report.missingRules == [ruleSet.digest])
        #expect(try site.text("again/README.txt").contains(ruleSet.digest))
    }

    @Test func `an audience that no rule set has is refused`() throws {
        let site = try MatterSite.withMatter()
        let error = #expect(throws: ProductionError.self) { try site.export { $0.audiences = ["court"] } }
        #expect(error?.code == .arguments)
        #expect(FileSystem.status(site("out")) == nil && FileSystem.status(site("out.partial")) == nil)
    }
}
