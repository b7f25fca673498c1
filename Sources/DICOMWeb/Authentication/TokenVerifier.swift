import JWTKit

/// Verifies tokens of one identity provider (RFC 7519 7.2, RFC 8725).
public struct TokenVerifier: Sendable {
    private let settings: TokenSettings
    private let keys: ProviderKeys
    private let now: @Sendable () -> Int64

    public init(_ settings: TokenSettings) throws {
        self.init(settings, documents: try ProviderDocuments(settings), now: { WallClock.seconds })
    }

    /// - Parameter now: seconds since 1970.
    package init(_ settings: TokenSettings, documents: any DocumentSource, now: @escaping @Sendable () -> Int64) {
        self.settings = settings
        self.now = now
        keys = ProviderKeys(settings, documents: documents, now: now)
    }

    /// - Throws: `TokenError`; or `WebProblem` (503) when the provider's keys cannot be had.
    public func verify(_ text: String) async throws -> VerifiedToken {
        guard text.utf8.count <= settings.tokenLength else { throw TokenError.tooLong }
        let token = try JSONWebToken(text)
        guard settings.algorithms.contains(token.algorithm), TokenSettings.asymmetric.contains(token.algorithm) else {
            throw TokenError.algorithm
        }
        // RFC 7515 4.1.11: who does not know an extension must not go on.
        guard token.header["crit"] == nil else { throw TokenError.criticalHeader }
        if let type = token.header["typ"] {
            // An ID token or an access token (RFC 9068 2.1); not a logout token or the like.
            guard case .string(let name) = type,
                ["jwt", "at+jwt", "application/jwt", "application/at+jwt"].contains(name.asciiLowercased)
            else { throw TokenError.wrongType }
        }
        guard let key = try await keys.key(token.keyID, algorithm: token.algorithm) else { throw TokenError.unknownKey }
        guard (try? key.verify(token.signature, signs: token.signed)) == true else { throw TokenError.badSignature }
        guard case .object(let claims) = Claim(token.payload) else { throw TokenError.malformed }
        return try checked(claims)
    }

    /// Whether a token that was believed would be so now, by what it says: for connections that live for longer than a token.
    public func stillHolds(_ token: VerifiedToken) -> Bool { (try? checked(token.claims)) == token }

    private func checked(_ claims: [String: Claim]) throws(TokenError) -> VerifiedToken {
        guard claims["iss"] == .text(settings.issuer) else { throw .wrongIssuer }
        switch claims["aud"] {
        case .text(let audience)?: guard settings.audiences.contains(audience) else { throw .wrongAudience }
        case .list(let audiences)?:
            guard audiences.contains(where: { settings.audiences.contains($0.texts.first ?? "") }) else {
                throw .wrongAudience
            }
        default: throw .wrongAudience
        }
        let now = now()
        guard let expires = try Self.time(claims["exp"]) else { throw .malformed }
        guard now < expires &+ settings.leeway else { throw .expired }
        if let begins = try Self.time(claims["nbf"]), begins > now + settings.leeway { throw .notYetValid }
        let issued = try Self.time(claims["iat"])
        if let issued, issued > now + settings.leeway { throw .notYetValid }
        if let longest = settings.longest {
            guard let issued, expires - issued <= longest else { throw .expired }
        }
        guard case .text(let subject)? = claims["sub"], !subject.isEmpty, subject.utf8.count <= 255 else {
            throw .noSubject
        }
        return VerifiedToken(issuer: settings.issuer, subject: subject, expires: expires, claims: claims)
    }

    /// NumericDate (RFC 7519 2): seconds, perhaps with a fraction. Far ones are nobody's.
    private static func time(_ claim: Claim?) throws(TokenError) -> Int64? {
        guard let claim else { return nil }
        guard case .number(let seconds) = claim, seconds >= 0, seconds < 1e11 else { throw .malformed }
        return Int64(seconds)
    }
}
