/// What a listener asks for.
public enum CredentialPolicy: String, Hashable, Sendable, CaseIterable {
    case token, certificate, either, both
}

/// Bearer tokens (RFC 6750), client certificates, or both.
public struct CredentialAuthenticator: Authenticator {
    private let policy: CredentialPolicy
    private let verifier: TokenVerifier?

    public init(_ policy: CredentialPolicy, verifier: TokenVerifier?) {
        self.policy = policy
        self.verifier = verifier
    }

    public func caller(_ credentials: Credentials) async throws -> Caller {
        let token = try await token(credentials)
        let isProved =
            switch policy {
            case .token: token != nil
            case .certificate: credentials.certificate != nil
            case .either: token != nil || credentials.certificate != nil
            case .both: token != nil && credentials.certificate != nil
            }
        guard isProved else {
            throw Self.unauthorized(
                policy == .certificate || (policy == .both && credentials.certificate == nil)
                    ? "a client certificate is asked for" : "a token is asked for")
        }
        return Caller(address: credentials.address, certificate: credentials.certificate, token: token)
    }

    public func stillHolds(_ caller: Caller) -> Bool {
        guard let token = caller.token else { return true }
        return verifier?.stillHolds(token) ?? false
    }

    /// A token that is there must be good, even where a certificate would do.
    private func token(_ credentials: Credentials) async throws -> VerifiedToken? {
        guard let value = credentials.authorization.first else { return nil }
        guard credentials.authorization.count == 1 else {
            throw WebProblem.badRequest("there is more than one Authorization")
        }
        let parts = value.split(separator: " ", maxSplits: 1)
        guard let verifier, parts.count == 2, String(parts[0]).asciiLowercased == "bearer" else {
            throw Self.unauthorized("Bearer tokens alone are known here")
        }
        do {
            return try await verifier.verify(String(parts[1]).trimmingBlanks)
        } catch let error as TokenError {
            throw Self.unauthorized(error.rawValue, error: "invalid_token")
        }
    }

    /// RFC 6750 3: an error code only when a token was there.
    fileprivate static func unauthorized(_ detail: String, error: String? = nil) -> WebProblem {
        var challenge = "Bearer realm=\"DICOMweb\""
        if let error { challenge += ", error=\"\(error)\", error_description=\"\(detail)\"" }
        return WebProblem(401, detail, headers: [.init("WWW-Authenticate", challenge)])
    }
}

extension WebProblem {
    /// For a caller whose token has ended while the answer was made.
    static let noLongerProved = CredentialAuthenticator.unauthorized(
        TokenError.expired.rawValue, error: "invalid_token")

    /// For a caller who is known and may not do this (RFC 6750 3.1).
    public static let insufficientScope = WebProblem(
        403, "this caller may not do this",
        headers: [.init("WWW-Authenticate", "Bearer realm=\"DICOMweb\", error=\"insufficient_scope\"")])
}

extension String {
    fileprivate var trimmingBlanks: String {
        var text = self[...]
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
