import DICOMCore
import DICOMFile
import Foundation
import RuleLanguage
import TestSupport
import Testing

@testable import RuleEngine

/// Rule sets written as files are written, and instances in three lines.
enum Scene {
    struct BrokenRuleSet: Error, CustomStringConvertible {
        var findings: [Finding]
        var description: String {
            findings.map { "\($0.location): \($0.message)" }.joined(separator: "\n")
        }
    }

    /// A rule set from its body, with lists by file name.
    static func ruleSet(_ body: String, lists: [String: String] = [:], tier: Int = 4) throws -> RuleSet {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cordon-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, csv) in lists {
            try Data(csv.utf8).write(to: folder.appendingPathComponent(name))
        }
        let text =
            "<ruleset xmlns=\"urn:cordon:rules:1\" id=\"test\" revision=\"1\" tier=\"\(tier)\">\n\(body)\n</ruleset>"
        let path = folder.appendingPathComponent("rules.xml").path
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let (ruleSet, findings) = RuleSetLoader().load(path: path)
        guard let ruleSet else { throw BrokenRuleSet(findings: findings) }
        return ruleSet
    }

    /// A rule set of one rule, which tags the study as sensitive.
    static func rule(_ condition: String, lists: [String: String] = [:]) throws -> RuleSet {
        let declared = lists.keys.sorted().map { name in
            let keys = (lists[name] ?? "").prefix { $0 != "\n" }.replacingOccurrences(of: ",", with: " ")
            return "<list id=\"\(name.split(separator: ".").first ?? "")\" href=\"\(name)\" key=\"\(keys)\"/>"
        }
        return try ruleSet(
            """
            \(declared.joined(separator: "\n"))
            <tier number="1"><rule id="rule"><when>\(condition)</when><tag study="sensitive"/></rule></tier>
            """, lists: lists)
    }

    /// How a condition comes out for a data set.
    static func truth(
        _ condition: String, _ dataSet: DataSetBuilder, _ syntax: TransferSyntax = .explicitLittleEndian,
        lists: [String: String] = [:], source: Condition.Source = Condition.Source()
    ) throws -> Truth {
        try truth(condition, DICOMFile(bytes: dataSet.file(syntax)), lists: lists, source: source)
    }

    static func truth(
        _ condition: String, _ file: DICOMFile, lists: [String: String] = [:],
        source: Condition.Source = Condition.Source()
    ) throws -> Truth {
        try outcome(condition, file, lists: lists, source: source).truth
    }

    static func outcome(
        _ condition: String, _ file: DICOMFile, lists: [String: String] = [:],
        source: Condition.Source = Condition.Source()
    ) throws -> (truth: Truth, evidence: [Evidence]) {
        let evaluation = try Evaluator(rule(condition, lists: lists)).evaluate(file, source: source)
        guard let outcome = evaluation.outcomes.first else { return (.false, []) }
        guard case .known(let truth) = outcome.residual else {
            Issue.record("a condition without labels left a formula")
            return (.unknown, [])
        }
        return (truth, outcome.evidence)
    }

    /// The labels of every instance of a run, by place in the list.
    static func labels(_ ruleSet: RuleSet, tier: Int? = nil, _ files: [DICOMFile]) -> [[AssignedLabel]] {
        let evaluator = Evaluator(ruleSet, tier: tier)
        var book = StudyBook(ruleSet, tier: tier)
        let evaluations = files.map { evaluator.evaluate($0) }
        for evaluation in evaluations { book.add(evaluation) }
        let resolved = book.resolve()
        return evaluations.map { resolved.labels(study: $0.study, patient: $0.patient) }
    }

    static func labels(_ ruleSet: RuleSet, tier: Int? = nil, _ instances: DataSetBuilder...) throws -> [[AssignedLabel]]
    {
        labels(ruleSet, tier: tier, try instances.map { try DICOMFile(bytes: $0.file()) })
    }
}

extension DataSetBuilder {
    /// An instance of a study and a patient.
    static func instance(study: String? = "2.25.10", patient: String? = "P1", issuer: String? = nil) -> DataSetBuilder {
        var builder = DataSetBuilder()
        if let patient { builder = builder.text(.patientID, .LO, patient) }
        if let issuer { builder = builder.text(.issuerOfPatientID, .LO, issuer) }
        if let study { builder = builder.text(.studyInstanceUID, .UI, study) }
        return builder
    }

    /// An item of a code sequence.
    static func code(_ code: String, _ system: String) -> DataSetBuilder {
        DataSetBuilder().text(.codeValue, .SH, code).text(.codingSchemeDesignator, .SH, system)
            .text(.codeMeaning, .LO, "meaning")
    }
}

extension [AssignedLabel] {
    /// `vip`, `held?` for an uncertain one.
    var names: [String] { map { $0.isCertain ? $0.label : $0.label + "?" } }
    var set: Set<String> { Set(map(\.label)) }
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
    mutating func chance(_ percent: Int) -> Bool { roll(100) < percent }
    mutating func pick<T>(_ values: [T]) -> T? { values.randomElement(using: &self) }
}
