/// Everything that decides: labels, lists, rules by tier, profiles and audiences, checked and joined from one file or
/// several. Immutable; where every part of it stands in the files is part of it (P8).
///
/// Collections that have no meaningful order are sorted by name, so that the order of files and of elements in them
/// cannot matter (P4).
public struct RuleSet: Sendable {
    public var id: String
    public var revision: String
    /// SHA-256 of the digests of all files and lists, sorted: 64 hexadecimal digits. The same for any order of includes.
    public var digest: String
    /// The tier that the site has climbed to, 1 to 4. Rules above it are checked and not run.
    public var tier: Int
    public var sources: [Source]
    public var labels: [String: Label]
    public var lists: [String: ValueList]
    /// All rules, sorted by tier and id.
    public var rules: [Rule]
    public var profiles: [String: Profile]
    public var audiences: [String: Audience]
    /// What must never come of it, sorted by place. Proved when it was loaded.
    public var assertions: [Assertion] = []
    /// Findings that are as they should be, sorted by place.
    public var allowances: [Allowance] = []
    /// Which file names which, sorted by place.
    public var inclusions: [Inclusion] = []

    /// An `include`, and the file that it leads to.
    public struct Inclusion: Sendable, Hashable {
        /// As the including file writes it.
        public var href: String
        /// As that file is shown.
        public var file: String
        public var location: SourceLocation

        public init(href: String, file: String, location: SourceLocation) {
            self.href = href
            self.file = file
            self.location = location
        }
    }

    /// A file that the rule set came from.
    public struct Source: Sendable, Hashable {
        public enum Kind: Sendable, Hashable { case rules, list, certificate }
        public var kind: Kind
        public var path: String
        /// SHA-256, 64 hexadecimal digits.
        public var digest: String

        public init(kind: Kind, path: String, digest: String) {
            self.kind = kind
            self.path = path
            self.digest = digest
        }
    }

    /// What it asks of the registry, and would have to guess without one. Nil when it asks for nothing.
    public var needOfRegistry: String? {
        if let list = lists.values.filter({ $0.registryName != nil }).map(\.id).min() { return "the list `\(list)`" }
        if let rule = rules.first(where: { !$0.holds.isEmpty }) { return "the hold that the rule `\(rule.id)` places" }
        if let rule = rules.first(where: { $0.condition.asksForHolds }) { return "`held` in the rule `\(rule.id)`" }
        return nil
    }

    /// The label that every rule set has, declared or not: tier 1, (131395, DCM, "Sensitive Content").
    public static let sensitive = "sensitive"

    public init(
        id: String, revision: String, digest: String, tier: Int, sources: [Source], labels: [String: Label],
        lists: [String: ValueList], rules: [Rule], profiles: [String: Profile], audiences: [String: Audience]
    ) {
        self.id = id
        self.revision = revision
        self.digest = digest
        self.tier = tier
        self.sources = sources
        self.labels = labels
        self.lists = lists
        self.rules = rules
        self.profiles = profiles
        self.audiences = audiences
    }
}
