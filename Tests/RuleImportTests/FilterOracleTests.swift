import DICOMCore
import DICOMFile
import Foundation
import RuleLanguage
import TestSupport
import Testing

@testable import RuleEngine
@testable import RuleImport

/// What CTP's filter says of real files, beside what the rules say that its expressions become. All files and filters with
/// CORDON_SOAK=1; else one file of eight, what was made for corner cases, and one of three of the others.
@Suite(.enabled(if: Peers.folder != nil && Peers.corpus != nil)) struct FilterOracleTests {
    /// An expression as two rules: one that is true whenever CTP's is, one whenever CTP's is not.
    private struct Imported {
        var id: Int
        var kind: String
        var text: String
        var isExact: Bool
        /// Of the elements at the top level that it asks about.
        var tags: Set<DICOMCore.Tag>
        var rules: [ConvertedRule]
    }

    private func imported() throws -> (filters: [Imported], refused: [String], log: ImportLog) {
        let filters = try #require(try Peers.json("ctp/oracle/filters/filters.json") as? [[String: Any]])
        var all: [Imported] = []
        var refused: [String] = []
        let log = ImportLog()
        let own = filters.filter { $0["kind"] as? String == "own" }
        let others = filters.filter { $0["kind"] as? String != "own" }
        for filter in own + Peers.sample(others, oneOf: 3) {
            guard let id = filter["id"] as? Int, let text = filter["expr"] as? String,
                let kind = filter["kind"] as? String
            else { continue }
            let first = log.count
            let script = ScriptText(file: "f", bytes: Array(text.utf8))
            guard let expression = try? FilterParser.parse(script, 0..<script.bytes.count, log: log) else {
                refused.append(text)
                continue
            }
            let condition = FilterCondition(log: log).condition(expression)
            func rule(_ name: String, _ condition: ConvertedCondition) -> ConvertedRule {
                ConvertedRule(
                    id: "\(name)-\(id)", title: "", condition: condition.simplified, label: "x", comment: nil,
                    origins: [],
                    fallback: .always)
            }
            all.append(
                Imported(
                    id: id, kind: kind, text: text,
                    isExact: log.report(from: first).allSatisfy { $0.outcome == .translated },
                    tags: Self.tags(expression),
                    rules: [rule("true", condition.over), rule("false", condition.negated.over)]))
        }
        return (all, refused, log)
    }

    private static func tags(_ expression: FilterExpression) -> Set<DICOMCore.Tag> {
        switch expression {
        case .all(let parts), .any(let parts): Set(parts.flatMap(tags))
        case .not(let inner): tags(inner)
        case .constant: []
        case .term(let term): Set([CTPReference(term.identifier)?.element?.tag].compactMap(\.self))
        }
    }

    @Test func `rules hold back whatever CTP's filters do, and agree where they are said to`() throws {
        let (filters, refused, log) = try imported()
        #expect(filters.count > (Peers.isWhole ? 1200 : 400))
        // Syntax errors, `!!`, and expressions of nothing.
        #expect(refused.count < 30, "\(refused)")
        var set = ConvertedRuleSet(title: "t", id: "t", rules: filters.flatMap(\.rules))
        set.labels = [(id: "x", meaning: "x")]
        let always = Set(set.rules.filter { $0.condition.kind == .constant(true) }.map(\.id))
        set.rules.removeAll { if case .constant = $0.condition.kind { true } else { false } }
        let text = try LanguageCheck(log: log).settle(&set)
        let rules = try #require(RuleSetLoader().load(text: text).ruleSet)
        let names = RuleTable.sorted(rules).map(\.id)
        let evaluator = Evaluator(rules)
        var missed: [String] = [], differing: [String: Int] = [:]
        var files = 0, skipped = 0, asked = 0, asBytes = 0
        for record in Peers.sample(try Peers.records("ctp/oracle/filters/filter-results.ndjson.gz"), oneOf: 8) {
            guard record["status"] as? String == "OK", let path = record["input_path"] as? String,
                let bytes = Peers.file(path), let file = try? DICOMFile(bytes: bytes)
            else {
                skipped += 1
                continue
            }
            files += 1
            let fired = Set(evaluator.evaluate(file).outcomes.map { names[$0.rule] }).union(always)
            let theirs = Set(record["true"] as? [Int] ?? [])
            let unknown = Set(file.dataSet.nodes.filter { $0.parent < 0 && $0.vr == .UN }.map(\.tag))
            for filter in filters {
                asked += 1
                let isTrue = theirs.contains(filter.id)
                let (over, under) = (fired.contains("true-\(filter.id)"), fired.contains("false-\(filter.id)"))
                if isTrue ? !over : !under {
                    // CTP reads a value of UN as the hexadecimal digits of its bytes (defect 3).
                    if filter.tags.isDisjoint(with: unknown) {
                        missed.append("\(filter.text.prefix(100)) is \(isTrue) for \(path)")
                    } else {
                        asBytes += 1
                    }
                }
                if over && under, filter.isExact { differing[filter.text, default: 0] += 1 }
            }
        }
        #expect(missed.isEmpty, "\(missed.count) of \(asked):\n\(missed.prefix(30).joined(separator: "\n"))")
        // Values that cannot be read are unknown to us, and a text to CTP.
        let most = differing.values.max() ?? 0
        #expect(most < 40, "\(differing.sorted { $0.value > $1.value }.prefix(20))")
        #expect(files > (Peers.isWhole ? 400 : 40))
        if Peers.isWhole {
            let doubts = differing.values.reduce(0, +)
            print(
                "\(asked) answers for \(files) files, \(skipped) skipped; values of UN \(asBytes); in doubt \(doubts)")
        }
    }

    @Test func `images that CTP would redact are held back`() throws {
        var evaluators: [String: Evaluator] = [:]
        var files: [String: DICOMFile] = [:]
        var redacted = 0
        for record in try Peers.records("ctp/oracle/filters/pixel-results.ndjson.gz") {
            guard let path = record["input_path"] as? String, let script = record["script"] as? String,
                record["is_image"] as? Bool == true, (record["regions"] as? [Any])?.isEmpty == false
            else { continue }
            if evaluators[script] == nil {
                evaluators[script] = Evaluator(try CTPImport().convert([try Peers.source(script)]).loaded())
            }
            if files[path] == nil {
                files[path] = Peers.file(path).flatMap { try? DICOMFile(bytes: $0) }
            }
            guard let file = files[path], let evaluator = evaluators[script] else { continue }
            redacted += 1
            #expect(!evaluator.evaluate(file).outcomes.isEmpty, "\(script) \(path)")
        }
        #expect(redacted > 20)
        if Peers.isWhole { print("\(redacted) images that CTP would redact") }
    }

    @Test func `images that deid flags are held back, those on its white lists apart`() throws {
        var evaluators: [String: Evaluator] = [:]
        var files: [String: DICOMFile] = [:]
        var flagged = 0
        for record in Peers.sample(try Peers.records("deid/oracle/detect.ndjson.gz"), oneOf: 7) {
            guard let path = record["input_path"] as? String, let recipe = record["recipe"] as? String,
                let results = record["results"] as? [[String: Any]],
                results.contains(where: { $0["group"] as? String != "whitelist" })
            else { continue }
            if evaluators[recipe] == nil {
                evaluators[recipe] = Evaluator(try DeidImport().convert(try Peers.source("deid/" + recipe)).loaded())
            }
            if files[path] == nil {
                files[path] = Peers.file(path).flatMap { try? DICOMFile(bytes: $0) }
            }
            guard let file = files[path], let evaluator = evaluators[recipe],
                file.dataSet.child(.init(0x7FE0, 0x0010)) != nil
            else { continue }
            flagged += 1
            let reason = results.first?["reason"] as? String ?? ""
            #expect(!evaluator.evaluate(file).outcomes.isEmpty, "\(recipe) \(path): \(reason.prefix(80))")
        }
        #expect(flagged > (Peers.isWhole ? 500 : 50))
        if Peers.isWhole { print("\(flagged) images that deid flags") }
    }
}
