/// Who asks, by everything that was proved. What callers say of themselves without proof is not here.
public struct Caller: Hashable, Sendable {
    /// The IP address of the other end of the connection.
    public var address: String?
    /// Shown in the TLS handshake, and vouched for by the roots of the listener.
    public var certificate: ClientCertificate?
    /// Signed by the identity provider, for us, and in force.
    public var token: VerifiedToken?

    public init(address: String? = nil, certificate: ClientCertificate? = nil, token: VerifiedToken? = nil) {
        self.address = address
        self.certificate = certificate
        self.token = token
    }
}

/// A client's certificate, by what tells it from others.
public struct ClientCertificate: Hashable, Sendable {
    /// The subject as RFC 4514 writes it: `CN=pacs,O=General Hospital`.
    public var subject: String
    /// SHA-256 of the DER form, 64 small hexadecimal digits.
    public var fingerprint: String

    public init(subject: String, fingerprint: String) {
        self.subject = subject
        self.fingerprint = fingerprint
    }
}

/// The claims of a token that was verified (RFC 7519 4, OpenID Connect Core 2).
public struct VerifiedToken: Hashable, Sendable {
    /// `iss`.
    public var issuer: String
    /// `sub`, which together with the issuer is one person or service for ever.
    public var subject: String
    /// `exp`, in seconds since 1970.
    public var expires: Int64
    /// All of them.
    public var claims: [String: Claim]

    public init(issuer: String, subject: String, expires: Int64, claims: [String: Claim]) {
        self.issuer = issuer
        self.subject = subject
        self.expires = expires
        self.claims = claims
    }

    /// `acr`: how the person was authenticated, in words of the provider.
    public var authenticationContext: String? { claims["acr"]?.texts.first }
    /// `amr`: by which methods (RFC 8176), `pwd`, `otp`, `hwk`.
    public var authenticationMethods: [String] { claims["amr"]?.texts ?? [] }

    /// The values at a path, `realm_access.roles`; those of a claim whose own name has the dots come first.
    public func values(at path: String) -> [String] {
        if let claim = claims[path] { return claim.texts }
        var place = Claim.object(claims)
        for step in path.split(separator: ".", omittingEmptySubsequences: false) {
            guard case .object(let members) = place, let next = members[String(step)] else { return [] }
            place = next
        }
        return place.texts
    }
}

/// The value of a claim.
public indirect enum Claim: Hashable, Sendable {
    case text(String)
    case number(Double)
    case boolean(Bool)
    case list([Claim])
    case object([String: Claim])
    case null

    /// What it says in words: a text, the texts of a list, `true`.
    public var texts: [String] {
        switch self {
        case .text(let text): [text]
        case .boolean(let value): [value ? "true" : "false"]
        case .number(let number):
            [Int64(exactly: number).map { String($0) } ?? String(number)]
        case .list(let claims): claims.flatMap(\.texts)
        case .object, .null: []
        }
    }
}
