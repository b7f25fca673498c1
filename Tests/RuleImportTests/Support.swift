import CZlib
import Foundation
import RuleLanguage
import TestSupport
import Testing

@testable import RuleImport

/// Other tools' scripts with their own results, where they are there. Tests count what they skip.
enum Peers {
    static let folder: String? = Fixtures.shared.flatMap { shared in
        FileManager.default.fileExists(atPath: shared + "/peers") ? shared + "/peers" : nil
    }

    static func source(_ name: String) throws -> ImportSource {
        let folder = try #require(folder)
        return ImportSource(name: name, bytes: try #require(Fixtures.bytes(folder + "/" + name), "\(name)"))
    }

    static func json(_ name: String) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(try source(name).bytes))
    }

    /// Lines of JSON, compressed by gzip.
    static func records(_ name: String) throws -> [[String: Any]] {
        let path = try #require(folder) + "/" + name
        let file = try #require(gzopen(path, "rb"))
        defer { gzclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = gzread(file, &buffer, UInt32(buffer.count))
            guard count > 0 else { break }
            bytes += buffer[..<Int(count)]
        }
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap {
            (try? JSONSerialization.jsonObject(with: Data($0))) as? [String: Any]
        }
    }

    /// All scripts of CTP, in whatever folder.
    static let ctpScripts: [String] =
        names(under: "ctp/scripts").filter {
            !$0.hasSuffix(".json") && !$0.hasSuffix("LICENSE") && !$0.hasSuffix("lookup-table.properties")
                && !$0.hasSuffix("-zip-anonymizer.script") && !$0.hasSuffix("-xml-anonymizer.script")
        } + names(under: "ctp/oracle/scripts")

    static let deidRecipes: [String] = (names(under: "deid/deid") + names(under: "deid/examples"))

    private static func names(under subfolder: String) -> [String] {
        guard let folder else { return [] }
        return Fixtures.files(under: folder + "/" + subfolder).map { String($0.dropFirst(folder.count + 1)) }
    }

    /// Whether all of it is compared; else one of several, for quick runs.
    static let isWhole = ProcessInfo.processInfo.environment["CORDON_SOAK"] == "1"

    /// All, or one of so many: different ones for different seeds.
    static func sample<Element>(_ all: [Element], oneOf count: Int, seed: Int = 0) -> [Element] {
        isWhole ? all : all.enumerated().filter { ($0.offset + seed) % count == 0 }.map(\.element)
    }

    static let corpus: String? = Fixtures.shared.flatMap {
        Fixtures.bytes($0 + "/corpus/manifest.tsv") == nil ? nil : $0 + "/corpus"
    }

    /// A file of the corpus, by the path that the results name it with.
    static func file(_ path: String) -> [UInt8]? {
        guard let corpus else { return nil }
        let name = path.hasPrefix("open/") ? String(path.dropFirst(5)) : path
        return Fixtures.bytes(corpus + "/" + name)
    }
}

extension ImportedRules {
    /// What a script of CTP becomes.
    static func ctp(
        _ text: String, file: String = "test.script", parameters: [String: String] = [:], lookup: String? = nil
    ) throws -> ImportedRules {
        var conversion = CTPImport()
        conversion.parameters = parameters
        conversion.lookupTable = lookup.map { ImportSource(name: "lookup.properties", bytes: Array($0.utf8)) }
        return try conversion.convert([ImportSource(name: file, bytes: Array(text.utf8))])
    }

    static func deid(_ text: String) throws -> ImportedRules {
        try DeidImport().convert(ImportSource(name: "deid.dicom", bytes: Array(text.utf8)))
    }

    /// The rule set, which loads without a finding.
    func loaded() throws -> RuleSet {
        var lists: [String: ListText] = [:]
        for list in self.lists {
            let id = list.name.split(separator: "/").last?.replacingOccurrences(of: ".csv", with: "") ?? ""
            lists[id] = ListText(bytes: Array(list.text.utf8), name: list.name)
        }
        let (set, findings) = RuleSetLoader(replacing: lists).load(text: text, path: "imported.xml")
        #expect(findings.isEmpty, "\(findings.prefix(3).map(\.rendered))")
        return try #require(set)
    }

    /// Lines of the rule set without their comments.
    var bare: [String] {
        text.split(separator: "\n").map { line in
            var line = String(line)
            if let comment = line.range(of: "<!--") { line = String(line[..<comment.lowerBound]) }
            return line.trimmingCharacters(in: .whitespaces)
        }.filter { !$0.isEmpty }
    }

    func has(_ line: String) -> Bool { bare.contains(line) }
}

/// A script of CTP with one rule about an element.
func rule(_ tag: String, _ expression: String, _ rest: String = "") -> String {
    let text = expression.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
    return "<script>\n\(rest)<e en=\"T\" t=\"\(tag)\" n=\"X\">\(text)</e>\n</script>"
}
