import Foundation
import Testing

@testable import RuleLanguage

/// The rule sets in `Rules/`, as they are shipped.
struct ShippedRulesTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Rules").path
    static let files: [String] = (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? [])
        .filter { $0.hasSuffix(".xml") }.sorted()

    @Test func `there are vocabularies, profiles, packs and a site`() {
        for part in ["vocabularies", "profiles", "packs", "sites"] {
            #expect(Self.files.contains { $0.hasPrefix(part + "/") })
        }
    }

    @Test(arguments: files) func `every file is a rule set without a finding`(file: String) {
        let (ruleSet, findings) = RuleSetLoader().load(path: Self.folder + "/" + file)
        #expect(ruleSet != nil)
        #expect(findings.map { "\($0.location): \($0.message)" }.prefix(5) == [])
    }

    @Test func `every word finds its example, and no word finds a counter-example of any other`() throws {
        let text = try String(contentsOfFile: Self.folder + "/packs/words.csv", encoding: .utf8)
        let rows = text.split(separator: "\n").dropFirst().map { $0.split(separator: ",").map(String.init) }
        #expect(rows.count > 50)
        for row in rows {
            try #require(row.count == 5, "\(row)")
            let pattern = try TextPattern(row[2], isCaseSensitive: false)
            #expect(pattern.isFound(in: row[3]), "\(row[2])")
            for other in rows { #expect(!pattern.isFound(in: other[4]), "\(row[2]) in \(other[4])") }
        }
    }
}
