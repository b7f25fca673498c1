/// What must never come of a rule set: no study with one of these labels gets one of these dispositions.
public struct Assertion: Sendable, Hashable {
    /// Sorted; empty for every audience.
    public var audiences: [String]
    /// A study that has any of these, certain or not, and whatever else it has.
    public var labels: [String]
    public var dispositions: Set<Disposition>
    /// Labels that may lift here: nothing is said of a study that certainly has one of them.
    public var unless: [String]
    public var location: SourceLocation

    public init(
        audiences: [String], labels: [String], dispositions: Set<Disposition>, unless: [String] = [],
        location: SourceLocation
    ) {
        self.audiences = audiences
        self.labels = labels
        self.dispositions = dispositions
        self.unless = unless
        self.location = location
    }
}

/// A finding that is as it should be, with the reason that somebody gave.
public struct Allowance: Sendable, Hashable {
    /// The finding's stable name.
    public var finding: String
    /// The name of what it is about; nil for anything in the same file.
    public var subject: String?
    public var reason: String
    public var location: SourceLocation

    public init(finding: String, subject: String?, reason: String, location: SourceLocation) {
        self.finding = finding
        self.subject = subject
        self.reason = reason
        self.location = location
    }
}

extension Allowance {
    /// Those of one file.
    static func all(in file: RuleFile) -> [Allowance] {
        file.root.children(named: "allow").compactMap { element in
            guard let finding = element.attribute("finding")?.trimmed, let reason = element.attribute("reason")?.trimmed
            else { return nil }
            return Allowance(
                finding: finding, subject: element.attribute("of")?.trimmed, reason: reason, location: element.location)
        }
    }
}
