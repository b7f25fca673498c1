/// What a listener asks for.
public enum CredentialPolicy: String, Hashable, Sendable, CaseIterable {
    case token, certificate, either, both
}

/// What claims and certificates make of a caller. A caller without roles is still one, who may do what everybody may.
public struct RoleMapping: Hashable, Sendable {
    /// A token in which the claim at `path` has `value` gives `role`.
    public struct ClaimRule: Hashable, Sendable {
        public var path: String
        public var value: String
        public var role: String

        public init(path: String, value: String, role: String) {
            self.path = path
            self.value = value
            self.role = role
        }
    }

    /// A certificate with this subject or this fingerprint gives `role`.
    public struct CertificateRule: Hashable, Sendable {
        /// As RFC 4514 writes it, all of it.
        public var subject: String?
        /// SHA-256, hexadecimal.
        public var fingerprint: String?
        public var role: String

        public init(subject: String? = nil, fingerprint: String? = nil, role: String) {
            self.subject = subject
            self.fingerprint = fingerprint
            self.role = role
        }
    }

    public var claims: [ClaimRule]
    public var certificates: [CertificateRule]

    public init(claims: [ClaimRule] = [], certificates: [CertificateRule] = []) {
        self.claims = claims
        self.certificates = certificates
    }

    public func roles(_ token: VerifiedToken?, _ certificate: ClientCertificate?) -> Set<String> {
        var roles: Set<String> = []
        if let token {
            // `scope` is one text of words (RFC 8693 4.2).
            let scopes = token.values(at: "scope").flatMap { $0.split(separator: " ").map(String.init) }
            for rule in claims {
                let values = rule.path == "scope" ? scopes : token.values(at: rule.path)
                if values.contains(rule.value) { roles.insert(rule.role) }
            }
        }
        if let certificate {
            for rule in certificates where rule.subject != nil || rule.fingerprint != nil {
                if let subject = rule.subject, subject != certificate.subject { continue }
                if let print = rule.fingerprint, print.asciiLowercased != certificate.fingerprint { continue }
                roles.insert(rule.role)
            }
        }
        return roles
    }
}

/// Bearer tokens (RFC 6750), client certificates, or both.
public struct CredentialAuthenticator: Authenticator {
    private let policy: CredentialPolicy
    private let verifier: TokenVerifier?
    private let mapping: RoleMapping

    public init(_ policy: CredentialPolicy, verifier: TokenVerifier?, mapping: RoleMapping = RoleMapping()) {
        self.policy = policy
        self.verifier = verifier
        self.mapping = mapping
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
        return Caller(
            address: credentials.address, certificate: credentials.certificate, token: token,
            roles: mapping.roles(token, credentials.certificate))
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
    private static func unauthorized(_ detail: String, error: String? = nil) -> WebProblem {
        var challenge = "Bearer realm=\"DICOMweb\""
        if let error { challenge += ", error=\"\(error)\", error_description=\"\(detail)\"" }
        return WebProblem(401, detail, headers: [.init("WWW-Authenticate", challenge)])
    }
}

extension WebProblem {
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
