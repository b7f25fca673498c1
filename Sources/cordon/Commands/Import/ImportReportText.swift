import Inputs
import RuleImport
import RuleLanguage

/// What became of a script, for people and for programs.
struct ImportReportText {
    let report: ImportReport
    let showsAll: Bool

    /// A line for each statement that is told of, then what holds for the whole, then the sum.
    var lines: [String] {
        var lines: [String] = []
        for statement in report.statements where showsAll || statement.outcome >= .changed {
            let reasons = statement.reasons.joined(separator: "; ")
            let because = reasons.isEmpty ? "" : ": \(reasons)"
            lines.append("\(statement.location): \(statement.outcome.word): \(statement.text)\(because)")
        }
        lines += report.remarks.map { "note: \($0)" }
        let counts = ImportStatement.Outcome.allCases.reversed().map { "\(report.count($0)) \($0.word)" }
        lines.append("\(report.statements.count) statements: \(counts.joined(separator: ", "))")
        return lines
    }

    var json: JSON {
        .object([
            "complete": .bool(report.isComplete),
            "statements": .number(report.statements.count),
            "translated": .number(report.count(.translated)),
            "changed": .number(report.count(.changed)),
            "notCarriedOver": .number(report.count(.refused)),
            "off": .number(report.count(.off)),
            "notes": .strings(report.remarks),
            "details": .array(report.statements.map(Self.json)),
        ])
    }

    private static func json(_ statement: ImportStatement) -> JSON {
        .object([
            "file": .string(statement.location.file),
            "line": .number(statement.location.line),
            "column": .number(statement.location.column),
            "statement": .string(statement.text),
            "outcome": .string(statement.outcome == .refused ? "notCarriedOver" : statement.outcome.word),
            "reasons": .strings(statement.reasons),
        ])
    }
}
