import CustodyLog
import Inputs
import Production
import Registry
import Vault

/// What is said of productions, for people and for scripts.
enum ProductionText {
    static func lines(_ report: ProductionReport) -> [String] {
        var parts = [
            "\(report.instances) originals (\(report.bytes) bytes) of \(report.studies) studies",
            "\(report.entries) entries of the log", "\(report.decisions) decisions",
        ]
        if report.released > 0 { parts.append("\(report.released) released forms") }
        if report.absent > 0 { parts.append("\(report.absent) named and absent") }
        if report.uncertain > 0 {
            parts.append("\(report.uncertain) held of which nobody can tell whose they are, and left out")
        }
        var lines = [parts.joined(separator: ", ")]
        if !report.missingRules.isEmpty {
            lines.append("rule sets that decided and are missing: \(report.missingRules.joined(separator: ", "))")
        }
        lines.append("on the log as entry \(report.leaf); digest of the bag \(report.tagManifest)")
        lines.append("fingerprints to tell the other side by other means:")
        lines += report.fingerprints.map { "  \($0.digest)  \($0.role) \($0.name)" }
        return lines
    }

    static func json(_ report: ProductionReport) -> JSON {
        .object([
            "instances": .number(report.instances), "bytes": .number(report.bytes), "studies": .number(report.studies),
            "absent": .number(report.absent), "uncertain": .number(report.uncertain),
            "entries": .number(report.entries),
            "decisions": .number(report.decisions), "released": .number(report.released),
            "missingRuleSets": .strings(report.missingRules), "leaf": .number(report.leaf),
            "tagManifest": .string(report.tagManifest),
            "fingerprints": .array(
                report.fingerprints.map {
                    .object(["role": .string($0.role), "name": .string($0.name), "sha256": .string($0.digest)])
                }),
        ])
    }

    static func lines(_ verdicts: BagVerdicts) -> [String] {
        Question.allCases.flatMap { question in
            let verdict = verdicts[question]
            let word = verdict.word.rawValue
            let head = word + String(repeating: " ", count: max(1, 12 - word.count)) + question.rawValue
            return [head] + verdict.findings.map { "            \($0.text)" }
        }
    }

    static func json(_ verdicts: BagVerdicts) -> JSON {
        .object(
            Question.allCases.map { question in
                let verdict = verdicts[question]
                let findings = verdict.findings.map { JSON.strings([$0.word.rawValue, $0.text]) }
                return JSON.Member(
                    key: question.rawValue, value: .array([.string(verdict.word.rawValue), .array(findings)]))
            })
    }

    /// Gives errors of what a production is made from the words and the status of a command.
    static func wrapping<Result>(_ body: () throws -> Result) throws(RunError) -> Result {
        do {
            return try asking {
                do {
                    return try body()
                } catch let error as ProductionError {
                    let isArgument = error.code == .arguments || error.code == .missing
                    throw RunError(isArgument ? .arguments : .output, error.message)
                } catch let error as LogError {
                    throw RunError(error.code == .key ? .arguments : .output, "the log: \(error.message)")
                } catch let error as VaultError {
                    throw RunError(.output, "the vault: \(error)")
                }
            }
        }
    }
}
