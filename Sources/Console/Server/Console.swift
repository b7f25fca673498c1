internal import CustodyLog
package import Host
package import Registry
package import RuleLanguage
internal import Synchronization

/// All that a console's pages work with.
package final class Console: Sendable {
    package let registry: Registry
    package let accounts: AccountStore
    package let sessions: SessionStore
    package let settings: ConsoleSettings
    private let rules: Mutex<RulesInForce>
    /// The rules that decisions are explained by; nil where the configuration names none.
    package var ruleSet: RuleSet? { rules.withLock { $0.ruleSet } }
    /// Labels that people may give, for a form.
    var vocabulary: [[String: String]] { rules.withLock { $0.vocabulary } }
    /// The gateway whose work is shown; nil where the configuration names none.
    let operations: (any OperationsSource)?
    /// What is doubtful in the rules.
    var findings: [[String: String]] { rules.withLock { $0.findings } }
    let attempts: AttemptLimit
    /// Bad tokens of an address: apart, so that a program with an old one keeps nobody from signing in.
    let badTokens: AttemptLimit
    /// Of each caller of the interface.
    let requests: AttemptLimit
    /// Who lets people in beside local accounts; nil where the configuration names none.
    let provider: IdentityProvider?
    let seal = FormSeal()
    let templates: PageTemplates
    /// Small pictures of originals.
    let pictures: PictureDesk
    /// What was looked at, and stays kept back.
    let desk: DeskStore
    /// What is handed over in matters; nil where the configuration names no folder.
    let productions: ProductionDesk?
    /// The rule set that may come into force.
    let candidates: CandidateDesk
    /// What was decided lately, drawn.
    let charts = ChartDesk()
    /// Who asks for a look in an emergency.
    let emergencies: EmergencyDesk
    let now: @Sendable () -> Instant
    /// Told at once what somebody should hear of at once, without patient data: `glass-broken`, `grant 7 until …`.
    let alert: @Sendable (String, String) -> Void
    /// Told after each request that something may have been recorded, as for audit messages.
    let recorded: @Sendable () -> Void

    /// - Parameters:
    ///   - now: the clock.
    ///   - resumes: whether `resume` is called at once.
    package init(
        registry: Registry, accounts: AccountStore, settings: ConsoleSettings, ruleSet: RuleSet? = nil,
        operations: (any OperationsSource)? = nil,
        attempts: AttemptLimit = AttemptLimit(), badTokens: AttemptLimit = AttemptLimit(),
        requests: AttemptLimit = AttemptLimit(most: InterfaceResponder.mostRequests, span: 60),
        provider: IdentityProvider? = nil,
        now: @escaping @Sendable () -> Instant = { .now }, recorded: @escaping @Sendable () -> Void = {},
        alert: @escaping @Sendable (String, String) -> Void = { _, _ in }, resumes: Bool = true
    ) throws {
        self.registry = registry
        self.accounts = accounts
        self.settings = settings
        rules = Mutex(RulesInForce(ruleSet))
        self.attempts = attempts
        self.badTokens = badTokens
        self.requests = requests
        self.provider = provider
        self.operations = operations
        self.now = now
        self.recorded = recorded
        self.alert = alert
        sessions = SessionStore(limits: settings.sessions)
        templates = try PageTemplates()
        pictures = PictureDesk(registry: settings.registry)
        desk = try DeskStore(folder: settings.registry)
        emergencies = EmergencyDesk(desk)
        // Whom old wishes named is forgotten also where nobody looks.
        _ = try emergencies.waiting(at: now())
        let store = desk
        productions = settings.productions.map {
            ProductionDesk(registry: registry, site: settings.registry, folder: $0, store: store)
        }
        candidates = CandidateDesk(registry: registry, settings: settings, store: desk)
        if resumes { try resume() }
    }

    /// Takes up what was under way when the console ended. Whoever is not sure that no other console is there waits with that until it
    /// listens: what another has under way is not to be ended, or begun a second time.
    package func resume() throws {
        try candidates.resume(active: ruleSet, at: now())
        try productions?.resume(ruleSets: producedRules, isShutOut: isShutOut)
    }

    /// To be called at the end, when the process was told to end.
    package func stopped() { productions?.forgetAttempts() }

    /// What a label says, for people; empty where nobody says it.
    func meaning(of label: String) -> String { ruleSet?.labels[label]?.meaning ?? "" }

    /// Explains by these from now on.
    func use(_ ruleSet: RuleSet) {
        let inForce = RulesInForce(ruleSet)
        rules.withLock { $0 = inForce }
    }

    /// Records what somebody did or saw here.
    ///
    /// - Returns: where on the custody log.
    @discardableResult
    func record(
        _ kind: CustodyEvent.Kind, by name: String, at time: Instant, _ facts: [(String, String)],
        personal: [(String, String)] = [], about scopes: [Scope] = []
    ) throws -> Int {
        try registry.record(
            CustodyEvent(
                kind, time: time, actor: name,
                facts: [CustodyEvent.Fact("by", "console")] + facts.map { CustodyEvent.Fact($0.0, $0.1) },
                personal: personal.map { CustodyEvent.Fact($0.0, $0.1) }), about: scopes)
    }
}
