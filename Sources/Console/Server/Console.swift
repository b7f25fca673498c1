internal import CustodyLog
package import Host
package import Registry
package import RuleLanguage

/// All that a console's pages work with.
package final class Console: Sendable {
    package let registry: Registry
    package let accounts: AccountStore
    package let sessions: SessionStore
    package let settings: ConsoleSettings
    /// The rules that decisions are explained by; nil where the configuration names none.
    package let ruleSet: RuleSet?
    /// Labels that people may give, for a form.
    let vocabulary: [[String: String]]
    /// The gateway whose work is shown; nil where the configuration names none.
    let operations: (any OperationsSource)?
    /// What is doubtful in the rules.
    let findings: [[String: String]]
    let attempts: AttemptLimit
    /// Bad tokens of an address: apart, so that a program with an old one keeps nobody from signing in.
    let badTokens: AttemptLimit
    /// Of each caller of the interface.
    let requests: AttemptLimit
    /// Who lets people in beside local accounts; nil where the configuration names none.
    let provider: IdentityProvider?
    let seal = FormSeal()
    let templates: PageTemplates
    let now: @Sendable () -> Instant
    /// Told after each request that something may have been recorded, as for audit messages.
    let recorded: @Sendable () -> Void

    /// - Parameter now: the clock.
    package init(
        registry: Registry, accounts: AccountStore, settings: ConsoleSettings, ruleSet: RuleSet? = nil,
        operations: (any OperationsSource)? = nil,
        attempts: AttemptLimit = AttemptLimit(), badTokens: AttemptLimit = AttemptLimit(),
        requests: AttemptLimit = AttemptLimit(most: InterfaceResponder.mostRequests, span: 60),
        provider: IdentityProvider? = nil,
        now: @escaping @Sendable () -> Instant = { .now }, recorded: @escaping @Sendable () -> Void = {}
    ) throws {
        self.registry = registry
        self.accounts = accounts
        self.settings = settings
        self.ruleSet = ruleSet
        vocabulary =
            (ruleSet?.labels.values).map { labels in
                labels.sorted { ($0.tier, $0.id) < ($1.tier, $1.id) }.map { label in
                    ["id": label.id, "words": label.meaning.map { "\(label.id): \($0)" } ?? label.id]
                }
            } ?? []
        findings = ruleSet.map { RulePages.findings($0) } ?? []
        self.attempts = attempts
        self.badTokens = badTokens
        self.requests = requests
        self.provider = provider
        self.operations = operations
        self.now = now
        self.recorded = recorded
        sessions = SessionStore(limits: settings.sessions)
        templates = try PageTemplates()
    }

    /// Records what somebody did or saw here.
    func record(
        _ kind: CustodyEvent.Kind, by name: String, at time: Instant, _ facts: [(String, String)],
        personal: [(String, String)] = [], about scopes: [Scope] = []
    ) throws {
        try registry.record(
            CustodyEvent(
                kind, time: time, actor: name,
                facts: [CustodyEvent.Fact("by", "console")] + facts.map { CustodyEvent.Fact($0.0, $0.1) },
                personal: personal.map { CustodyEvent.Fact($0.0, $0.1) }), about: scopes)
    }
}
