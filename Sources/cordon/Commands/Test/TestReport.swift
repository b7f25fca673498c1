import Inputs
import RuleLanguage
import RuleTesting

/// What came of tests, for people and for scripts.
struct TestReport {
    let run: TestRun
    let showsCoverage: Bool
    let measuresCoverage: Bool
    let mutation: MutationRun?
    let minimum: Int?
    let minimumScore: Int?

    var passed: Bool {
        run.failureCount == 0 && (minimum.map { run.coverage.lowestPercent >= $0 } ?? true)
            && run.coverage.contradictions.isEmpty && (mutation?.findings.isEmpty ?? true)
            && (minimumScore.map { (mutation?.score ?? 0) >= $0 } ?? true)
    }

    // MARK: - Text

    func lines(quiet: Bool) -> [String] {
        var lines: [String] = []
        for result in run.results where !result.passed || !quiet {
            lines.append("\(result.passed ? "ok  " : "FAIL") \(result.test.location): \(result.test.name)")
            for failure in result.failures {
                let trial = failure.trial.map { " (data set \($0))" } ?? ""
                lines.append("       \(failure.location): \(failure.text)\(trial)")
            }
        }
        if showsCoverage, !quiet { lines += coverageLines }
        if let mutation { lines += Self.lines(of: mutation, quiet: quiet) }
        if quiet { return lines + (passed ? [] : summaryLines) }
        return lines + summaryLines
    }

    private var coverageLines: [String] {
        var lines: [String] = []
        for entry in run.coverage.report where !entry.missing.isEmpty {
            lines.append("never \(entry.missing.joined(separator: ", ")): \(entry.text), at \(entry.location)")
        }
        for entry in run.coverage.contradictions {
            let outcomes = entry.excepted.intersection(entry.gone).sorted().joined(separator: ", ")
            lines.append("\(outcomes), which the tests call impossible: \(entry.text), at \(entry.location)")
        }
        return lines
    }

    private static func lines(of mutation: MutationRun, quiet: Bool) -> [String] {
        var lines = mutation.survivors.map { "survived: \($0.mutant.name), at \($0.mutant.location)" }
        if !quiet {
            lines += mutation.allowed.map { "allowed: \($0.mutant.name), at \($0.mutant.location): \($0.reason ?? "")" }
        }
        return lines + mutation.findings.map(\.rendered)
    }

    var summaryLines: [String] {
        let failed = run.failureCount
        let count = run.results.count
        var lines = ["\(count) \(count == 1 ? "case" : "cases"), \(count - failed) passed, \(failed) failed"]
        if measuresCoverage {
            let counts = CoverageBook.Kind.allCases.compactMap { kind -> String? in
                let count = run.coverage.count(kind)
                return count.wanted == 0 ? nil : "\(kind.plural) \(count.gone)/\(count.wanted) (\(count.percent) %)"
            }
            lines.append("coverage: \(counts.isEmpty ? "nothing to cover" : counts.joined(separator: ", "))")
            if let minimum, run.coverage.lowestPercent < minimum { lines.append("coverage is below \(minimum) %") }
        }
        if let mutation {
            let allowed = mutation.allowed.isEmpty ? "" : ", \(mutation.allowed.count) allowed"
            lines.append(
                "mutants: \(mutation.noticed) of \(mutation.results.count) noticed\(allowed), "
                    + "\(mutation.survivors.count) survived (score \(mutation.score) %)")
            if let minimumScore, mutation.score < minimumScore { lines.append("the score is below \(minimumScore) %") }
        }
        return lines
    }

    // MARK: - JSON

    var json: JSON {
        .object([
            "passed": .bool(passed),
            "cases": .array(run.results.map(Self.json)),
            "coverage": measuresCoverage ? coverageJSON : nil,
            "mutation": mutation.map(Self.json),
        ])
    }

    private static func json(_ result: CaseResult) -> JSON {
        .object([
            "name": .string(result.test.name),
            "passed": .bool(result.passed),
            "at": json(result.test.location),
            "failures": .array(
                result.failures.map { failure in
                    .object([
                        "at": json(failure.location),
                        "dataSet": failure.trial.map { .number($0) },
                        "expected": .string(failure.expected),
                        "came": .string(failure.came),
                    ])
                }),
        ])
    }

    private var coverageJSON: JSON {
        .object([
            "percent": .number(run.coverage.lowestPercent),
            "kinds": .object(
                CoverageBook.Kind.allCases.map { kind in
                    let count = run.coverage.count(kind)
                    return JSON.Member(
                        key: kind.plural,
                        value: .object([
                            "covered": .number(count.gone), "all": .number(count.wanted),
                            "percent": .number(count.percent),
                        ]))
                }),
            "entries": .array(
                run.coverage.report.map { entry in
                    .object([
                        "kind": .string(entry.kind.rawValue),
                        "what": .string(entry.text),
                        "at": Self.json(entry.location),
                        "covered": .strings(entry.ways.filter { entry.gone.contains($0) }),
                        "missing": .strings(entry.missing),
                        "impossible": entry.excepted.isEmpty ? nil : .strings(entry.excepted.sorted()),
                    ])
                }),
        ])
    }

    private static func json(_ mutation: MutationRun) -> JSON {
        .object([
            "score": .number(mutation.score),
            "mutants": .number(mutation.results.count),
            "noticed": .number(mutation.noticed),
            "survivors": .array(mutation.survivors.map { mutant($0) }),
            "allowed": .array(mutation.allowed.map { mutant($0) }),
            "findings": .array(mutation.findings.map(\.json)),
        ])
    }

    private static func mutant(_ result: MutationRun.Result) -> JSON {
        .object([
            "mutant": .string(result.mutant.name),
            "at": json(result.mutant.location),
            "reason": result.reason.map { .string($0) },
        ])
    }

    private static func json(_ location: SourceLocation) -> JSON {
        .object([
            "file": .string(location.file), "line": .number(location.line), "column": .number(location.column),
        ])
    }
}
