internal import CustodyLog
internal import Host
internal import Inputs
internal import Registry

/// Accounts, one's own and those of others, for programs.
enum AccountInterface {
    struct AccountView: Sendable {
        var account: Account
        var time: Instant
        var others: [String]
    }

    static let account = Resource<AccountView>(
        name: "Account", words: "A local account.",
        members: [
            .text("name", "As records name the person.") { $0.account.name },
            Resource<AccountView>.Member(
                name: "roles", schema: .list(.oneOf(Role.allCases.map(\.rawValue))), words: "What they are.",
                isOptional: false
            ) { .strings($0.account.roles.map(\.rawValue).sorted()) },
            .choice("state", ["open", "locked", "disabled"], "Whether they come in.") { view in
                view.account.isDisabled ? "disabled" : view.account.isLocked(at: view.time) ? "locked" : "open"
            },
            .maybeTime("lockedUntil", "Nobody comes in before then.") { $0.account.lockedUntil },
            .number("failures", "Refused attempts since the last good one.") { $0.account.failures },
            .time("created", "When it was made.") { $0.account.created },
            .maybeTime("lastLogin", "When they came in last.") { $0.account.lastLogin },
            .number("recoveryCodes", "Recovery codes that are left.") { $0.account.recoveryCodes },
            .texts("otherNames", "Other names of the same person.") { $0.others },
        ])

    static let list = Resource<[AccountView]>(
        name: "AccountList", words: "Local accounts.",
        members: [.list("accounts", of: account, "By name.") { $0 }])

    static let permissions = Permission.allCases.map(\.rawValue)

    struct Own: Sendable {
        var session: Session
        var codes: Int?
        var sessions: Int
    }

    static let own = Resource<Own>(
        name: "OwnAccount", words: "Who asks, and what they may by this token.",
        members: [
            .text("name", "As records name the person.") { $0.session.person.name },
            Resource<Own>.Member(
                name: "roles", schema: .list(.oneOf(Role.allCases.map(\.rawValue))), words: "What they are.",
                isOptional: false
            ) { .strings($0.session.roles.map(\.rawValue).sorted()) },
            Resource<Own>.Member(
                name: "permissions", schema: .list(.oneOf(permissions)), words: "What they may by this token.",
                isOptional: false
            ) { own in .strings(Permission.allCases.filter { own.session.may($0) }.map(\.rawValue)) },
            .truth("local", "Whether it is an account of the console.") { $0.session.isLocal },
            .maybeNumber("recoveryCodes", "Recovery codes that are left.") { $0.codes },
            .number("sessions", "Browsers in which they are signed in.") { $0.sessions },
        ])

    struct TokenView: Sendable {
        var token: AccessToken
        var text: String?
    }

    static let token = Resource<TokenView>(
        name: "Token", words: "By which a program acts for an account.",
        members: [
            .number("id", "Its number.") { Int($0.token.id) }, .text("name", "What it is for.") { $0.token.name },
            Resource<TokenView>.Member(
                name: "permissions", schema: .list(.oneOf(permissions)), words: "What it may.", isOptional: false
            ) { .strings($0.token.permissions.map(\.rawValue).sorted()) },
            .time("created", "When it was made.") { $0.token.created },
            .time("expires", "When it is over.") { $0.token.expires },
            .maybeTime("lastUsed", "When it was used last, to the minute.") { $0.token.lastUsed },
            .maybeText("token", "The token itself: told once, to whoever makes it.") { $0.text },
        ])

    static let tokens = Resource<[TokenView]>(
        name: "TokenList", words: "Tokens that are in force.",
        members: [.list("tokens", of: token, "The newest first.") { $0 }])

    static let codes = Resource<[String]>(
        name: "RecoveryCodes", words: "New recovery codes: told once.",
        members: [.texts("codes", "Each is good once; older ones are void.") { $0 }])

    static let described = [
        account.described, list.described, own.described, token.described, tokens.described, codes.described,
    ]

    static let routes: [ConsoleRoute] =
        [
            .reading(
                "/accounts", .manageAccounts,
                Operation(
                    "listAccounts", "accounts", "Local accounts.", answer: .json(list.schema), covers: ["GET /accounts"]
                )
            ) { exchange in
                let linked = try exchange.registry.linkedPersons()
                return .json(list.json(try exchange.console.accounts.accounts().map { view($0, linked, exchange) }))
            }
        ]
        + [
            ("unlock", "unlockAccount", "Forgets wrong attempts.", []),
            ("disable", "disableAccount", "Lets somebody in no more.", []),
            ("enable", "enableAccount", "Lets somebody in again.", []),
            (
                "same-person", "linkAccount",
                "Says that another name is the same person's: both count as one where two people must act. It is not undone.",
                [.init("name", .text(longest: 128), "The other name.", isRequired: true)]
            ),
        ].map { (step: String, id: String, words: String, fields: [Operation.Field]) in
            .doing(
                as: .named("/accounts/{account}/\(step)", in: AccountPages.routes),
                Operation(id, "accounts", words, body: fields, answer: .json(account.schema), covers: [])
            ) { exchange, _ in
                guard let found = try exchange.console.accounts.account(exchange.values["account"] ?? "") else {
                    throw ConsoleProblem.notFound
                }
                return account.json(view(found, try exchange.registry.linkedPersons(), exchange))
            }
        } + ownRoutes

    private static func view(_ account: Account, _ linked: [[Person]], _ exchange: Exchange) -> AccountView {
        AccountView(
            account: account, time: exchange.time, others: AccountPages.others(of: account.name, linked))
    }

    private static let ownRoutes: [ConsoleRoute] = [
        .reading(
            "/account", .ownAccount,
            Operation(
                "getOwnAccount", "account", "Who asks, and what they may by this token.", answer: .json(own.schema),
                covers: ["GET /account"])
        ) { exchange in .json(try ownAccount(exchange)) },
        .doing(
            "/account/recovery-codes", .ownAccount, needsCode: true,
            Operation(
                "renewRecoveryCodes", "account", "Makes new recovery codes.", body: [], answer: .json(codes.schema),
                covers: ["POST /account/recovery-codes"])
        ) { exchange in .json(codes.json(try OwnAccountPages.renewedCodes(exchange))) },
        .doing(
            as: .named("/account/other-sessions", in: OwnAccountPages.routes),
            Operation(
                "endSessions", "account", "Signs out every browser.", body: [], answer: .json(own.schema), covers: [])
        ) { exchange, _ in try ownAccount(exchange) },
        .reading(
            "/account/tokens", .ownAccount,
            Operation("listTokens", "account", "Tokens of one's own.", answer: .json(tokens.schema), covers: [])
        ) { exchange in .json(try ownTokens(exchange)) },
        .doing(
            "/account/tokens", .ownAccount, needsCode: true,
            Operation(
                "makeToken", "account",
                "Makes a token: with no more permissions than this one, and for no longer than it is good.",
                body: [
                    .init("name", .text(longest: 100), "What it is for.", isRequired: true),
                    .init(
                        "permissions", .list(.oneOf(permissions)), "What it may.", isRequired: true, form: "permission"),
                    .init("days", .integer(from: 1, to: AccessToken.longest), "How long it is good.", isRequired: true),
                ], answer: .json(token.schema), status: 201, covers: ["POST /account/tokens"])
        ) { exchange in
            let made = try TokenPages.make(exchange)
            return .json(token.json(TokenView(token: made.token, text: made.text)), status: 201)
        },
        .doing(
            as: .named("/account/tokens/{token}/revoke", in: TokenPages.routes),
            Operation("endToken", "account", "Ends a token.", body: [], answer: .json(tokens.schema), covers: [])
        ) { exchange, _ in try ownTokens(exchange) },
    ]

    private static func ownAccount(_ exchange: Exchange) throws -> JSON {
        guard let session = exchange.session else { throw ConsoleProblem.notFound }
        let codes = session.isLocal ? try exchange.console.accounts.account(session.account)?.recoveryCodes : nil
        return own.json(
            Own(
                session: session, codes: codes,
                sessions: exchange.console.sessions.sessions(of: session.account, at: exchange.time).count))
    }

    private static func ownTokens(_ exchange: Exchange) throws -> JSON {
        let person = try exchange.localPerson()
        return tokens.json(
            try exchange.console.accounts.tokens(of: person.name, at: exchange.time).map { TokenView(token: $0) })
    }
}
