import ArgumentParser
import AuditTrail
import Console
import Dispatch
import Gatekeeper
import Host
import Inputs
import Registry
import RuleLanguage
import Synchronization

/// `cordon console serve`: the console.
struct ConsoleServe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves the console until it is told to stop.",
        discussion: """
            Without TLS it listens on this machine alone. SIGTERM and SIGINT end it. A restart ends all sessions.

            Example: cordon console serve --config Examples/console/console.xml
            """)

    @Option(name: .long, help: ArgumentHelp("The configuration.", valueName: "file"))
    var config: String

    func run() throws {
        StopSignal.install()
        let (settings, findings) = ConsoleConfiguration.load(path: config)
        for finding in findings { StandardError.print(finding.json, text: finding.rendered) }
        guard let settings else { throw RunError(.arguments, "the configuration does not load") }
        guard Registry.isThere(in: settings.registry) else {
            throw RunError(
                .arguments, "there is no registry in `\(settings.registry)`; `cordon hold place` or a gateway makes one"
            )
        }
        let registry = try asking { try Registry.open(settings.registry) }
        let ruleSet = try rules(settings, registry)
        let accounts = try withAccountErrors { try AccountStore(folder: settings.registry) }
        if settings.localAccounts, settings.identity == nil, try withAccountErrors({ try accounts.accounts() }).isEmpty
        {
            StandardError.print("note: there are no accounts yet: cordon console account add NAME --role ROLE")
        }
        let teller = try AuditTelling(registry, folder: settings.registry)
        let console = try Console(
            registry: registry, accounts: accounts, settings: settings, ruleSet: ruleSet,
            operations: try settings.gateway.map {
                try GatewayOperations(configuration: $0, registry: settings.registry)
            },
            provider: try provider(settings), recorded: { teller.something() },
            alert: { event, text in StandardError.print("alert: \(event) \(text)") }, resumes: false)
        let failure = Mutex<(any Error)?>(nil), notTakenUp = Mutex<(any Error)?>(nil)
        let server = ConsoleServer(console) { port in
            do { try console.resume() } catch {
                notTakenUp.withLock { $0 = error }
                return
            }
            let origin = settings.origin ?? "\(settings.tls == nil ? "http" : "https")://\(settings.host):\(port)"
            StandardOutput.print("the console is at \(origin)/")
        }
        let end = DispatchSemaphore(value: 0)
        Task.detached {
            do { try await server.run() } catch { failure.withLock { $0 = error } }
            end.signal()
        }
        var isStopping = false
        // This thread is the process's own: it may wait.
        while end.wait(timeout: .now() + .milliseconds(200)) == .timedOut {
            try teller.tell()
            if StopSignal.number != nil || notTakenUp.withLock({ $0 != nil }), !isStopping {
                isStopping = true
                Task.detached { await server.stop() }
            }
        }
        if StopSignal.number != nil { console.stopped() }
        try teller.tell()
        if let error = notTakenUp.withLock({ $0 }) { throw error }
        if failure.withLock({ $0 != nil }) {
            throw RunError(.output, "it cannot listen on \(settings.host), port \(settings.port); is another there?")
        }
    }
}

extension ConsoleServe {
    private func provider(_ settings: ConsoleSettings) throws -> IdentityProvider? {
        guard let identity = settings.identity, let origin = settings.origin else { return nil }
        do {
            return try IdentityProvider(identity, origin: origin)
        } catch {
            throw RunError(.arguments, "the identity provider of the console cannot be asked: \(error)")
        }
    }

    /// The rule set that the configuration names; one that does not load is an error, as for a gateway.
    private func rules(_ settings: ConsoleSettings, _ registry: Registry) throws -> RuleSet? {
        guard let path = settings.rules else { return nil }
        if let trust = settings.requireSigned { return try RuleSource.load(path, registry: registry, trust: trust) }
        let (ruleSet, findings) = RuleSetLoader(registryLists: RegistryLists(registry)).load(path: path)
        guard let ruleSet else {
            for finding in findings where finding.severity == .error {
                StandardError.print(finding.json, text: finding.rendered)
            }
            throw RunError(.arguments, "the rule set of the console does not load; `cordon check` says the same")
        }
        return ruleSet
    }
}

/// Sends audit messages of what was recorded, by the thread that waits and not by those that answer.
private final class AuditTelling: Sendable {
    private let registry: Registry
    private let folder: String
    private let isSomething = Atomic<Bool>(false)

    init(_ registry: Registry, folder: String) throws {
        self.registry = registry
        self.folder = folder
    }

    func something() { isSomething.store(true, ordering: .relaxed) }

    func tell() throws {
        guard isSomething.exchange(false, ordering: .relaxed) else { return }
        try AuditSink.tell(registry, in: folder)
    }
}

/// Gives errors about accounts the command's status.
func withAccountErrors<Result>(_ work: () throws -> Result) throws -> Result {
    do {
        return try work()
    } catch let error as AccountError {
        throw RunError(error.code == .storage ? .output : .arguments, error.description)
    }
}
