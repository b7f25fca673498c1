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

    /// Nil where nothing was proved.
    ///
    /// - Throws: for what could be checked, and is not good: who shows a wrong passcode is somebody else than they say.
    func proof(of identity: UserIdentity?) async throws(GatewayError) -> Principal.IdentityProof? {
        guard let identity else { return nil }
        switch identity.kind {
        case .username, .kerberos, .saml: return nil
        case .usernameAndPasscode:
            guard let users else { return nil }
            // Not repaired: a name that is no UTF-8 is nobody's.
            guard let name = String(validating: identity.primary, as: UTF8.self), users.proves(name, identity.secondary)
            else { throw GatewayError(.arguments, "the passcode of the user identity is wrong") }
            return .user(name)
        case .jwt:
            guard let verifier else { return nil }
            do {
                let token = try await verifier.verify(String(decoding: identity.primary, as: UTF8.self))
                return .token(Principal.Token(token, roles: [], nameClaim: nameClaim))
            } catch let error as TokenError {
                throw GatewayError(.arguments, "the token of the user identity is not accepted: \(error.rawValue)")
            } catch {
                throw GatewayError(.storage, "the identity provider does not say by which keys it signs")
            }
        }
    }
}
