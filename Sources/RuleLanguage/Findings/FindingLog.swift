/// Collects findings while a rule set is read; nothing stops at the first. Says a thing about a place once.
package final class FindingLog {
    /// Enough to mend a file by, and few enough to print (P9).
    static let maximum = 1000

    private var findings: [Finding] = []
    private var seen: Set<Key> = []
    private var leftOut = 0
    package private(set) var errorCount = 0
    package var hasErrors: Bool { errorCount > 0 }

    private struct Key: Hashable {
        var location: SourceLocation
        var code: String
    }

    package init() {}

    func error(_ code: FindingCode, _ message: String, at place: Place, hint: String? = nil) {
        add(.error, code, message, at: place, hint: hint)
    }

    func warning(_ code: FindingCode, _ message: String, at place: Place, hint: String? = nil) {
        add(.warning, code, message, at: place, hint: hint)
    }

    func add(_ severity: Finding.Severity, _ code: FindingCode, _ message: String, at place: Place, hint: String?) {
        add(severity, code.rawValue, message, at: place, hint: hint)
    }

    /// - Parameter code: a stable name of another language's finding.
    package func add(
        _ severity: Finding.Severity, _ code: String, _ message: String, at place: Place, hint: String? = nil
    ) {
        add(
            Finding(
                severity: severity, code: code, message: message, location: place.location, hint: hint,
                excerpt: place.excerpt, length: place.length))
    }

    package func add(_ finding: Finding) {
        if finding.severity == .error { errorCount += 1 }
        guard seen.insert(Key(location: finding.location, code: finding.code)).inserted else { return }
        guard findings.count < Self.maximum else {
            leftOut += 1
            return
        }
        findings.append(finding)
    }

    /// Whether something has been said of the place.
    func hasFinding(at location: SourceLocation, code: FindingCode) -> Bool {
        seen.contains(Key(location: location, code: code.rawValue))
    }

    /// By file, line and column; what was left out is counted at the end.
    package func sorted() -> [Finding] {
        var sorted = findings.sorted()
        if leftOut > 0, let last = sorted.last {
            sorted.append(
                Finding(
                    severity: hasErrors ? .error : .warning, code: FindingCode.tooManyFindings.rawValue,
                    message: "\(leftOut) more findings are not shown", location: last.location))
        }
        return sorted
    }
}
