import CustodyLog
import Foundation
import Host
import Registry
import RuleLanguage
import Synchronization
import Testing

@testable import Console
@testable import Vault

/// A console over a registry of its own, with a clock that tests turn.
final class Site: Sendable {
    let folder: String
    let registry: Registry
    let accounts: AccountStore
    private let running: Mutex<Console>
    var console: Console { running.withLock { $0 } }
    var responder: ConsoleResponder { ConsoleResponder(console) }
    private let secrets = Mutex<[String: OneTimeCode]>([:])

    static let start = Instant(milliseconds: 1_795_500_000_000)
    /// For those who turn the clock a lot.
    static func endless(_ settings: inout ConsoleSettings) {
        settings.sessions.idle = 1 << 30
        settings.sessions.longest = 1 << 30
    }

    static let password = "correct horse battery"

    init(
        _ settle: (inout ConsoleSettings) -> Void = { _ in }, attempts: Int = 1000,
        operations: (any OperationsSource)? = nil, rules: String? = nil, requests: Int = 100_000,
        clock: Clock = Clock(), line: SampleProvider? = nil, provider: IdentityProvider? = nil
    ) throws {
        folder = NSTemporaryDirectory() + "console-\(UUID().uuidString)"
        registry = try Registry.open(folder)
        accounts = try AccountStore(folder: folder)
        var settings = ConsoleSettings(registry: folder)
        settle(&settings)
        self.time = clock
        let provider =
            try provider
            ?? line.flatMap { line in
                try settings.identity.map {
                    try IdentityProvider($0, origin: settings.origin ?? "", line: line, now: { clock.now })
                }
            }
        running = Mutex(
            try Console(
                registry: registry, accounts: accounts, settings: settings,
                ruleSet: rules.flatMap { RuleSetLoader().load(path: $0).ruleSet }, operations: operations,
                attempts: AttemptLimit(most: attempts), badTokens: AttemptLimit(most: attempts),
                requests: AttemptLimit(most: requests, span: 60),
                provider: provider,
                now: { clock.now }))
    }

    /// As when the process has ended and is started again: sessions are over, and what is in memory is gone.
    func restart(rules: String? = nil) throws {
        let clock = time, settings = console.settings
        let next = try Console(
            registry: Registry.open(folder), accounts: AccountStore(folder: folder), settings: settings,
            ruleSet: rules.flatMap { RuleSetLoader().load(path: $0).ruleSet } ?? console.ruleSet,
            attempts: AttemptLimit(most: 1000), now: { clock.now })
        running.withLock { $0 = next }
    }

    deinit { Self.remove(folder) }

    /// With the objects of a vault, which are immutable where that can be.
    static func remove(_ folder: String) {
        for name in (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? [] where name.contains("objects/")
        {
            ImmutableFlag.put(false, path: "\(folder)/\(name)")
        }
        try? FileManager.default.removeItem(atPath: folder)
    }

    final class Clock: Sendable {
        private let value = Mutex(Site.start)
        private let isReal: Bool
        var now: Instant { isReal ? .now : value.withLock { $0 } }
        /// - Parameter isReal: it goes as that of the programs that the site is tried with.
        init(isReal: Bool = false) { self.isReal = isReal }
        func pass(_ seconds: Int64) { value.withLock { $0 = $0.adding(seconds: seconds) } }
    }

    let time: Clock

    /// An account that has set its password.
    func account(_ name: String, _ roles: Role...) throws {
        let secrets = try accounts.add(name, roles: Set(roles), password: Self.password, at: time.now)
        try remember(secrets, of: name)
    }

    func remember(_ secrets: AccountSecrets, of name: String) throws {
        let text = try #require(secrets.authenticator.split(separator: "secret=").last?.prefix { $0 != "&" })
        let bytes = try #require(Base32.bytes(String(text)))
        self.secrets.withLock { $0[name] = OneTimeCode(secret: bytes) }
    }

    /// The code of now, after the one before has been used.
    func code(_ name: String) -> String {
        secrets.withLock { $0[name]?.code(step: OneTimeCode.step(at: time.now)) ?? "" }
    }

    func nextCode(_ name: String) -> String {
        time.pass(30)
        return code(name)
    }

    /// A browser in which somebody is in.
    func browser(_ name: String) throws -> Browser {
        let browser = Browser(self)
        try #require(browser.signIn(name, code: nextCode(name)).status == 303)
        return browser
    }

    func events(_ kind: CustodyEvent.Kind) throws -> [EventLeaf] {
        try registry.readLog { log in
            try (0..<log.logSize()).map { try log.leaf(at: $0) }.filter { $0.kind == kind }
        }
    }

    func lastWhy(_ kind: CustodyEvent.Kind) throws -> String? {
        try events(kind).last?.facts.first { $0.name == "why" }?.value
    }
}

/// As a browser: keeps cookies, and sends forms with what is hidden in them.
final class Browser {
    let site: Site
    var cookies: [String: String] = [:]
    var origin: String? = "http://127.0.0.1:8090"
    private(set) var last: ConsoleAnswer?

    init(_ site: Site) { self.site = site }

    func get(_ path: String, method: String = "GET") -> ConsoleAnswer {
        send(ConsoleRequest(method: method, path: Self.split(path).path, query: Self.split(path).query))
    }

    func post(_ path: String, _ fields: [String: String] = [:], token: String? = nil) -> ConsoleAnswer {
        var all = fields
        all["form"] = token ?? self.token ?? ""
        let text = all.map { "\(PercentText.encode($0.key))=\(PercentText.encode($0.value))" }.joined(separator: "&")
        var request = ConsoleRequest(method: "POST", path: path, form: FormFields(text) ?? .none)
        request.headers["origin"] = origin
        return send(request)
    }

    /// Of the session.
    var token: String? {
        let secret = cookies[ConsoleResponder.sessionCookie] ?? ""
        return site.console.sessions.session(secret, at: site.time.now)?.formToken
    }

    @discardableResult
    func signIn(
        _ name: String, password: String = Site.password, code: String, next: String = "/"
    ) -> ConsoleAnswer {
        let page = get("/login")
        let seal = page.html.split(separator: "name=\"form\" value=\"").dropFirst().first?.prefix { $0 != "\"" } ?? ""
        return post(
            "/login", ["name": name, "password": password, "code": code, "next": next], token: String(seal))
    }

    func send(_ request: ConsoleRequest) -> ConsoleAnswer {
        var request = request
        request.headers["host"] = "127.0.0.1:8090"
        request.cookies = cookies
        let answer = site.responder.answer(request)
        for header in answer.headers where header.name == "Set-Cookie" {
            let pair = header.value.prefix { $0 != ";" }.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            cookies[String(pair[0])] = pair[1].isEmpty ? nil : String(pair[1])
        }
        last = answer
        return answer
    }

    private static func split(_ path: String) -> (path: String, query: FormFields) {
        let parts = path.split(separator: "?", maxSplits: 1)
        return (String(parts[0]), FormFields(parts.count > 1 ? parts[1] : "") ?? .none)
    }
}

extension ConsoleAnswer {
    var html: String { String(decoding: body, as: UTF8.self) }
    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
