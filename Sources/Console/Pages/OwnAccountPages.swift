internal import CustodyLog
internal import Host
internal import Registry

/// What everybody may do with their own account.
enum OwnAccountPages {
    static let routes: [ConsoleRoute] = [
        .page("/account", .ownAccount) { exchange in
            guard let session = exchange.session else { throw ConsoleProblem.notFound }
            let account = session.isLocal ? try exchange.console.accounts.account(session.account) : nil
            let tokens = try TokenPages.rows(exchange)
            let sessions = exchange.console.sessions.sessions(of: session.account, at: exchange.time)
            return exchange.page(
                "account", "Your account",
                [
                    "name": session.person.name, "local": account != nil, "tokens": tokens,
                    "hasTokens": !tokens.isEmpty,
                    "grantable": TokenPages.grantable(session), "mustChange": session.mustChangePassword,
                    "shortest": PasswordRule.shortest, "recoveryCodes": account?.recoveryCodes ?? 0,
                    "fewCodes": (account?.recoveryCodes ?? 0) < 3,
                    "sessions": sessions.map { other in
                        [
                            "began": Words.time(other.began), "seen": Words.time(other.lastSeen),
                            "address": other.address, "this": other == session,
                        ] as [String: Any]
                    }, "severalSessions": sessions.count > 1, "table": table(session),
                ])
        },
        .action("/account/password", .ownAccount, changePassword),
        .action("/account/recovery-codes", .ownAccount, needsCode: true) { exchange in
            exchange.page("codes", "Your recovery codes", ["codes": try renewedCodes(exchange)])
        },
        .action("/account/other-sessions", .ownAccount) { exchange in
            let person = try exchange.person()
            let account = exchange.session?.account ?? person.name
            try changed("other-sessions-ended", exchange)
            let count = exchange.console.sessions.endAll(of: account, except: exchange.secret)
            return exchange.done("\(Words.count(count, "other session is", "other sessions are")) over.", "/account")
        },
    ]

    static func renewedCodes(_ exchange: Exchange) throws -> [String] {
        let person = try exchange.localPerson()
        return try exchange.console.accounts.renewRecoveryCodes(of: person.name) { _ in
            try changed("recovery-codes", exchange)
        }
    }

    /// Whoever was given a password does nothing before they have set their own.
    static func isOpenBeforeChange(_ route: ConsoleRoute) -> Bool {
        ["/account", "/account/password", "/logout"].contains(route.template)
    }

    private static func table(_ session: Session) -> [[String: Any]] {
        Permission.allCases.map { ["words": $0.words, "may": session.may($0)] }
    }

    private static func changePassword(_ exchange: Exchange) throws -> ConsoleAnswer {
        let person = try exchange.localPerson(), form = exchange.request.form, console = exchange.console
        let new = form.raw("new") ?? ""
        guard new == form.raw("again") ?? "" else { throw ConsoleProblem.invalid("The two new passwords differ.") }
        guard new != form.raw("old") ?? "" else { throw ConsoleProblem.invalid("The new password is the old one.") }
        try PasswordRule.check(new, name: person.name)
        let proof = try console.accounts.prove(
            person.name, password: form.raw("old") ?? "", code: form.raw("code") ?? "", at: exchange.time)
        if case .failure(let refusal) = proof {
            try console.record(
                .accessRefused, by: person.name, at: exchange.time,
                [("resource", "POST /account/password"), ("why", refusal.rawValue)])
            throw ConsoleProblem(
                403, "Nothing was changed",
                "The old password or the code is not right. A code is good once: wait for the next one, go back and try again."
            )
        }
        let account = try console.accounts.setPassword(new, of: person.name) { _ in try changed("password", exchange) }
        // Sessions of before are over; this one goes on under a new secret.
        console.sessions.endAll(of: person.name)
        guard var session = exchange.session else { throw ConsoleProblem.notFound }
        session.generation = account.generation
        session.mustChangePassword = false
        session.formToken = Hex.text(SecureRandom.bytes(32))
        session.notice = "Your password is changed. Your other sessions and your tokens are over."
        var answer = ConsoleAnswer.redirect("/account")
        answer.setCookie(ConsoleResponder.sessionCookie, console.sessions.begin(session))
        return answer
    }

    private static func changed(_ what: String, _ exchange: Exchange) throws {
        let person = try exchange.person()
        try exchange.console.record(
            .accountChanged, by: person.name, at: exchange.time, [("account", person.name), ("change", what)])
    }
}
