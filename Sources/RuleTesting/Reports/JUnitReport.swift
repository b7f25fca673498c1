import RuleLanguage

/// Results as the XML of JUnit that continuous integration reads: a suite for each file, a case for each case.
package struct JUnitReport {
    package let text: String

    package init(_ run: TestRun) {
        var files: [String] = []
        for result in run.results where !files.contains(result.file) { files.append(result.file) }
        var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"]
        lines.append("<testsuites tests=\"\(run.results.count)\" failures=\"\(run.failureCount)\" errors=\"0\">")
        for file in files {
            let results = run.results.filter { $0.file == file }
            let failed = results.count { !$0.passed }
            lines.append(
                "  <testsuite name=\"\(Self.escaped(file))\" tests=\"\(results.count)\" failures=\"\(failed)\" errors=\"0\">"
            )
            for result in results { lines += Self.lines(of: result) }
            lines.append("  </testsuite>")
        }
        lines.append("</testsuites>")
        text = lines.map { $0 + "\n" }.joined()
    }

    private static func lines(of result: CaseResult) -> [String] {
        let head =
            "    <testcase classname=\"\(escaped(result.file))\" name=\"\(escaped(result.test.name))\""
            + " file=\"\(escaped(result.test.location.file))\" line=\"\(result.test.location.line)\""
        guard !result.passed else { return [head + "/>"] }
        let failures = result.failures.map { failure in
            let trial = failure.trial.map { ", data set \($0)" } ?? ""
            return
                "      <failure message=\"\(escaped(failure.text))\">\(escaped("\(failure.location)\(trial)"))</failure>"
        }
        return [head + ">"] + failures + ["    </testcase>"]
    }

    /// Characters that XML 1.0 does not have are shown as what they are.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\t", "\n", "\r": result += "&#\(scalar.value);"
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
