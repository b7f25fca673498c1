public import NIOSSL

/// Whose tokens are believed, and what is asked of them.
public struct TokenSettings: Sendable {
    /// The provider's issuer identifier, exactly as its tokens say it (OpenID Connect Core 2, `iss`). Its keys are found
    /// behind `/.well-known/openid-configuration` (Discovery 4).
    public var issuer: String
    /// One of these is in the token's `aud`: else it was made for somebody else.
    public var audiences: Set<String>
    /// Seconds by which clocks may differ.
    public var leeway: Int64 = 30
    /// Asymmetric ones alone: with another, whoever knows the public key could sign.
    public var algorithms: Set<String> = asymmetric
    /// The most seconds that a token may be in force: from `iat` to `exp`. Nil for what the provider gives.
    public var longest: Int64?
    /// Seconds after which keys are asked for again.
    public var keyLifetime: Int64 = 3600
    /// Seconds for which keys are used on when the provider cannot be reached.
    public var keyGrace: Int64 = 86_400
    /// Seconds between two requests for keys, whatever tokens come: a stranger's tokens must not make us ask more often.
    public var keyInterval: Int64 = 30
    /// Bytes of a token. Those of providers with hundreds of groups reach 8 kB.
    public var tokenLength = 16 << 10
    /// Who vouches for the provider; the system's authorities, if nil.
    public var roots: NIOSSLTrustRoots?

    /// RFC 7518 3.1, RFC 8037 3.1.
    public static let asymmetric: Set<String> = [
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
    ]

    public init(issuer: String, audiences: Set<String>) {
        self.issuer = issuer
        self.audiences = audiences
    }
}

/// Why a token is not believed. The words go to the client (RFC 6750 3.1) and hold nothing of the token.
public enum TokenError: String, Error, Hashable, Sendable, CaseIterable {
    case malformed = "the token is malformed"
    case tooLong = "the token is too long"
    case algorithm = "the token is signed with an algorithm that is not accepted"
    case criticalHeader = "the token asks for an extension that is not known"
    case wrongType = "the token is of another type"
    case unknownKey = "the token is signed with a key that the provider does not show"
    case badSignature = "the signature does not fit"
    case wrongIssuer = "the token is of another issuer"
    case wrongAudience = "the token is for another audience"
    case expired = "the token has expired"
    case notYetValid = "the token is not in force yet"
    case noSubject = "the token names nobody"
}
