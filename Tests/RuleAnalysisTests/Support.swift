import DICOMCore
import DICOMFile
import Foundation
import RuleEngine
import RuleLanguage
import TestSupport
import Testing

@testable import RuleAnalysis

/// Rule sets written as files are written.
enum Rules {
    struct Broken: Error, CustomStringConvertible {
        var findings: [Finding]
        var description: String {
            findings.map { "\($0.location): \($0.message) [\($0.code)]" }.joined(separator: "\n")
        }
    }

    static let vocabulary = """
        <vocabulary>
          <label id="vip" tier="2" is-a="sensitive" system="ActCode" code="VIP"/>
          <label id="violence" tier="2" is-a="sensitive" system="ActCode" code="SDV"/>
          <label id="consented" tier="2" lifts="vip"/>
          <label id="evidence" tier="3" is-a="violence"/>
        </vocabulary>
        """

    static func text(_ body: String, tier: Int = 4, id: String = "test") -> String {
        body.contains("<ruleset")
            ? body
            : "<ruleset xmlns=\"urn:cordon:rules:1\" id=\"\(id)\" revision=\"1\" tier=\"\(tier)\">\n\(body)\n</ruleset>"
    }

    static func load(
        _ body: String, tier: Int = 4, files: [String: String] = [:], proves: Bool = true
    ) throws -> (ruleSet: RuleSet?, findings: [Finding]) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cordon-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in files { try Data(text.utf8).write(to: folder.appendingPathComponent(name)) }
        let path = folder.appendingPathComponent("rules.xml").path
        try Data(text(body, tier: tier).utf8).write(to: URL(fileURLWithPath: path))
        var loader = RuleSetLoader()
        loader.provesAssertions = proves
        return loader.load(path: path)
    }

    static func ruleSet(_ body: String, tier: Int = 4, files: [String: String] = [:], proves: Bool = true) throws
        -> RuleSet
    {
        let (ruleSet, findings) = try load(body, tier: tier, files: files, proves: proves)
        guard let ruleSet else { throw Broken(findings: findings) }
        return ruleSet
    }

    /// A rule that gives `sensitive`.
    static func rule(_ id: String, _ condition: String, tier: Int = 1, tag: String = "<tag study=\"sensitive\"/>")
        -> String
    {
        "<tier number=\"\(tier)\"><rule id=\"\(id)\"><when>\(condition)</when>\(tag)</rule></tier>"
    }
}

/// A repeatable generator (SplitMix64).
struct Dice: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &self) }
    mutating func pick<T>(_ values: [T]) -> T { values[Int.random(in: 0..<values.count, using: &self)] }
}

extension RuleSetAnalysis {
    func found(_ code: AnalysisFinding.Code) -> [AnalysisFinding] { findings.filter { $0.code == code } }
    func subjects(_ code: AnalysisFinding.Code) -> Set<String> { Set(found(code).compactMap(\.subject)) }
}
