internal import CustodyLog
internal import Host
internal import Registry

/// Coming in, and going.
enum LoginPages {
    static let routes: [ConsoleRoute] = [
        .open("GET", "/login") { exchange in
            if exchange.session != nil { return .redirect("/") }
            return form(exchange, status: 200, next: next(exchange.request.query["next"]), problem: nil)
        },
        .open("POST", "/login", signIn),
        .action("/logout", .ownAccount) { exchange in
            if let secret = exchange.secret, let session = exchange.session {
                exchange.console.sessions.end(secret)
                try exchange.console.record(.loggedOut, by: session.person.name, at: exchange.time, [])
            }
            var answer = ConsoleAnswer.redirect("/login")
            // The provider may still know the browser: where it says how, they are told how to sign out there, too.
            if let session = exchange.session, !session.isLocal, case .places(let places)? = exchange.request.provided,
                let address = exchange.console.provider?.endAddress(places)
            {
                answer = exchange.signedOut(address)
            }
            answer.setCookie(ConsoleResponder.sessionCookie, "", lasts: 0)
            return answer
        },
    ]

    /// Where to go then: a page of ours, whatever was asked for.
    static func next(_ path: String?) -> String {
        guard let path, path.hasPrefix("/"), !path.hasPrefix("//"), !path.contains("\\"),
            path.unicodeScalars.allSatisfy({ $0.isASCII && $0.properties.generalCategory != .control }),
            !path.contains("?"), path != "/login",
            ConsoleRoute.pages.contains(where: {
                $0.method == "GET" && $0.access != .everybody && $0.values(of: path) != nil
            })
        else { return "/" }
        return path
    }

    private static func form(_ exchange: Exchange, status: Int, next: String, problem: String?) -> ConsoleAnswer {
        let known = exchange.request.cookies[ConsoleResponder.formCookie].flatMap { $0.utf8.count == 64 ? $0 : nil }
        let value = known ?? exchange.console.seal.newValue()
        var fields: [String: Any] = [
            "seal": exchange.console.seal.token(value), "next": next, "nextCoded": PercentText.encode(next),
            "provider": exchange.console.provider != nil, "localAccounts": exchange.console.settings.localAccounts,
        ]
        if let problem { fields["problem"] = problem }
        var answer = exchange.page("login", problem == nil ? "Sign in" : "Error: sign in", status: status, fields)
        if known == nil { answer.setCookie(ConsoleResponder.formCookie, value) }
        return answer
    }

    private static func signIn(_ exchange: Exchange) throws -> ConsoleAnswer {
        let request = exchange.request, console = exchange.console, time = exchange.time
        let next = next(request.form["next"])
        guard console.settings.localAccounts else {
            throw ConsoleProblem(403, "You are not signed in", "This console has no accounts of its own.")
        }
        guard let value = request.cookies[ConsoleResponder.formCookie],
            console.seal.fits(request.form.raw("form") ?? "", value)
        else {
            return form(
                exchange, status: 403, next: next,
                problem: "The form was old, or your browser takes no cookies. Please try again.")
        }
        let name = request.form["name"] ?? ""
        switch console.attempts.attempt(from: request.address, at: time) {
        case .allowed: break
        case .refused(let isFirst):
            if isFirst { try refused(.tooMany, nil, exchange) }
            return form(
                exchange, status: 429, next: next,
                problem: "There were too many attempts from your address. Wait five minutes.")
        }
        let result = try console.accounts.login(
            name: name, password: request.form.raw("password") ?? "", code: request.form.raw("code") ?? "", at: time)
        switch result {
        case .failure(let refusal):
            // Of a name that nobody has the log keeps nothing: it may be a password in the wrong field.
            try refused(refusal, refusal == .unknownAccount ? nil : try console.accounts.account(name)?.name, exchange)
            return unfit(exchange, next: next)
        case .success(let account):
            guard let person = Person(account.name) else { throw ConsoleProblem.notFound }
            // Under another of their names. They are told what anybody is.
            guard try !console.isShutOut(person) else {
                try refused(.disabled, account.name, exchange)
                return unfit(exchange, next: next)
            }
            try console.record(
                .loggedIn, by: account.name, at: time,
                [("method", "password-and-code"), ("roles", Words.list(account.roles)), ("address", request.address)])
            if let old = exchange.secret { console.sessions.end(old) }
            let secret = console.sessions.begin(
                Session(
                    account: account.name, person: person, roles: account.roles, generation: account.generation,
                    mustChangePassword: account.mustChangePassword, formToken: Hex.text(SecureRandom.bytes(32)),
                    began: time, lastSeen: time, address: request.address))
            var answer = ConsoleAnswer.redirect(account.mustChangePassword ? "/account" : next)
            answer.setCookie(ConsoleResponder.sessionCookie, secret)
            answer.setCookie(ConsoleResponder.formCookie, "", lasts: 0)
            return answer
        }
    }

    private static func unfit(_ exchange: Exchange, next: String) -> ConsoleAnswer {
        form(
            exchange, status: 401, next: next,
            problem:
                "Name, password and code do not fit together. A code is good once: wait for the next one. After several "
                + "wrong attempts an account is locked for a while.")
    }

    private static func refused(_ why: LoginRefusal, _ name: String?, _ exchange: Exchange) throws {
        try exchange.console.record(
            .loginRefused, by: name ?? "unknown", at: exchange.time,
            [("why", why.rawValue), ("address", exchange.request.address)])
    }
}

extension Exchange {
    /// Nobody is in any more.
    fileprivate func signedOut(_ address: String) -> ConsoleAnswer {
        let nobody = Exchange(
            console: console, request: request, values: [:], time: time, session: nil, secret: nil)
        return nobody.page("signed-out", "Signed out", ["address": address])
    }
}
