internal import CustodyLog
internal import Host
internal import Registry

/// Tokens by which programs act for somebody with an account here.
enum TokenPages {
    static let routes: [ConsoleRoute] = [
        .action("/account/tokens", .ownAccount, needsCode: true) { exchange in
            let made = try make(exchange)
            return exchange.page(
                "token", "Your token",
                ["token": made.token.name, "text": made.text, "expires": Words.day(made.token.expires)])
        },
        .action("/account/tokens/{token}/revoke", .ownAccount) { exchange in
            let person = try exchange.localPerson(), id = try exchange.number("token")
            let isDone = try exchange.console.accounts.removeToken(id, of: person.name) {
                try changed("token-ended", [("token", "\(id)")], exchange)
            }
            guard isDone else { throw ConsoleProblem.notFound }
            return exchange.done("The token is not good any more.", "/account")
        },
    ]

    /// What a token of somebody may be given: their own account always, and some of what they may.
    static func grantable(_ session: Session) -> [[String: Any]] {
        Permission.allCases.filter { session.may($0) }.map { ["permission": $0.rawValue, "words": $0.words] }
    }

    static func rows(_ exchange: Exchange) throws -> [[String: Any]] {
        guard let session = exchange.session, session.isLocal else { return [] }
        return try exchange.console.accounts.tokens(of: session.account, at: exchange.time).map { token in
            [
                "id": "\(token.id)", "token": token.name,
                "permissions": token.permissions.map(\.rawValue).sorted().joined(separator: ", "),
                "created": Words.day(token.created), "expires": Words.day(token.expires),
                "used": token.lastUsed.map(Words.time) ?? "never",
            ]
        }
    }

    /// Whoever makes a token gives it nothing that they do not have, nor a longer time than the token by which they ask.
    static func make(_ exchange: Exchange) throws -> (token: AccessToken, text: String) {
        let person = try exchange.localPerson(), form = exchange.request.form
        guard let session = exchange.session else { throw ConsoleProblem.notFound }
        let permissions = form.all("permission").compactMap { Permission(rawValue: $0) }
        guard permissions.count == form.all("permission").count, !permissions.isEmpty else {
            throw ConsoleProblem.invalid("Choose what the token may.")
        }
        guard permissions.allSatisfy({ session.may($0) }) else {
            throw ConsoleProblem.invalid("A token may no more than you may.")
        }
        guard let days = form["days"].flatMap({ Int64($0) }), (1...AccessToken.longest).contains(days) else {
            throw ConsoleProblem.invalid("A token is good for 1 to \(AccessToken.longest) days.")
        }
        let expires = exchange.time.adding(seconds: days * 86_400)
        if case .token(let id) = session.origin {
            let own = try exchange.console.accounts.tokens(of: session.account, at: exchange.time).first { $0.id == id }
            // One that was ended meanwhile makes none.
            guard let own, expires <= own.expires else {
                throw ConsoleProblem.invalid("A token makes none that is good for longer than itself.")
            }
        }
        return try exchange.console.accounts.addToken(
            exchange.field("name", "What it is for"), permissions: Set(permissions), expires: expires,
            of: person.name, at: exchange.time
        ) { token in
            try changed(
                "token-made",
                [
                    ("token", "\(token.id)"), ("expires", "\(token.expires)"),
                    ("permissions", permissions.map(\.rawValue).sorted().joined(separator: " ")),
                ], exchange)
        }
    }

    private static func changed(_ what: String, _ facts: [(String, String)], _ exchange: Exchange) throws {
        let person = try exchange.person()
        try exchange.console.record(
            .accountChanged, by: person.name, at: exchange.time,
            [("account", person.name), ("change", what)] + facts)
    }
}
