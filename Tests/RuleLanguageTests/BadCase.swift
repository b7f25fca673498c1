import RuleLanguage
import Testing

/// A rule set with one mistake: what must be said of it, and where. The mark stands where the caret must.
struct BadCase: CustomTestStringConvertible, Sendable {
    var code: String
    var marked: String
    var message: String
    var hint: String?
    var severity = Finding.Severity.error

    init(_ code: String, _ marked: String, _ message: String, hint: String? = nil, severity: Finding.Severity = .error)
    {
        self.code = code
        self.marked = marked
        self.message = message
        self.hint = hint
        self.severity = severity
    }

    var testDescription: String { "\(code): \(message)" }

    /// Loads the text and compares the only finding with what was expected.
    func check() {
        let marked = Marked(marked)
        let (ruleSet, findings) = RuleSetLoader().load(text: marked.text)
        #expect((ruleSet == nil) == (severity == .error), "loads or does not, by its errors: \(code)")
        guard let finding = findings.first, findings.count == 1 else {
            Issue.record("expected one finding, \(code), got:\n\(listed(findings))\nin:\n\(marked.text)")
            return
        }
        #expect(finding.severity == severity)
        #expect(finding.code == code)
        #expect(finding.message == message)
        #expect(finding.hint == hint)
        #expect(finding.location.line == marked.position?.line, "\(finding.rendered)")
        #expect(finding.location.column == marked.position?.column, "\(finding.rendered)")
    }
}
