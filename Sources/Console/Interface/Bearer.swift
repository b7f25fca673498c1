internal import DICOMWeb
internal import Host
internal import Registry

/// Who asks, by `Authorization: Bearer` (RFC 6750): a token that a local account made, or an access token of the identity provider.
enum Bearer {
    enum Refusal: Error, Hashable, Sendable {
        /// There is no token.
        case none
        /// - Parameter person: whose token it is, where that is known.
        case bad(String, person: String?)
        case unavailable
    }

    static func session(
        _ request: ConsoleRequest, _ console: Console, at time: Instant
    ) throws -> Result<Session, Refusal> {
        guard let value = request.headers["authorization"] else { return .failure(.none) }
        guard let text = token(value) else { return .failure(.bad("malformed-token", person: nil)) }
        guard text.hasPrefix(AccessToken.prefix) else { return try provided(request, console, at: time) }
        guard console.settings.localAccounts else { return .failure(.bad("local-accounts-are-off", person: nil)) }
        guard let found = try console.accounts.use(token: text, at: time) else {
            return .failure(.bad("unknown-token", person: nil))
        }
        let (token, account) = (found.token, found.account)
        if token.expires <= time { return .failure(.bad("expired-token", person: account.name)) }
        if account.isDisabled { return .failure(.bad("disabled", person: account.name)) }
        guard let person = Person(account.name) else { return .failure(.bad("unknown-token", person: nil)) }
        // Under another of their names.
        if try console.isShutOut(person) { return .failure(.bad("disabled", person: account.name)) }
        var session = Session(
            account: account.name, person: person, roles: account.roles, generation: account.generation,
            mustChangePassword: account.mustChangePassword, formToken: "", began: token.created, lastSeen: time,
            address: request.address)
        session.limit = token.permissions
        session.origin = .token(token.id)
        return .success(session)
    }

    /// The token behind the scheme; nil for another scheme, and for what is none.
    static func token(_ value: String) -> String? {
        let parts = value.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer", parts[1].utf8.count <= 16 << 10 else { return nil }
        return String(parts[1])
    }

    /// What the identity provider signed; it was verified before the request came here.
    private static func provided(
        _ request: ConsoleRequest, _ console: Console, at time: Instant
    ) throws -> Result<Session, Refusal> {
        switch request.provided {
        case .accessToken(let token)?:
            guard let identity = console.settings.identity, let who = identity.who(token) else {
                return .failure(.bad("no-role", person: nil))
            }
            guard try !console.isShutOut(who.person) else {
                return .failure(.bad(LoginRefusal.disabled.rawValue, person: who.person.name))
            }
            return .success(identity.session(who, token, at: time, address: request.address))
        case .refused(let why)?: return .failure(.bad(why, person: nil))
        case .unavailable?: return .failure(.unavailable)
        default: return .failure(.bad("unknown-token", person: nil))
        }
    }

    /// - Parameter context: left out where it cannot stand in a header as it is.
    static func challenge(error: String?, maxAge: Int64? = nil, context: String? = nil) -> ConsoleProblem.Header {
        var value = "Bearer realm=\"cordon\""
        if let error { value += ", error=\"\(error)\"" }
        if let maxAge { value += ", max_age=\"\(maxAge)\"" }
        if let context, context.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) {
            value += ", acr_values=\"\(context)\""
        }
        return ConsoleProblem.Header("WWW-Authenticate", value)
    }
}
