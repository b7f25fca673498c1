/// Something that is wrong or doubtful in a rule file or a list.
///
/// Never holds what stands in a list, which names patients: findings about lists have a place and no excerpt.
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
    /// The line of the rule file, as it is written; nil where there is none to show.
    public var excerpt: String?
    /// How many characters of the line are meant, beginning with the column.
    public var length: Int

    public init(
        severity: Severity, code: String, message: String, location: SourceLocation, hint: String? = nil,
        excerpt: String? = nil, length: Int = 1
    ) {
        self.severity = severity
        self.code = code
        self.message = message
        self.location = location
        self.hint = hint
        self.excerpt = excerpt
        self.length = length
    }
}

extension Finding: Comparable {
    /// By place, then by what is said.
    public static func < (left: Finding, right: Finding) -> Bool {
        (left.location, left.code, left.message) < (right.location, right.code, right.message)
    }
}
