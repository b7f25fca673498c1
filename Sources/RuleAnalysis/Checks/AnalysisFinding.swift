public import RuleLanguage

/// Something that was found out about a rule set that loads.
public struct AnalysisFinding: Sendable, Hashable {
    /// How much it matters: a warning is likely a mistake; a note says what is so, and somebody should know.
    public enum Level: String, Sendable, Hashable, CaseIterable { case error, warning, note }

    /// The stable names. `docs/findings.md` has a section for each.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        case neverTrue = "never-true"
        case alwaysTrue = "always-true"
        case impliedRule = "implied-rule"
        case overlappingClauses = "overlapping-clauses"
        case ungivenLabel = "ungiven-label"
        case unusedList = "unused-list"
        case unusedProfile = "unused-profile"
        case unusedInclude = "unused-include"
        case labelWithoutEffect = "label-without-effect"
        case labelReleased = "label-released"
        case unusedAllowance = "unused-allowance"
        case assertionFails = "assertion-fails"
    }

    public var level: Level
    public var code: Code
    /// Lower case, no full stop.
    public var message: String
    public var location: SourceLocation
    public var hint: String?
    /// The name of what it is about, which `allow` may name.
    public var subject: String?
    /// A data set that shows it, which the engine has judged.
    public var example: Example?
    /// What the example does, in a few words.
    public var shows: String?

    public init(
        _ level: Level, _ code: Code, _ message: String, at location: SourceLocation, hint: String? = nil,
        subject: String? = nil, example: Example? = nil, shows: String? = nil
    ) {
        self.level = level
        self.code = code
        self.message = message
        self.location = location
        self.hint = hint
        self.subject = subject
        self.example = example
        self.shows = shows
    }
}

extension AnalysisFinding: Comparable {
    public static func < (left: AnalysisFinding, right: AnalysisFinding) -> Bool {
        (left.location, left.code.rawValue, left.message) < (right.location, right.code.rawValue, right.message)
    }
}
