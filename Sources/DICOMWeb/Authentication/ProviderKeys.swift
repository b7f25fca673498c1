import JWTKit

/// The keys that an identity provider signs with: found by discovery, kept, and asked for again when they are old or a token
/// names one that is not among them, but never more often than the settings say.
actor ProviderKeys {
    private let settings: TokenSettings
    private let documents: any DocumentSource
    private let now: @Sendable () -> Int64
    private var keys: [Key] = []
    /// When the keys that are here were given; nil before the first.
    private var given: Int64?
    private var asked: Int64?
    private var request: Task<[Key], any Error>?

    /// What may verify, and what it is for.
    private struct Key: Sendable {
        var id: String?
        var jwk: JWK
        /// Of RFC 7518 that the key may be used with, when it says.
        var algorithm: String?
    }

    init(_ settings: TokenSettings, documents: any DocumentSource, now: @escaping @Sendable () -> Int64) {
        self.settings = settings
        self.documents = documents
        self.now = now
    }

    /// The key with this name, for this algorithm; nil when the provider shows none.
    ///
    /// - Parameter id: nil in a token that names none: then there must be one key alone that could be meant.
    func key(_ id: String?, algorithm: String) async throws -> (any JWTAlgorithm)? {
        if given.map({ now() - $0 >= settings.keyLifetime }) ?? true { try await refresh() }
        if let key = try await find(id, algorithm) { return key }
        // The provider may have begun to sign with a new one.
        guard try await refresh() else { return nil }
        return try await find(id, algorithm)
    }

    private func find(_ id: String?, _ algorithm: String) async throws -> (any JWTAlgorithm)? {
        let fitting = keys.filter { key in
            (id == nil || key.id == id) && (key.algorithm == nil || key.algorithm == algorithm)
                && Self.fits(key.jwk, algorithm)
        }
        guard fitting.count == 1, var jwk = fitting.first?.jwk else { return nil }
        jwk.algorithm = JWK.Algorithm(rawValue: algorithm)
        jwk.keyIdentifier = JWKIdentifier(string: "key")
        // A key that the library refuses (an RSA key of less than 2048 bits) is as if it were not there.
        guard let collection = try? await JWTKeyCollection().add(jwk: jwk) else { return nil }
        return try? await collection.getKey(for: JWKIdentifier(string: "key"), alg: algorithm)
    }

    /// RFC 8725 3.1: a key is used with the algorithms of its own kind alone.
    private static func fits(_ key: JWK, _ algorithm: String) -> Bool {
        switch algorithm {
        case "RS256", "RS384", "RS512", "PS256", "PS384", "PS512": key.keyType == .rsa
        case "ES256": key.keyType == .ecdsa && key.curve?.rawValue == "P-256"
        case "ES384": key.keyType == .ecdsa && key.curve?.rawValue == "P-384"
        case "ES512": key.keyType == .ecdsa && key.curve?.rawValue == "P-521"
        case "EdDSA": key.keyType == .octetKeyPair
        default: false
        }
    }

    /// Asks for the keys, once for all who wait. False when it is too early for that.
    @discardableResult
    private func refresh() async throws -> Bool {
        let time = now()
        let current: Task<[Key], any Error>
        if let request {
            current = request
        } else {
            if let asked, time - asked < settings.keyInterval {
                try requireFresh(time)
                return false
            }
            asked = time
            current = Task { try await Self.fetch(settings, documents) }
            request = current
        }
        let result = await current.result
        // Whoever comes first takes what was given; the others find it there.
        let isFirst = request == current
        if isFirst { request = nil }
        do {
            let fresh = try result.get()
            if isFirst {
                keys = fresh
                given = now()
            }
            return true
        } catch {
            try requireFresh(time)
            return false
        }
    }

    /// Keys that are old are better than none, for a while.
    private func requireFresh(_ time: Int64) throws {
        guard let given, time - given < settings.keyLifetime + settings.keyGrace else {
            throw WebProblem.unavailable(retryAfter: Int(settings.keyInterval))
        }
    }

    private static func fetch(_ settings: TokenSettings, _ documents: any DocumentSource) async throws -> [Key] {
        let issuer = settings.issuer.hasSuffix("/") ? String(settings.issuer.dropLast()) : settings.issuer
        let configuration = try JSONParser.parse(try await documents.get(issuer + "/.well-known/openid-configuration"))
        // OpenID Connect Discovery 4.3.
        guard configuration["issuer"] == .string(settings.issuer), case .string(let uri)? = configuration["jwks_uri"]
        else { throw WebProblem.badGateway }
        let set = try JSONParser.parse(try await documents.get(uri))
        guard case .array(let given)? = set["keys"], given.count <= 64 else { throw WebProblem.badGateway }
        return given.compactMap(key)
    }

    /// Keys that are for encryption, symmetric or of a kind that is not known are left out, not refused: the set may have
    /// others beside them.
    private static func key(_ json: JSONText) -> Key? {
        if let use = json["use"], use != .string("sig") { return nil }
        if case .array(let operations)? = json["key_ops"], !operations.contains(.string("verify")) { return nil }
        guard case .string(let kind)? = json["kty"], ["RSA", "EC", "OKP"].contains(kind) else { return nil }
        func text(_ name: String) -> String? { if case .string(let text)? = json[name] { text } else { nil } }
        let jwk: JWK
        switch kind {
        case "RSA": jwk = .rsa(nil, identifier: nil, modulus: text("n"), exponent: text("e"))
        case "EC":
            guard let curve = text("crv").flatMap({ ECDSACurve(rawValue: $0) }) else { return nil }
            jwk = .ecdsa(nil, identifier: nil, x: text("x"), y: text("y"), curve: curve)
        default:
            guard let curve = text("crv").flatMap({ EdDSACurve(rawValue: $0) }) else { return nil }
            jwk = .octetKeyPair(nil, identifier: nil, x: text("x"), y: nil, curve: curve)
        }
        return Key(id: text("kid"), jwk: jwk, algorithm: text("alg"))
    }
}
