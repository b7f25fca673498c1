internal import Access
internal import DICOMNetwork
internal import DICOMWeb

/// What the user identity of an association comes to (PS3.7 D.3.3.7).
///
/// - A user name alone proves nothing.
/// - A passcode is held against the list of users, a JSON Web Token against the identity provider, where the configuration has one.
/// - Kerberos tickets and SAML assertions prove nothing here: nobody is configured who could check them.
struct IdentityCheck: Sendable {
    var users: UserList?
    var verifier: TokenVerifier?
    /// What a token calls people, for records.
    var nameClaim = "sub"

    /// What was proved, and by what: an association may live for longer than that is good.
    enum Evidence: Sendable {
        /// Nobody could check it, or there was nothing to check: it counts for nothing, and stays so.
        case nothing
        case passcode(name: String, hash: String)
        case token(VerifiedToken, nameClaim: String)

        /// Nil where nothing was proved.
        var proof: Principal.IdentityProof? {
            switch self {
            case .nothing: nil
            case .passcode(let name, _): .user(name)
            case .token(let token, let nameClaim): .token(Principal.Token(token, nameClaim: nameClaim))
            }
        }
    }

    /// - Throws: for what could be checked, and is not good: who shows a wrong passcode is somebody else than they say.
    func evidence(of identity: UserIdentity?) async throws(GatewayError) -> Evidence {
        guard let identity else { return .nothing }
        switch identity.kind {
        case .username, .kerberos, .saml: return .nothing
        case .usernameAndPasscode:
            guard let users else { return .nothing }
            // Not repaired: a name that is no UTF-8 is nobody's.
            guard let name = String(validating: identity.primary, as: UTF8.self),
                await users.proves(name, identity.secondary), let hash = users.hash(of: name)
            else { throw GatewayError(.arguments, "the passcode of the user identity is wrong") }
            return .passcode(name: name, hash: hash)
        case .jwt:
            guard let verifier else { return .nothing }
            do {
                let token = try await verifier.verify(String(decoding: identity.primary, as: UTF8.self))
                return .token(token, nameClaim: nameClaim)
            } catch let error as TokenError {
                throw GatewayError(.arguments, "the token of the user identity is not accepted: \(error.rawValue)")
            } catch {
                throw GatewayError(.storage, "the identity provider does not say by which keys it signs")
            }
        }
    }

    /// Whether what was proved before is so now: a token is in force and of whom the configuration believes, a user is on the list
    /// with the same passcode.
    func holds(_ evidence: Evidence) -> Bool {
        switch evidence {
        case .nothing: true
        case .passcode(let name, let hash): users?.hash(of: name) == hash
        case .token(let token, _): verifier?.stillHolds(token) ?? false
        }
    }
}
