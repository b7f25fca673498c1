import Inputs
import RuleAnalysis
import RuleLanguage

/// Lines of rule files, each file read once.
final class Excerpts {
    private var files: [String: [Substring]] = [:]

    func line(_ location: SourceLocation) -> String? {
        let lines = files[location.file] ?? RuleText.lines(of: location.file)
        files[location.file] = lines
        return lines.indices.contains(location.line - 1) ? String(lines[location.line - 1]) : nil
    }
}

extension AnalysisFinding {
    /// For people, as loading prints what it finds, and below it the example.
    func rendered(_ excerpts: Excerpts, showsValues: Bool) -> String {
        var hints = hint.map { [$0] } ?? []
        if let example { hints.append("example: \(example.words(showingValues: showsValues))") }
        if let shows { hints.append("then \(shows)") }
        let excerpt = excerpts.line(location)
        // The element's name, which the place begins at or before.
        let name = excerpt.map { $0.dropFirst(location.column).prefix { $0.isLetter || $0 == "-" }.count + 1 } ?? 1
        var text = Finding(
            severity: level == .error ? .error : .warning, code: code.rawValue, message: message, location: location,
            hint: hints.first, excerpt: excerpt, length: name
        ).rendered
        if level == .note, let range = text.firstRange(of: ": warning: ") {
            text.replaceSubrange(range, with: ": note: ")
        }
        for hint in hints.dropFirst() {
            text +=
                "\n\(excerpt == nil ? "  " : String(repeating: " ", count: max(5, String(location.line).count + 2))) = \(hint.printable)"
        }
        return text
    }

    /// For scripts.
    func json(showsValues: Bool) -> JSON {
        .object([
            "severity": .string(level.rawValue),
            "code": .string(code.rawValue),
            "message": .string(message),
            "subject": subject.map { .string($0) },
            "file": .string(location.file),
            "line": .number(location.line),
            "column": .number(location.column),
            "hint": hint.map { .string($0) },
            "example": example.map { .string($0.words(showingValues: showsValues)) },
            "shows": shows.map { .string($0) },
        ])
    }
}

/// Text of rule files, for excerpts.
enum RuleText {
    static func lines(of path: String) -> [Substring] {
        guard let bytes = try? RuleFileText.read(path) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }
}

/// Coverage of Table E.1-1, for people and for scripts.
enum CoverageText {
    static func lines(_ coverage: ProfileCoverage, isFull: Bool) -> [String] {
        var lines = ["profile \(coverage.profile), PS3.15 Table E.1-1: \(coverage.rows.count) rows"]
        let words: [(ProfileCoverage.Verdict, String)] = [
            (.asBasic, "as the Basic Profile"), (.asOption, "as an option that the profile follows"),
            (.stronger, "more than is asked"), (.weaker, "LESS than is asked"),
        ]
        for (verdict, text) in words where coverage.count(verdict) > 0 {
            lines.append("  \(coverage.count(verdict)) \(text)")
        }
        for (option, rows) in coverage.changedBy { lines.append("  \(option): \(rows.count) rows other than Basic") }
        let shown = coverage.rows.filter { isFull || $0.verdict == .weaker }
        if !shown.isEmpty { lines.append("") }
        var table = Table([
            Table.Column(title: "tag"), Table.Column(title: "attribute"), Table.Column(title: "VR"),
            Table.Column(title: "table"), Table.Column(title: "verdict"), Table.Column(title: "action, by, remarks"),
        ])
        for row in shown {
            let place = row.location.map { " at \($0.file.split(separator: "/").last ?? ""):\($0.line)" } ?? ""
            var action = "\(row.action) (\(row.selector)\(place))"
            if !row.options.isEmpty { action += "; \(row.options.joined(separator: ", "))" }
            if let bent = row.bent { action += "; \(bent)" }
            let vr = row.vr.map { "\($0)" } ?? ""
            table.add([row.tag, row.keyword, vr, row.asked, row.verdict.rawValue, action])
        }
        if !shown.isEmpty { lines += table.lines(width: nil) }
        return lines + [""]
    }

    static func json(_ coverage: ProfileCoverage) -> JSON {
        .object([
            "profile": .string(coverage.profile),
            "options": .strings(coverage.options),
            "counts": .object(
                ProfileCoverage.Verdict.allCases.map {
                    JSON.Member(key: $0.rawValue, value: .number(coverage.count($0)))
                }),
            "changedBy": .object(
                coverage.changedBy.map { JSON.Member(key: $0.option, value: .strings($0.rows)) }),
            "rows": .array(coverage.rows.map(row)),
        ])
    }

    private static func row(_ row: ProfileCoverage.Row) -> JSON {
        .object([
            "tag": .string(row.tag),
            "keyword": row.keyword.isEmpty ? nil : .string(row.keyword),
            "vr": row.vr.map { .string("\($0)") },
            "table": .string(row.asked),
            "options": row.options.isEmpty ? nil : .strings(row.options),
            "action": .string(row.action),
            "selector": .string(row.selector),
            "file": row.location.map { .string($0.file) },
            "line": row.location.map { .number($0.line) },
            "verdict": .string(row.verdict.rawValue),
            "bent": row.bent.map { .string($0) },
        ])
    }
}
