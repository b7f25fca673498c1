import DICOMCore
import DICOMDictionary
import DICOMFile
import Foundation
import RuleLanguage
import TestSupport
import Testing

@testable import Deidentification
@testable import RuleEngine
@testable import RuleImport

/// What CTP itself made of real files with its own scripts, beside what the imported rule sets make of them: attribute by
/// attribute, each difference with its reason. One that nothing explains fails, and first of all one that passes what CTP
/// had changed. Every file with CORDON_SOAK=1; else one of six, others for each script.
@Suite(.enabled(if: Peers.folder != nil && Peers.corpus != nil)) struct CTPOracleTests {
    static let runs: [String] = ((try? Peers.json("ctp/oracle/scripts.json")) as? [[String: Any]] ?? []).compactMap {
        // The input of this one is CTP's own output, of which nobody has the files.
        ($0["name"] as? String).flatMap { $0 == "own-decrypt" ? nil : $0 }
    }

    @Test(arguments: runs) func `what was translated gives the same values, or the difference is explained`(
        _ name: String
    ) throws {
        let runs = try #require(try Peers.json("ctp/oracle/scripts.json") as? [[String: Any]])
        let run = try #require(runs.first { $0["name"] as? String == name })
        var conversion = CTPImport()
        conversion.parameters = run["params"] as? [String: String] ?? [:]
        if let lookup = run["lookup"] as? String { conversion.lookupTable = try Peers.source(lookup) }
        let imported = try conversion.convert([try Peers.source(try #require(run["script"] as? String))])
        let set = try imported.loaded()
        var profile = try #require(set.profiles["ctp"])
        // CTP's anonymizer does not look at pixels; the stage beside it does.
        profile.burnedInAnnotation = .pass
        let key = DeidentificationKey(secret: [UInt8](repeating: 7, count: 32))
        let deidentifier = Deidentifier(ruleSet: set, profile: profile, key: key)
        var comparison = OracleComparison(profile: profile, imported: imported)
        let records = try Peers.records(try #require(run["results"] as? String))
        let number = try #require(Self.runs.firstIndex(of: name))
        // It keeps twenty elements: most objects have less than their IOD requires then, and are sequestered.
        let isShort = name == "own-allowlist"
        for record in Peers.sample(records, oneOf: isShort ? 1 : 6, seed: number) {
            guard let path = record["input_path"] as? String, let bytes = Peers.file(path),
                let file = try? DICOMFile(bytes: bytes)
            else {
                comparison.skip()
                continue
            }
            let status = record["status"] as? String ?? ""
            let isHeld = !Evaluator(set).evaluate(file).outcomes.isEmpty
            switch deidentifier.deidentify(file) {
            case .sequester(let reason): comparison.sequestered(status, reason, isHeld: isHeld)
            case .edited(let said):
                let output = try DICOMFile(
                    bytes: EditedDataSet(file, edits: said.edits, fileMeta: said.fileMeta).bytes())
                guard status == "OK", let dataSet = record["dataset"] as? [String: Any] else {
                    comparison.notPassed(status, record["message"] as? String ?? "", isHeld: isHeld, path)
                    continue
                }
                if isHeld { comparison.heldThoughPassed() }
                comparison.compare(
                    original: FlatDataSet(file), theirs: FlatDataSet(json: dataSet), ours: FlatDataSet(output),
                    notes: said.notes, path)
            }
        }
        #expect(
            comparison.unexplained.isEmpty,
            "\(name): \(comparison.unexplained.count)\n\(comparison.unexplained.prefix(25).joined(separator: "\n"))")
        #expect(comparison.compared > (Peers.isWhole && !isShort ? 1000 : 100))
        if Peers.isWhole || !comparison.unexplained.isEmpty {
            print(
                "\(name): \(comparison.compared) attributes of \(comparison.files) files; \(comparison.skipped) files skipped"
            )
            for (reason, count) in comparison.reasons.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
                print("  \(count) \(reason)")
            }
        }
    }
}
