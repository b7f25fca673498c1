package import RuleLanguage

/// What was expected, what came, and where the expectation stands.
package struct TestFailure: Sendable, Hashable {
    package var location: SourceLocation
    /// Which data set of `each`, counted from 1; nil where there is one trial.
    package var trial: Int?
    package var expected: String
    package var came: String

    package var text: String { "expected \(expected); came \(came)" }
}
