internal import CustodyLog
internal import Host
internal import Registry

/// Programs are answered in one order, too: which route; that no other site's page asks; who asks, by a token; whether they may;
/// that the request is as described; the code, where one is asked for; then what is asked.
struct InterfaceResponder: Sendable {
    let console: Console

    /// Requests of one caller in a minute.
    static let mostRequests = 1200

    /// Of a code, or a recovery code.
    static let longestCode = 24

    static func isMeant(_ path: String) -> Bool { path.hasPrefix("/api/") || path == "/api" }

    func answer(_ request: ConsoleRequest, at time: Instant) -> ConsoleAnswer {
        do {
            return try answered(request, at: time)
        } catch {
            return ConsoleResponder.problem(error).details
        }
    }

    private func answered(_ request: ConsoleRequest, at time: Instant) throws -> ConsoleAnswer {
        let method = request.method == "HEAD" ? "GET" : request.method
        let matches = ConsoleRoute.interface.compactMap { route in
            route.values(of: request.path).map { (route, $0) }
        }
        guard !matches.isEmpty else {
            throw ConsoleProblem(
                404, "There is nothing here", "`\(ConsoleRoute.interfacePath)/openapi.json` says what there is.")
        }
        guard let (route, values) = matches.first(where: { $0.0.method == method }), let operation = route.operation
        else {
            let methods = Set(matches.map(\.0.method))
            var problem = ConsoleProblem(405, "That cannot be done here", "This address is for another method.")
            problem.headers.append(
                ConsoleProblem.Header(
                    "Allow", methods.union(methods.contains("GET") ? ["HEAD"] : []).sorted().joined(separator: ", ")))
            throw problem
        }
        try checkOrigin(request)
        let session = try caller(request, route, at: time)
        let request = try InterfaceInput.checked(request, operation)
        let exchange = Exchange(
            console: console, request: request, values: values, time: time, session: session, secret: nil)
        if route.needsCode, (request.headers["cordon-code"] ?? "").utf8.count > Self.longestCode {
            throw ConsoleProblem(
                400, "The request cannot be read", "`Cordon-Code` has at most \(Self.longestCode) characters.")
        }
        if route.needsCode, route.asksCode(exchange), let session { try checkCode(request, session, route, at: time) }
        return try route.handler(exchange)
    }

    /// Programs say no origin. A page of another site that got hold of a token has no business here either.
    private func checkOrigin(_ request: ConsoleRequest) throws {
        guard ConsoleResponder.isOwnOrigin(request, console.settings) else {
            throw ConsoleProblem(403, "Nothing was done", "The request came from a page of another site.")
        }
    }

    // MARK: - Who asks

    /// Nil where everybody may ask.
    private func caller(_ request: ConsoleRequest, _ route: ConsoleRoute, at time: Instant) throws -> Session? {
        guard case .those(let permission) = route.access else { return nil }
        // By a token for some of what somebody may, nothing is done whose answer would show more.
        let needed = [permission, route.shows ?? permission]
        let session: Session
        switch try Bearer.session(request, console, at: time) {
        case .success(let found): session = found
        case .failure(let refusal): throw try refused(refusal, request, at: time)
        }
        if case .refused = console.requests.attempt(session.account, at: time) {
            throw ConsoleProblem.tooMany(60, "There were more than \(Self.mostRequests) requests in a minute.")
        }
        guard !session.mustChangePassword else {
            throw ConsoleProblem(403, "You may not do that", "First set a password of your own, in a browser.")
        }
        if let permission = needed.first(where: { !session.may($0) }) {
            try record(session, route, "role", request, at: time)
            var problem = ConsoleProblem(
                403, "You may not do that",
                "It is for those who may \(permission.words), by a token that has that permission. The attempt was recorded."
            )
            problem.headers.append(Bearer.challenge(error: "insufficient_scope"))
            throw problem
        }
        return session
    }

    private func refused(_ why: Bearer.Refusal, _ request: ConsoleRequest, at time: Instant) throws -> ConsoleProblem {
        switch why {
        case .none:
            return ConsoleProblem.unauthenticated("Send `Authorization: Bearer` with a token.", error: nil)
        case .unavailable:
            var problem = ConsoleProblem(503, "Nobody can be let in", "The identity provider does not answer.")
            problem.headers.append(ConsoleProblem.Header("Retry-After", "30"))
            return problem
        case .bad(let reason, let person):
            // Guessing is on the log, up to the limit and once beyond it.
            switch console.badTokens.attempt(from: request.address, at: time) {
            case .allowed: try recordRefusal(reason, person, request, at: time)
            case .refused(let isFirst):
                if isFirst { try recordRefusal(LoginRefusal.tooMany.rawValue, nil, request, at: time) }
                return ConsoleProblem.tooMany(300, "There were too many attempts from your address.")
            }
            return ConsoleProblem.unauthenticated("The token is not good, or not any more.", error: "invalid_token")
        }
    }

    private func recordRefusal(_ why: String, _ person: String?, _ request: ConsoleRequest, at time: Instant) throws {
        try console.record(
            .loginRefused, by: person ?? "unknown", at: time,
            [("why", why), ("method", "token"), ("address", request.address)])
    }

    private func record(
        _ session: Session, _ route: ConsoleRoute, _ why: String, _ request: ConsoleRequest, at time: Instant
    ) throws {
        try console.record(
            .accessRefused, by: session.person.name, at: time,
            [("resource", "\(route.method) \(route.template)"), ("why", why), ("address", request.address)])
    }

    // MARK: - A fresh proof

    private func checkCode(
        _ request: ConsoleRequest, _ session: Session, _ route: ConsoleRoute, at time: Instant
    ) throws {
        if case .provider(_, let authenticated) = session.origin {
            // RFC 9470: the provider asks the person anew, and gives a token that says so.
            let fresh = console.settings.identity?.fresh ?? 0, context = console.settings.identity?.context
            if let authenticated, time < Instant(milliseconds: authenticated * 1000).adding(seconds: fresh) { return }
            try record(session, route, "not-fresh", request, at: time)
            var problem = ConsoleProblem(
                401, ConsoleProblem.codeTitle,
                "Bring a token by which you signed in within the last \(fresh) seconds"
                    + (context == nil ? "." : ", in the way that the provider is asked for (`acr_values`)."))
            problem.headers.append(
                Bearer.challenge(error: "insufficient_user_authentication", maxAge: fresh, context: context))
            throw problem
        }
        guard let code = request.headers["cordon-code"] else {
            throw ConsoleProblem(
                401, ConsoleProblem.codeTitle, "Send the code of your authenticator as `Cordon-Code`.",
                headers: [Bearer.challenge(error: nil)])
        }
        switch try console.accounts.prove(session.account, code: code, at: time) {
        case .success: return
        case .failure(let refusal):
            try record(session, route, refusal.rawValue, request, at: time)
            throw ConsoleProblem(
                401, ConsoleProblem.codeTitle,
                refusal == .codeUsedBefore
                    ? "That code was used already: wait for the next one." : "The code is not right: nothing was done.",
                headers: [Bearer.challenge(error: nil)])
        }
    }
}

extension ConsoleProblem {
    static func unauthenticated(_ detail: String, error: String?) -> ConsoleProblem {
        ConsoleProblem(401, "Nobody is known by this", detail, headers: [Bearer.challenge(error: error)])
    }

    static func tooMany(_ seconds: Int, _ detail: String) -> ConsoleProblem {
        ConsoleProblem(429, "Too many requests", detail, headers: [Header("Retry-After", "\(seconds)")])
    }
}
