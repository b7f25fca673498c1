package import DICOMWeb
internal import Host

/// What the identity provider said, before a request is answered.
package enum ProviderWord: Sendable {
    /// Where people are sent.
    case places(ProviderPlaces)
    /// Somebody has signed in there, for a login that was begun here.
    case login(VerifiedToken, PendingLogin)
    /// A program brought a token that is good.
    case accessToken(VerifiedToken)
    /// In a word for the log.
    case refused(String)
    case unavailable
}

/// Addresses that a provider publishes (OpenID Connect Discovery 3).
package struct ProviderPlaces: Hashable, Sendable {
    package var authorization: String
    package var token: String
    package var endSession: String?
}

/// A login that was begun here and is to come back from the provider.
package struct PendingLogin: Hashable, Sendable {
    var nonce: String
    /// PKCE (RFC 7636 4.1).
    var verifier: String
    var next: String
    /// In a cookie of the browser that began: no other finishes.
    var browser: String
    var began: Instant
    /// The secret of the session for which somebody shows anew who they are; nil for coming in.
    var again: String?
}
