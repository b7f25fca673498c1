import RuleLanguage

/// Results as the Test Anything Protocol, version 14.
package struct TAPReport {
    private var lines: [String] = []

    package init(_ run: TestRun) {
        lines = ["TAP version 14", "1..\(run.results.count)"]
        for (index, result) in run.results.enumerated() {
            let name = Self.escaped("\(result.file): \(result.test.name)")
            lines.append("\(result.passed ? "ok" : "not ok") \(index + 1) - \(name)")
            guard !result.passed else { continue }
            lines.append("  ---")
            lines.append("  at: \(Self.quoted("\(result.test.location)"))")
            lines.append("  failures:")
            for failure in result.failures {
                lines.append("    - at: \(Self.quoted("\(failure.location)"))")
                if let trial = failure.trial { lines.append("      of: \(trial)") }
                lines.append("      expected: \(Self.quoted(failure.expected))")
                lines.append("      came: \(Self.quoted(failure.came))")
            }
            lines.append("  ...")
        }
    }

    package var text: String { lines.map { $0 + "\n" }.joined() }

    /// `#` begins a directive, a backslash escapes.
    private static func escaped(_ text: String) -> String {
        text.map { $0 == "#" || $0 == "\\" ? "\\\($0)" : $0.isNewline ? " " : "\($0)" }.joined()
    }

    /// A double-quoted scalar of YAML.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\x" + String(repeating: "0", count: 2 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
