internal import DICOMWeb
internal import Host
package import NIOSSL
internal import Registry

/// Who lets people in in place of local accounts, or beside them: an OpenID Connect provider.
package struct IdentitySettings: Sendable {
    /// A role, and what a token says of those who have it.
    package struct Mapping: Hashable, Sendable {
        package var role: Role
        /// `groups`, `realm_access.roles`.
        package var claim: String
        package var value: String

        package init(role: Role, claim: String, value: String) {
            self.role = role
            self.claim = claim
            self.value = value
        }
    }

    /// Exactly as its tokens say it.
    package var issuer: String
    /// As the provider knows this console.
    package var client: String
    /// Nil for a public client; the code is proved by PKCE in any case.
    package var secret: String?
    /// What access tokens for the interface have in `aud`; nil: the interface takes none of the provider.
    package var audience: String?
    /// Claim that names the person in records.
    package var subject = "sub"
    package var roles: [Mapping] = []
    package var scopes = "openid profile"
    /// Seconds for which a fresh authentication counts.
    package var fresh: Int64 = 300
    /// What the provider is asked for, and must say, where a fresh authentication is asked for (`acr`).
    package var context: String?
    /// Seconds by which its clock may differ.
    package var skew: Int64 = 60
    package var roots: NIOSSLTrustRoots?

    package init(issuer: String, client: String) {
        self.issuer = issuer
        self.client = client
    }

    /// Who somebody is by a token that was verified.
    struct Who: Hashable, Sendable {
        var person: Person
        var roles: Set<Role>
    }

    /// Nil for whom no name, or more than one, is said.
    func person(_ token: VerifiedToken) -> Person? {
        let names = token.values(at: subject)
        return names.count == 1 ? names.first.flatMap { Person($0) } : nil
    }

    /// Nil for whom there is no role here.
    func who(_ token: VerifiedToken) -> Who? {
        guard let person = person(token) else { return nil }
        let roles = Set(roles.filter { token.values(at: $0.claim).contains($0.value) }.map(\.role))
        return roles.isEmpty ? nil : Who(person: person, roles: roles)
    }

    func session(_ who: Who, _ token: VerifiedToken, at time: Instant, address: String) -> Session {
        // Never the name of a local account: those have no line end in them.
        let account = "\(token.issuer)\n\(token.subject)"
        var session = Session(
            account: account, person: who.person, roles: who.roles, generation: 0, mustChangePassword: false,
            formToken: Hex.text(SecureRandom.bytes(32)), began: time, lastSeen: time, address: address)
        session.origin = .provider(account, authenticated: shows(token) ? authenticated(token, at: time) : nil)
        return session
    }

    /// Whether the person showed who they are in the way that is asked for, where one is (`acr`).
    func shows(_ token: VerifiedToken) -> Bool { context.map { token.authenticationContext == $0 } ?? true }

    /// `auth_time`: when the provider asked the person, in seconds since 1970. A time that is yet to come says nothing: it would
    /// be fresh for as long.
    func authenticated(_ token: VerifiedToken, at time: Instant) -> Int64? {
        guard case .number(let seconds)? = token.claims["auth_time"], seconds >= 0, seconds < 1e11,
            Int64(seconds) <= time.milliseconds / 1000 + skew
        else { return nil }
        return Int64(seconds)
    }
}
