import Crypto
import DICOMWeb
import Foundation
import Host
import Synchronization

@testable import Console

/// An identity provider in memory: signs what a test tells it to.
final class SampleProvider: ProviderLine {
    static let issuer = "https://login.example.org/realms/hospital"
    static let callback = "/login/callback"

    let clock: Site.Clock
    private let key = P256.Signing.PrivateKey()
    private let state = Mutex(State())

    private struct State {
        /// Claims by code, and the challenge of whoever asked for it.
        var codes: [String: (claims: [UInt8], challenge: String)] = [:]
        var isDown = false
        var asked = 0
    }

    init(_ clock: Site.Clock) { self.clock = clock }

    func setDown(_ isDown: Bool) { state.withLock { $0.isDown = isDown } }
    var asked: Int { state.withLock { $0.asked } }

    struct Down: Error {}

    func get(_ url: String) async throws -> [UInt8] {
        try state.withLock { state in
            state.asked += 1
            if state.isDown { throw Down() }
        }
        let base = Self.issuer
        if url.hasSuffix("/.well-known/openid-configuration") {
            return Array(
                """
                {"issuer":"\(base)","authorization_endpoint":"\(base)/authorize","token_endpoint":"\(base)/token",
                "jwks_uri":"\(base)/keys","end_session_endpoint":"\(base)/end"}
                """.utf8)
        }
        let point = Array(key.publicKey.rawRepresentation)
        return Array(
            """
            {"keys":[{"kty":"EC","crv":"P-256","kid":"one","alg":"ES256","use":"sig",
            "x":"\(IdentityProvider.base64url(Array(point.prefix(32))))",
            "y":"\(IdentityProvider.base64url(Array(point.suffix(32))))"}]}
            """.utf8)
    }

    /// Redeems a code once, for whoever knows the verifier.
    func post(_ url: String, form: [UInt8], authorization: String?) async throws -> [UInt8] {
        let fields = FormFields(String(decoding: form, as: UTF8.self)) ?? .none
        let found = try state.withLock { state in
            if state.isDown { throw Down() }
            let code = fields.raw("code") ?? ""
            defer { state.codes[code] = nil }
            return state.codes[code]
        }
        let challenge = IdentityProvider.base64url(
            Array(SHA256.hash(data: Array((fields.raw("code_verifier") ?? "").utf8))))
        guard url == Self.issuer + "/token", fields.raw("grant_type") == "authorization_code",
            authorization == "Basic " + Base64.encode(Array("cordon:s%3Acret".utf8)), let (claims, asked) = found,
            asked == challenge
        else { throw ProviderRefusal() }
        return Array("{\"token_type\":\"Bearer\",\"id_token\":\"\(token(claims))\"}".utf8)
    }

    func token(_ claims: [UInt8]) -> String {
        let header = IdentityProvider.base64url(Array(#"{"alg":"ES256","typ":"JWT","kid":"one"}"#.utf8))
        let signed = header + "." + IdentityProvider.base64url(claims)
        guard let signature = try? key.signature(for: Array(signed.utf8)) else { return "" }
        return signed + "." + IdentityProvider.base64url(Array(signature.rawRepresentation))
    }

    func accessToken(_ changes: [String: Any] = [:]) -> String {
        var claims = claims("alice", ["aud": "cordon-interface"])
        claims.merge(changes) { $1 }
        return token(Self.json(claims))
    }

    private static func json(_ claims: [String: Any]) -> [UInt8] {
        (try? JSONSerialization.data(withJSONObject: claims)).map { Array($0) } ?? []
    }

    private func claims(_ subject: String, _ more: [String: Any]) -> [String: Any] {
        let now = clock.now.milliseconds / 1000
        var claims: [String: Any] = [
            "iss": Self.issuer, "aud": "cordon", "sub": subject, "iat": now, "exp": now + 300, "auth_time": now,
            "groups": ["staff", "cordon-legal"], "preferred_username": subject,
        ]
        claims.merge(more) { $1 }
        return claims
    }

    /// Somebody signs in there, and is led back.
    ///
    /// - Parameter address: where the console led.
    /// - Returns: the query of the callback.
    func authorize(_ address: String, as subject: String = "alice", _ changes: [String: Any] = [:]) -> String {
        let query = FormFields(address.split(separator: "?", maxSplits: 1).last ?? "") ?? .none
        var claims = claims(subject, ["nonce": query.raw("nonce") ?? ""])
        claims.merge(changes) { $1 }
        claims = claims.filter { !($0.value is NSNull) }
        let code = UUID().uuidString
        let bytes = Self.json(claims), challenge = query.raw("code_challenge") ?? ""
        state.withLock { $0.codes[code] = (bytes, challenge) }
        return "code=\(code)&state=\(query.raw("state") ?? "")"
    }
}

extension Site {
    /// A console with an identity provider.
    static func provided(
        _ settle: (inout ConsoleSettings) -> Void = { _ in }, attempts: Int = 1000
    ) throws -> (site: Site, provider: SampleProvider) {
        let clock = Clock()
        let provider = SampleProvider(clock)
        var identity = IdentitySettings(issuer: SampleProvider.issuer, client: "cordon")
        identity.secret = "s:cret"
        identity.audience = "cordon-interface"
        identity.subject = "preferred_username"
        identity.roles = [
            IdentitySettings.Mapping(role: .legal, claim: "groups", value: "cordon-legal"),
            IdentitySettings.Mapping(role: .administrator, claim: "groups", value: "cordon-admins"),
        ]
        let site = try Site(
            {
                $0.origin = "http://127.0.0.1:8090"
                $0.identity = identity
                settle(&$0)
            }, attempts: attempts, clock: clock, line: provider)
        return (site, provider)
    }
}

extension Browser {
    func fetch(_ path: String) async -> ConsoleAnswer {
        let parts = path.split(separator: "?", maxSplits: 1)
        var request = ConsoleRequest(
            method: "GET", path: String(parts[0]), query: FormFields(parts.count > 1 ? parts[1] : "") ?? .none)
        request.headers["host"] = "127.0.0.1:8090"
        request.cookies = cookies
        let answer = await site.responder.respond(request)
        for header in answer.headers where header.name == "Set-Cookie" {
            let pair = header.value.prefix { $0 != ";" }.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            cookies[String(pair[0])] = pair[1].isEmpty ? nil : String(pair[1])
        }
        return answer
    }

    /// Signs in at the provider, from beginning to end.
    func signIn(
        _ provider: SampleProvider, as subject: String = "alice", next: String = "/", again: Bool = false,
        _ changes: [String: Any] = [:]
    ) async -> ConsoleAnswer {
        let begun = await fetch(
            "/login/provider?next=\(PercentText.encode(next))" + (again ? "&again=1" : ""))
        guard let address = begun.header("Location") else { return begun }
        // The provider leads back from its site: a strict cookie stays where it is.
        let session = cookies.removeValue(forKey: ConsoleResponder.sessionCookie)
        let answer = await fetch("/login/callback?" + provider.authorize(address, as: subject, changes))
        if cookies[ConsoleResponder.sessionCookie] == nil { cookies[ConsoleResponder.sessionCookie] = session }
        return answer
    }
}
