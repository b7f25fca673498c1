import DICOMCore
import DICOMDictionary
import Foundation
import RuleLanguage
import TestSupport
import Testing

@testable import RuleImport

/// Scripts that others ship and run: each statement is translated or told of, and the result loads.
@Suite(.enabled(if: Peers.folder != nil)) struct PeerScriptTests {
    /// Statements as a reader counts them who knows nothing of the import.
    private func statements(in source: ImportSource) throws -> Int {
        let text = String(decoding: source.bytes, as: UTF8.self)
        switch CTPImport.kind(of: source) {
        case .anonymizer where CTPScript.isXML(source.bytes):
            let document = try XMLReaderForTests.names(Data(source.bytes))
            return document.filter { ["p", "e", "k", "r"].contains($0) }.count
        case .anonymizer:
            return text.split(separator: "\n").count { line in
                ["param.", "set.", "#set.", "keep.", "#keep.", "remove.", "#remove."].contains { line.hasPrefix($0) }
            }
        case .filter, .pixels:
            var rest = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init).joined(
                separator: "\n")
            if CTPImport.kind(of: source) == .filter {
                rest = rest.replacing(#/(?m)\/\/[^\n]*$/#, with: "")
                return rest.matches(of: #/\.\s*[A-Za-z]+\s*\(\s*"/#).count
                    + rest.matches(of: #/\b(true|false)\./#).count
            }
            var count = 0
            var isInside = false
            for part in rest.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "{" || $0 == "}" }) {
                if isInside {
                    count +=
                        part.matches(of: #/\.\s*[A-Za-z]+\s*\(\s*"/#).count
                        + part.matches(of: #/\b(true|false)\./#).count
                } else if part.startIndex != rest.startIndex {
                    count += part.matches(of: #/\([^)]*\)/#).count { $0.output.count { $0 == "," } == 3 }
                }
                isInside.toggle()
            }
            return count
        }
    }

    @Test(arguments: Peers.ctpScripts) func `every statement of a script of CTP is translated or told of`(
        _ name: String
    ) throws {
        let source = try Peers.source(name)
        let imported = try CTPImport().convert([source])
        _ = try imported.loaded()
        let report = imported.report
        #expect(report.statements.count == (try statements(in: source)))
        #expect(ImportStatement.Outcome.allCases.map { report.count($0) }.reduce(0, +) == report.statements.count)
        #expect(report.statements.allSatisfy { ($0.outcome <= .translated) == $0.reasons.isEmpty })
        #expect(!report.statements.contains { $0.reasons.contains("nothing is known of such a statement") })
        // What stands in the file is at the place that the report names.
        let lines = String(decoding: source.bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        for statement in report.statements {
            let line = try #require(
                lines.indices.contains(statement.location.line - 1) ? lines[statement.location.line - 1] : nil)
            let word = statement.text.split { " <>=().\"".contains($0) }.first ?? ""
            #expect(line.dropFirst(statement.location.column - 1).prefix(word.count + 3).contains(word), "\(statement)")
        }
    }

    @Test func `every script that is shipped is among them`() {
        #expect(Peers.ctpScripts.count > 45 && Peers.deidRecipes.count == 32)
    }

    @Test(arguments: Peers.deidRecipes) func `every line of a recipe is translated or told of`(_ name: String) throws {
        let source = try Peers.source(name)
        let imported = try DeidImport().convert(source)
        _ = try imported.loaded()
        let lines = String(decoding: source.bytes, as: UTF8.self).split(separator: "\n")
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
        #expect(imported.report.statements.count == lines.count)
        #expect(!imported.report.statements.contains { $0.reasons.contains("nothing is known of such a statement") })
    }

    @Test func `CTP's names of elements are the tags that CTP means, or none`() throws {
        let rows = String(decoding: try Peers.source("ctp/reference/dcm4che-keywords.tsv").bytes, as: UTF8.self)
            .split(separator: "\n").dropFirst().map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
        var wrong: [String] = [], unknown: [String] = [], mistaken: [String] = []
        for row in rows {
            let name = String(row[0]), tag = UInt32(row[1], radix: 16)
            // Elements of commands are in no data set.
            if row[1].hasPrefix("0000") { continue }
            guard let found = CTPName.find(name) else {
                unknown.append(name)
                continue
            }
            let meant = Tag(rawValue: tag ?? 0)
            // Of a repeating element CTP names the first tag.
            if found.tag != meant, StandardDictionary.base(of: meant) != StandardDictionary.base(of: found.tag) {
                wrong.append("\(name): \(found.tag), not \(row[1])")
            }
            if !found.isKnownToCTP { mistaken.append(name) }
        }
        #expect(wrong.isEmpty, "\(wrong)")
        if Peers.isWhole {
            print("\(unknown.count) of \(rows.count) names unknown, \(mistaken.count) mistaken: \(unknown)")
        }
        #expect(unknown.count < rows.count / 50, "\(unknown.count): \(unknown.prefix(100))")
        #expect(mistaken.count < 40, "\(mistaken.count): \(mistaken)")
    }

    @Test func `scripts that CTP passes by without a word are refused, or told of`() throws {
        let folder = try #require(Peers.folder) + "/ctp/oracle/bad"
        var refused: [String] = []
        for path in Fixtures.files(under: folder) where !path.hasSuffix("results.json") {
            let name = path.split(separator: "/").last.map(String.init) ?? ""
            guard let bytes = Fixtures.bytes(path) else { continue }
            do {
                let imported = try CTPImport().convert([ImportSource(name: name, bytes: bytes)])
                _ = try imported.loaded()
            } catch let failure as ImportFailure {
                refused.append(name)
                #expect(!failure.findings.isEmpty)
            }
        }
        #expect(
            refused.map { String($0.prefix(2)) } == ["01", "02", "03", "04", "05", "09", "10", "12", "14", "15", "23"])
    }
}

/// Names of the elements of an XML text, by another reader than ours.
enum XMLReaderForTests {
    static func names(_ data: Data) throws -> [String] {
        // Comments may hold what looks like elements.
        var text = String(decoding: data, as: UTF8.self)
        text = text.replacing(#/(?s)<!--.*?-->/#, with: "")
        return text.matches(of: #/<([A-Za-z]+)[ >\/]/#).map { String($0.output.1) }
    }
}
