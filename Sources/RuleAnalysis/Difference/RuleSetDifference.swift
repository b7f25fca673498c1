import RuleEngine
public import RuleLanguage

/// What two rule sets decide differently: for each audience, each label and what rules hold, proved to be the same, or shown by an example
/// that the engine has decided under both.
///
/// Studies of one instance are compared, with any labels that codes and the registry may bring; what that says of studies
/// of several is said with it.
public struct RuleSetDifference: Sendable {
    public enum Verdict: String, Sendable, Hashable {
        case equivalent, stricter, laxer, different, added, removed
        /// Too large to be decided, or no example was found for what may differ.
        case notKnown = "not-known"
    }

    /// A difference, shown.
    public struct Shown: Sendable, Hashable {
        /// `stricter`, `laxer`, or `different` of decisions that are as strict.
        public var direction: Verdict
        public var old: String
        public var new: String
        public var example: Example
    }

    public struct Entry: Sendable, Hashable {
        public var name: String
        public var verdict: Verdict
        public var shown: [Shown]
        /// In words, for whoever decides whether to trust it.
        public var remark: String?
    }

    /// Sorted by name.
    public var audiences: [Entry]
    /// Of a label: stricter when more studies have it; laxer when fewer do. Of one that lifts it is the other way about.
    public var labels: [Entry]
    /// By matter and what is held, `2026-14 (patient)`: stricter when more is held by whichever rules, laxer when less is.
    public var holds: [Entry]
    /// Codes of vocabularies that mean other labels now: sorted.
    public var codes: [String]

    public var isEquivalent: Bool {
        codes.isEmpty && (audiences + labels + holds).allSatisfy { $0.verdict == .equivalent }
    }

    public init(old: RuleSet, new: RuleSet, maximumNodes: Int = 2_000_000) {
        let comparison = RuleSetComparison(old: old, new: new, maximumNodes: maximumNodes)
        labels = comparison.labels()
        audiences = comparison.audiences(labels)
        holds = comparison.holds()
        codes = RuleSetComparison.changedCodes(old, new)
    }
}
