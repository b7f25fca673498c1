internal import CustodyLog
internal import Host
internal import Registry

/// Every request goes through here, in one order: which route; who asks; that the form is of our page; whether they may; the code,
/// where one is asked for; then the page or the action.
package struct ConsoleResponder: Sendable {
    package let console: Console

    package init(_ console: Console) { self.console = console }

    package static let sessionCookie = "__Host-cordon-session"
    package static let formCookie = "__Host-cordon-form"

    /// Asks the identity provider first, where that is needed to answer.
    package func respond(_ request: ConsoleRequest) async -> ConsoleAnswer {
        guard let provider = console.provider else { return answer(request) }
        var request = request
        request.provided = await provider.word(for: request, at: console.now())
        return answer(request)
    }

    package func answer(_ request: ConsoleRequest) -> ConsoleAnswer {
        let time = console.now()
        var session: Session?
        var answer: ConsoleAnswer
        if InterfaceResponder.isMeant(request.path) {
            answer = InterfaceResponder(console: console).answer(request, at: time)
        } else {
            do {
                session = try self.session(request, at: time)
                answer = try self.answer(request, session, at: time)
            } catch {
                answer = page(Self.problem(error), session, request)
            }
        }
        console.recorded()
        for (name, value) in SecurityHeaders.of(isTLS: console.settings.tls != nil) {
            answer.headers.append((name, value))
        }
        if !answer.headers.contains(where: { $0.name == "Cache-Control" }) {
            answer.headers.append(("Cache-Control", "no-store"))
        }
        return answer
    }

    private func answer(_ request: ConsoleRequest, _ session: Session?, at time: Instant) throws -> ConsoleAnswer {
        let method = request.method == "HEAD" ? "GET" : request.method
        let matches = ConsoleRoute.pages.compactMap { route in route.values(of: request.path).map { (route, $0) } }
        guard !matches.isEmpty else { throw ConsoleProblem.notFound }
        guard let (route, values) = matches.first(where: { $0.0.method == method }) else {
            var answer = page(
                ConsoleProblem(405, "That cannot be done here", "This address is for something else."), session, request
            )
            let methods = Set(matches.map(\.0.method))
            answer.headers.append(
                ("Allow", methods.union(methods.contains("GET") ? ["HEAD"] : []).sorted().joined(separator: ", ")))
            return answer
        }
        let secret = request.cookies[Self.sessionCookie]
        let exchange = Exchange(
            console: console, request: request, values: values, time: time, session: session, secret: secret)
        if method == "POST" { try checkOrigin(request, session, route, at: time) }
        guard case .those(let permission) = route.access else { return try route.handler(exchange) }
        guard let session else {
            guard method == "GET" else {
                throw ConsoleProblem(
                    401, "Nothing was done: you are not signed in", "Your session may be over. Sign in and do it again."
                )
            }
            return .redirect("/login?next=\(PercentText.encode(request.path))")
        }
        if method == "POST" { try checkForm(request, session, route, at: time) }
        guard session.may(permission) else {
            try refused(session, route, "role", request, at: time)
            throw ConsoleProblem(
                403, "You may not do that",
                "It is for those who may \(permission.words). The attempt was recorded. Ask an administrator if you should."
            )
        }
        if session.mustChangePassword, !OwnAccountPages.isOpenBeforeChange(route) { return .redirect("/account") }
        if route.needsCode, route.asksCode(exchange) { try checkCode(request, session, route, at: time) }
        return try route.handler(exchange)
    }

    /// Whether the cookie is of a session that is not over.
    func isIn(_ request: ConsoleRequest) -> Bool {
        guard let secret = request.cookies[Self.sessionCookie] else { return false }
        return console.sessions.session(secret, at: console.now()) != nil
    }

    /// Whether a program brings a token by which candidates of rules may be uploaded.
    func mayUpload(_ request: ConsoleRequest) async -> Bool {
        var request = request
        let time = console.now()
        if let provider = console.provider { request.provided = await provider.word(for: request, at: time) }
        guard case .success(let session)? = try? Bearer.session(request, console, at: time) else { return false }
        return session.may(.proposeRules)
    }

    /// Who is in by the cookie, and still is what they were when they came in.
    private func session(_ request: ConsoleRequest, at time: Instant) throws -> Session? {
        guard let secret = request.cookies[Self.sessionCookie], let session = console.sessions.session(secret, at: time)
        else { return nil }
        // Whom the provider let in is no account here.
        guard session.isLocal else {
            guard try !console.isShutOut(session.person) else {
                console.sessions.end(secret)
                return nil
            }
            return session
        }
        guard let account = try console.accounts.account(session.account), !account.isDisabled,
            account.generation == session.generation, try !console.isShutOut(session.person)
        else {
            console.sessions.end(secret)
            return nil
        }
        return session
    }

    /// A form comes from a page of ours: browsers say where from, and nobody else can.
    private func checkOrigin(
        _ request: ConsoleRequest, _ session: Session?, _ route: ConsoleRoute, at time: Instant
    ) throws {
        guard !Self.isOwnOrigin(request, console.settings) else { return }
        if let session { try refused(session, route, "another-origin", request, at: time) }
        throw ConsoleProblem(403, "Nothing was done", "The form came from another site.")
    }

    static func isOwnOrigin(_ request: ConsoleRequest, _ settings: ConsoleSettings) -> Bool {
        guard let origin = request.headers["origin"] else {
            return ["same-origin", "none", nil].contains(request.headers["sec-fetch-site"])
        }
        return origin == settings.ownOrigin(host: request.headers["host"])
    }

    private func checkForm(
        _ request: ConsoleRequest, _ session: Session, _ route: ConsoleRoute, at time: Instant
    ) throws {
        let token = request.form.raw("form") ?? ""
        guard !SecretBytes.areEqual(Array(token.utf8), Array(session.formToken.utf8)) else { return }
        try refused(session, route, "form-token", request, at: time)
        throw ConsoleProblem(403, "Nothing was done", "The form is not of this session. Open the page again.")
    }

    private func checkCode(
        _ request: ConsoleRequest, _ session: Session, _ route: ConsoleRoute, at time: Instant
    ) throws {
        guard session.isLocal else { return try checkProof(request, session, route, at: time) }
        switch try console.accounts.prove(session.account, code: request.form.raw("code") ?? "", at: time) {
        case .success: return
        case .failure(let refusal):
            try refused(session, route, refusal.rawValue, request, at: time)
            throw ConsoleProblem(
                403, "Nothing was done: the code is not right",
                refusal == .codeUsedBefore
                    ? "That code was used already, perhaps when you signed in. Wait for the next one, go back and try again."
                    : "Go back, and give the code that your authenticator shows now.")
        }
    }

    /// In place of a code: that the identity provider has asked them anew, a moment ago, for this.
    private func checkProof(
        _ request: ConsoleRequest, _ session: Session, _ route: ConsoleRoute, at time: Instant
    ) throws {
        let fresh = console.settings.identity?.fresh ?? 0
        if let secret = request.cookies[Self.sessionCookie], console.sessions.useProof(secret, within: fresh, at: time)
        {
            return
        }
        try refused(session, route, "not-fresh", request, at: time)
        throw ConsoleProblem(
            403, "Nothing was done: show again who you are",
            "Go back, follow “Show again who you are” before the button, and then send the form.")
    }

    private func refused(
        _ session: Session, _ route: ConsoleRoute, _ why: String, _ request: ConsoleRequest, at time: Instant
    ) throws {
        try console.record(
            .accessRefused, by: session.person.name, at: time,
            [("resource", "\(route.method) \(route.template)"), ("why", why), ("address", request.address)])
    }

    // MARK: - What went wrong

    static func problem(_ error: any Error) -> ConsoleProblem {
        switch error {
        case let problem as ConsoleProblem: return problem
        case let error as AccountError:
            let status =
                switch error.code {
                case .invalid: 422
                case .exists: 409
                case .unknown: 404
                case .storage: 503
                }
            return ConsoleProblem(status, "That was not done", sentence(error.description))
        case let error as RegistryError:
            let status =
                switch error.code {
                case .unknown: 404
                case .invalid: 422
                case .forbidden, .anotherPerson: 403
                case .conflict: 409
                case .busy, .full, .storage, .damaged, .newer, .exposed, .inUse: 503
                }
            return ConsoleProblem(status, "That was not done", sentence("\(error)"))
        default:
            return ConsoleProblem(
                500, "Something went wrong here", "It is not known whether it was done: look before you do it again.")
        }
    }

    static func sentence(_ words: String) -> String { words.prefix(1).uppercased() + words.dropFirst() + "." }

    private func page(_ problem: ConsoleProblem, _ session: Session?, _ request: ConsoleRequest) -> ConsoleAnswer {
        let exchange = Exchange(
            console: console, request: request, values: [:], time: console.now(), session: session, secret: nil)
        return exchange.page(
            "problem", problem.title, status: problem.status,
            [
                "title": problem.title, "detail": problem.detail, "signedIn": session != nil,
                "wasForm": request.method == "POST",
            ])
    }
}
