/// Reads a rule set: the file, its includes and lists; checks all of it.
public struct RuleSetLoader: Sendable {
    public init() {}

    /// Loads one root file. Every finding is in `findings`, sorted; `ruleSet` is nil when any of them is an error.
    public func load(path: String) -> (ruleSet: RuleSet?, findings: [Finding]) {
        (nil, [])
    }
}

/// Something that is wrong or doubtful in a rule file.
public struct Finding: Sendable, Hashable {
    public enum Severity: String, Sendable, Hashable { case error, warning }
    public var severity: Severity
    /// Stable name, `unknown-attribute`.
    public var code: String
    /// Lower case, no full stop.
    public var message: String
    public var location: SourceLocation
    /// "did you mean `PatientBirthDate`?"
    public var hint: String?

    public init(severity: Severity, code: String, message: String, location: SourceLocation, hint: String? = nil) {
        self.severity = severity
        self.code = code
        self.message = message
        self.location = location
        self.hint = hint
    }
}
