import Foundation
import Testing

@testable import RuleLanguage

/// The words in `Rules/packs/words.csv`, each with an example and a counter-example.
struct ShippedWordsTests {
    static let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Rules/packs/words.csv").path

    @Test func `every word finds its example, and no word finds a counter-example of any other`() throws {
        let text = try String(contentsOfFile: Self.path, encoding: .utf8)
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
