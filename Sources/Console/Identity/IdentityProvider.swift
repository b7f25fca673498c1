internal import Crypto
package import DICOMWeb
package import Host
internal import Synchronization

/// Log-in by an OpenID Connect provider: the authorization code flow with PKCE, state and nonce (OpenID Connect Core 3.1).
package final class IdentityProvider: Sendable {
    let settings: IdentitySettings
    private let line: any ProviderLine
    private let identities: TokenVerifier
    private let access: TokenVerifier?
    let pending = PendingLogins()
    /// How a browser reaches the console.
    private let origin: String

    private struct Known {
        var places: ProviderPlaces?
        var asked: Instant
    }
    private let known = Mutex<Known?>(nil)

    package static let callback = "/login/callback"

    /// - Throws: for an issuer that is asked without TLS over a network.
    package convenience init(_ settings: IdentitySettings, origin: String) throws {
        try self.init(
            settings, origin: origin, line: ProviderDocuments(Self.tokenSettings(settings, settings.client)),
            now: { Instant.now })
    }

    /// - Parameter now: the clock.
    package init(
        _ settings: IdentitySettings, origin: String, line: any ProviderLine, now: @escaping @Sendable () -> Instant
    ) throws {
        self.settings = settings
        self.origin = origin
        self.line = line
        let seconds: @Sendable () -> Int64 = { now().milliseconds / 1000 }
        identities = TokenVerifier(
            Self.tokenSettings(settings, settings.client), documents: line, now: seconds)
        access = settings.audience.map {
            TokenVerifier(Self.tokenSettings(settings, $0), documents: line, now: seconds)
        }
    }

    private static func tokenSettings(_ settings: IdentitySettings, _ audience: String) -> TokenSettings {
        var tokens = TokenSettings(issuer: settings.issuer, audiences: [audience])
        tokens.leeway = settings.skew
        tokens.roots = settings.roots
        return tokens
    }

    /// What has to be asked before a request is answered; nil where nothing has.
    func word(for request: ConsoleRequest, at time: Instant) async -> ProviderWord? {
        switch request.path {
        case "/login/provider", "/logout":
            return await places(at: time).map { .places($0) } ?? .unavailable
        case Self.callback: return await finish(request, at: time)
        case let path where InterfaceResponder.isMeant(path):
            guard let access, let text = request.headers["authorization"].flatMap({ Bearer.token($0) }),
                !text.hasPrefix(AccessToken.prefix)
            else { return nil }
            do { return .accessToken(try await access.verify(text)) } catch is TokenError {
                return .refused("bad-token")
            } catch { return .unavailable }
        default: return nil
        }
    }

    // MARK: - Going there

    /// Where the browser goes, for a login that begins now.
    func address(_ login: PendingLogin, _ places: ProviderPlaces) -> String {
        let state = pending.begin(login)
        let challenge = Self.base64url(Array(SHA256.hash(data: Array(login.verifier.utf8))))
        var fields = [
            ("response_type", "code"), ("client_id", settings.client), ("redirect_uri", origin + Self.callback),
            ("scope", settings.scopes), ("state", state), ("nonce", login.nonce), ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
        ]
        if login.again != nil {
            // Core 3.1.2.1: the person is asked, whether the provider knows the browser or not.
            fields += [("prompt", "login"), ("max_age", "0")]
            if let context = settings.context { fields.append(("acr_values", context)) }
        }
        return Self.extended(places.authorization, fields)
    }

    /// Where somebody signs out of the provider, too (OpenID Connect RP-Initiated Logout 2).
    func endAddress(_ places: ProviderPlaces) -> String? {
        places.endSession.map {
            Self.extended(
                $0, [("client_id", settings.client), ("post_logout_redirect_uri", origin + "/login")])
        }
    }

    private static func extended(_ address: String, _ fields: [(String, String)]) -> String {
        address + (address.contains("?") ? "&" : "?")
            + fields.map { "\($0.0)=\(PercentText.encode($0.1))" }.joined(separator: "&")
    }

    static func base64url(_ bytes: [UInt8]) -> String {
        Base64.encode(bytes).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    // MARK: - Coming back

    private func finish(_ request: ConsoleRequest, at time: Instant) async -> ProviderWord {
        guard let state = request.query.raw("state"), let browser = request.cookies[ProviderPages.cookie],
            let login = pending.take(state, browser: browser, at: time)
        else { return .refused("unknown-state") }
        // RFC 9207 2.4: another provider's answer.
        if let issuer = request.query.raw("iss"), issuer != settings.issuer { return .refused("another-provider") }
        guard request.query.raw("error") == nil else { return .refused("provider-refused") }
        guard let code = request.query.raw("code"), !code.isEmpty, code.utf8.count <= 4096 else {
            return .refused("no-code")
        }
        guard let places = await places(at: time) else { return .unavailable }
        let token: VerifiedToken
        do {
            token = try await identities.verify(try await redeem(code, login, places))
        } catch is TokenError {
            return .refused("bad-id-token")
        } catch is ProviderRefusal {
            return .refused("code-refused")
        } catch { return .unavailable }
        guard case .text(let nonce)? = token.claims["nonce"],
            SecretBytes.areEqual(Array(nonce.utf8), Array(login.nonce.utf8))
        else { return .refused("wrong-nonce") }
        // Core 3.1.3.7: made for somebody else, who has it for us, too.
        let party = token.claims["azp"]
        if case .list(let audiences)? = token.claims["aud"], audiences.count > 1, party == nil {
            return .refused("wrong-party")
        }
        guard party == nil || party == .text(settings.client) else { return .refused("wrong-party") }
        if login.again != nil {
            guard let asked = settings.authenticated(token, at: time),
                asked >= login.began.milliseconds / 1000 - settings.skew
            else { return .refused("not-fresh") }
            guard settings.shows(token) else { return .refused("wrong-context") }
        }
        return .login(token, login)
    }

    /// The ID token for a code (Core 3.1.3).
    private func redeem(_ code: String, _ login: PendingLogin, _ places: ProviderPlaces) async throws -> String {
        var fields = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", origin + Self.callback),
            ("code_verifier", login.verifier),
        ]
        var authorization: String?
        if let secret = settings.secret {
            // RFC 6749 2.3.1.
            let pair = PercentText.encode(settings.client) + ":" + PercentText.encode(secret)
            authorization = "Basic " + Base64.encode(Array(pair.utf8))
        } else {
            fields.append(("client_id", settings.client))
        }
        let form = fields.map { "\($0.0)=\(PercentText.encode($0.1))" }.joined(separator: "&")
        let answer = try await line.post(places.token, form: Array(form.utf8), authorization: authorization)
        guard case .string(let token)? = try JSONParser.parse(answer)["id_token"] else { throw ProviderRefusal() }
        return token
    }

    // MARK: - Discovery

    /// Asked for once an hour; after a failure not again for a while, however many come.
    private func places(at time: Instant) async -> ProviderPlaces? {
        let known = known.withLock { $0 }
        if let known, time < known.asked.adding(seconds: known.places == nil ? 10 : 3600) { return known.places }
        let found = try? await discovered()
        self.known.withLock { state in
            // What was known is better than nothing.
            state = Known(places: found ?? known?.places, asked: time)
        }
        return found ?? known?.places
    }

    private func discovered() async throws -> ProviderPlaces {
        let issuer = settings.issuer.hasSuffix("/") ? String(settings.issuer.dropLast()) : settings.issuer
        let document = try JSONParser.parse(try await line.get(issuer + "/.well-known/openid-configuration"))
        func address(_ name: String) -> String? {
            guard case .string(let text)? = document[name], ProviderDocuments.isProtected(text),
                text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x3C && $0 != 0x3E }),
                !text.contains("#")
            else { return nil }
            return text
        }
        guard document["issuer"] == .string(settings.issuer), let authorization = address("authorization_endpoint"),
            let token = address("token_endpoint")
        else { throw ProviderRefusal() }
        return ProviderPlaces(authorization: authorization, token: token, endSession: address("end_session_endpoint"))
    }
}
