internal import CustodyLog
internal import DICOMWeb
internal import Host
internal import Registry

/// Coming in by the identity provider, and showing again who one is.
enum ProviderPages {
    /// Which browser began. `Lax`: the provider leads back from another site.
    static let cookie = "__Host-cordon-provider"

    static let routes: [ConsoleRoute] = [
        .open("GET", "/login/provider", begin),
        .open("GET", IdentityProvider.callback, finish),
    ]

    private static func begin(_ exchange: Exchange) throws -> ConsoleAnswer {
        guard let provider = exchange.console.provider else { throw ConsoleProblem.notFound }
        let isAgain = exchange.request.query["again"] != nil
        if isAgain, exchange.session.map(\.isLocal) ?? true { throw ConsoleProblem.notFound }
        // Whoever is in already is no stranger.
        if !isAgain { try limit(exchange) }
        guard case .places(let places)? = exchange.request.provided else { throw unavailable }
        let browser = Hex.text(SecureRandom.bytes(32))
        let address = provider.address(
            PendingLogin(
                nonce: Hex.text(SecureRandom.bytes(32)),
                verifier: IdentityProvider.base64url(SecureRandom.bytes(32)),
                next: LoginPages.next(exchange.request.query["next"]), browser: browser, began: exchange.time,
                again: isAgain ? exchange.secret : nil), places)
        var answer = ConsoleAnswer(303, "")
        answer.headers.append(("Location", address))
        answer.setCookie(cookie, browser, lasts: PendingLogins.longest, isLax: true)
        return answer
    }

    private static func limit(_ exchange: Exchange) throws {
        switch exchange.console.attempts.attempt(from: exchange.request.address, at: exchange.time) {
        case .allowed: break
        case .refused(let isFirst):
            if isFirst { try refused(LoginRefusal.tooMany.rawValue, "unknown", exchange) }
            throw ConsoleProblem(
                429, "Too many attempts", "There were too many attempts from your address. Wait five minutes.")
        }
    }

    private static func finish(_ exchange: Exchange) throws -> ConsoleAnswer {
        guard let identity = exchange.console.settings.identity, exchange.console.provider != nil else {
            throw ConsoleProblem.notFound
        }
        switch exchange.request.provided {
        case .login(let token, let login)?:
            if let secret = login.again { return try again(secret, token, login, exchange) }
            guard let who = identity.who(token) else {
                try refused("no-role", identity.person(token)?.name ?? "unknown", exchange)
                throw ConsoleProblem(
                    403, "You are known, and have no role here",
                    "Ask whoever looks after the identity provider. The attempt was recorded.")
            }
            guard try !exchange.console.isShutOut(who.person) else {
                try refused(LoginRefusal.disabled.rawValue, who.person.name, exchange)
                throw ConsoleProblem(403, "You may not come in", "Ask an administrator. The attempt was recorded.")
            }
            try exchange.console.record(
                .loggedIn, by: who.person.name, at: exchange.time,
                [
                    ("method", "identity-provider"), ("roles", Words.list(who.roles)),
                    ("address", exchange.request.address),
                ])
            if let old = exchange.secret { exchange.console.sessions.end(old) }
            let secret = exchange.console.sessions.begin(
                identity.session(who, token, at: exchange.time, address: exchange.request.address))
            var answer = onward(login.next, exchange)
            answer.setCookie(ConsoleResponder.sessionCookie, secret)
            return answer
        case .unavailable?: throw unavailable
        case .refused(let why)?:
            // Whoever comes back without having gone is a stranger: on the log up to the limit, and once beyond it.
            try limit(exchange)
            try refused(why, "unknown", exchange)
            throw notIn
        default: throw notIn
        }
    }

    /// The same person as in the session, asked a moment ago.
    private static func again(
        _ secret: String, _ token: VerifiedToken, _ login: PendingLogin, _ exchange: Exchange
    ) throws -> ConsoleAnswer {
        let sessions = exchange.console.sessions
        guard let session = sessions.session(secret, at: exchange.time),
            case .provider(let account, _) = session.origin
        else { throw notIn }
        guard account == "\(token.issuer)\n\(token.subject)" else {
            try refused("another-person", session.person.name, exchange)
            throw ConsoleProblem(
                403, "You are somebody else", "Somebody else is signed in here. The attempt was recorded.")
        }
        sessions.setProof(secret, at: exchange.time)
        return onward(login.next, exchange)
    }

    /// A page of ours that leads on. A redirect would still count as coming from the provider's site, and browsers would keep the
    /// session's cookie back.
    private static func onward(_ next: String, _ exchange: Exchange) -> ConsoleAnswer {
        var answer = exchange.page("onward", "Signed in", ["onward": next])
        answer.setCookie(cookie, "", lasts: 0, isLax: true)
        return answer
    }

    private static let unavailable = ConsoleProblem(
        503, "The identity provider does not answer", "Try again in a minute.")
    private static let notIn = ConsoleProblem(
        403, "You are not signed in", "The sign-in was not begun here, took too long, or was refused. Begin again.")

    private static func refused(_ why: String, _ name: String, _ exchange: Exchange) throws {
        try exchange.console.record(
            .loginRefused, by: name, at: exchange.time,
            [("why", why), ("method", "identity-provider"), ("address", exchange.request.address)])
    }
}

extension Console {
    /// Whether an account of this person, under whatever name of theirs, is disabled: whom administrators shut out does not come in by another door.
    func isShutOut(_ person: Person) throws -> Bool {
        try registry.isAny(accounts.disabledNames().compactMap { Person($0) }, person)
    }
}
