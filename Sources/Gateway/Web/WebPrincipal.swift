internal import Access
internal import DICOMWeb

/// Makes principals of callers, by what is in force.
struct WebPrincipals: Sendable {
    let peers: WebPeers
    let looking: LookingInForce

    func of(_ caller: Caller) -> Principal {
        var principal = Principal(caller, peer: nil, nameClaim: looking.identities.nameClaim)
        principal.peers = peers.askers(caller)
        return principal
    }
}

extension Principal {
    /// Who asks by DICOMweb, for the core: what was proved, and nothing that a caller said of itself.
    ///
    /// - Parameters:
    ///   - peer: of the configuration that it was recognised as.
    ///   - nameClaim: what a token calls people, for records.
    init(_ caller: Caller, peer: String?, nameClaim: String) {
        self.init(
            peer: peer, address: caller.address,
            certificate: caller.certificate.map { Certificate(subject: $0.subject, fingerprint: $0.fingerprint) },
            token: caller.token.map { Token($0, nameClaim: nameClaim) })
    }
}

extension Principal.Token {
    init(_ token: VerifiedToken, nameClaim: String) {
        let names = [nameClaim, "preferred_username", "sub"].lazy.compactMap { token.values(at: $0).first }
        self.init(
            issuer: token.issuer, subject: token.subject, name: names.first,
            claims: Self.flattened(token.claims, at: ""), acr: token.authenticationContext,
            amr: Set(token.authenticationMethods))
    }

    /// `realm_access.roles` for what is within objects.
    private static func flattened(_ claims: [String: Claim], at path: String) -> [String: Set<String>] {
        var result: [String: Set<String>] = [:]
        for (name, claim) in claims {
            let own = path.isEmpty ? name : "\(path).\(name)"
            if case .object(let members) = claim {
                // A claim whose own name has the dots says it itself.
                result.merge(flattened(members, at: own)) { first, _ in first }
            } else if !claim.texts.isEmpty {
                // `scope` is one text of words (RFC 8693 4.2).
                let texts =
                    own == "scope" ? claim.texts.flatMap { $0.split(separator: " ").map(String.init) } : claim.texts
                result[own] = Set(texts)
            }
        }
        return result
    }
}
