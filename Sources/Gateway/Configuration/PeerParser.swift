internal import DICOMWeb
internal import Inputs
internal import RuleLanguage

/// Reads peers, and checks that each can do what its roles say and is told from all others.
struct PeerParser {
    let parser: ConfigurationParser

    func peers() -> [String: GatewayConfiguration.Peer] {
        var peers: [String: GatewayConfiguration.Peer] = [:]
        var places: [String: Place] = [:]
        for element in parser.root.children(named: "peer") {
            guard let attribute = element.attribute("id"), let peer = peer(element) else { continue }
            if let other = places[peer.id] {
                parser.error(
                    .duplicateName, "the peer `\(peer.id)` is defined twice", at: attribute.place,
                    hint: "the other stands at \(other.location)")
                continue
            }
            if !checkCaller(peer, element, among: peers) { checkIdentity(peer, element, among: peers) }
            peers[peer.id] = peer
            places[peer.id] = attribute.place
        }
        return peers
    }

    private func peer(_ element: XMLElement) -> GatewayConfiguration.Peer? {
        guard let id = element.attribute("id")?.trimmed, let written = element.attribute("roles") else { return nil }
        let roles = Set(written.words.compactMap { GatewayConfiguration.Peer.Role(rawValue: $0.text) })
        guard !roles.isEmpty else { return nil }
        var peer = GatewayConfiguration.Peer(id: id, roles: roles)
        peer.title = element.attribute("title")?.trimmed
        peer.host = element.attribute("host")?.trimmed
        peer.port = parser.count(element, "port")
        peer.url = element.attribute("url")?.trimmed
        peer.addresses = ListenerParser(parser: parser).networks(element)
        if element.attribute("addresses") == nil, let host = peer.host, let network = Network(host) {
            peer.addresses = [network]
        }
        peer.certificate = parser.file(element, "certificate")
        peer.claim = LookingParser(parser: parser, peers: [:]).claim(element)
        peer.audience = element.attribute("audience")?.trimmed
        peer.rejection = element.attribute("rejection")?.trimmed
        peer.commits = element.attribute("commitment")?.trimmed == "yes"
        peer.associations = parser.count(element, "associations") ?? peer.associations
        peer.rate = parser.quantity(element, "rate") { Quantity.rate($0) }
        peer.timeout = parser.duration(element, "timeout") ?? peer.timeout
        peer.tls = tls(element)
        peer.token = element.children(named: "token").first.flatMap { parser.file($0, "file") }
        check(peer, element, written)
        return peer
    }

    private func tls(_ element: XMLElement) -> GatewayConfiguration.ClientTLS? {
        guard let written = element.children(named: "tls").first, let roots = parser.file(written, "roots") else {
            return nil
        }
        var tls = GatewayConfiguration.ClientTLS(roots: roots)
        tls.certificate = parser.file(written, "certificate")
        tls.key = parser.file(written, "key")
        if (tls.certificate == nil) != (tls.key == nil) {
            parser.error(
                .incomplete, "a certificate and its key go together", at: written.place,
                hint: "write both `certificate` and `key`, or neither")
        }
        return tls
    }

    private func check(_ peer: GatewayConfiguration.Peer, _ element: XMLElement, _ roles: XMLAttribute) {
        let isCalled = peer.title != nil && peer.host != nil && peer.port != nil && peer.port != 0
        if peer.roles.contains(.receive), !isCalled, peer.url == nil {
            parser.error(
                .notReachable, "the peer `\(peer.id)` receives, and nobody knows where", at: roles.place,
                hint: "give `title`, `host` and `port`, or `url` for DICOMweb")
        }
        if !peer.roles.isDisjoint(with: [.send, .ask]), peer.title == nil, peer.certificate == nil, peer.claim == nil {
            parser.error(
                .notCallable, "the peer `\(peer.id)` calls, and nobody can tell that it is it", at: roles.place,
                hint: "give its `title`, the `certificate` that it shows, or `claim` and `value` of its token")
        }
        if peer.roles.contains(.tell), peer.certificate == nil, peer.claim == nil {
            parser.error(
                .notCallable, "whoever reaches us could say of patients what he likes as `\(peer.id)`", at: roles.place,
                hint: "give the `certificate` that it shows, or `claim` and `value` of its token")
        }
        if peer.commits, !isCalled, let attribute = element.attribute("commitment") {
            parser.error(
                .notReachable, "storage commitment is asked for by DIMSE, and `\(peer.id)` has no place to be called",
                at: attribute.place, hint: "give `title`, `host` and `port`")
        }
        for name in ["rejection", "commitment", "rate", "associations"] where !peer.roles.contains(.receive) {
            guard let attribute = element.attribute(name) else { continue }
            parser.error(
                .wrongRole, "`\(name)` is about what a peer receives, and `\(peer.id)` receives nothing",
                at: attribute.namePlace, hint: "add `receive` to its roles, or remove `\(name)`")
        }
    }

    /// Who calls is known by title, and by address or certificate where a title is not enough.
    ///
    /// - Returns: whether it is not, and has been spoken of.
    private func checkCaller(
        _ peer: GatewayConfiguration.Peer, _ element: XMLElement, among others: [String: GatewayConfiguration.Peer]
    ) -> Bool {
        guard let attribute = element.attribute("title"), let title = peer.title,
            !peer.roles.isDisjoint(with: [.send, .ask])
        else { return false }
        let same = others.values.filter { other in
            other.title == title && !other.roles.isDisjoint(with: [.send, .ask])
                && (peer.addresses.isEmpty || other.addresses.isEmpty || peer.addresses == other.addresses)
                && (peer.certificate == nil || other.certificate == nil || peer.certificate == other.certificate)
        }
        guard let other = same.map(\.id).min() else { return false }
        parser.error(
            .sameCaller, "`\(other)` calls by the title `\(title)`, too", at: attribute.place,
            hint: "give both `addresses` or a `certificate` by which they differ")
        return true
    }

    /// Who calls by DICOMweb is known by certificate and claim alone, and so is who has no title: two peers with the same of both would be
    /// one, with the rights of either.
    private func checkIdentity(
        _ peer: GatewayConfiguration.Peer, _ element: XMLElement, among others: [String: GatewayConfiguration.Peer]
    ) {
        guard let attribute = element.attribute("certificate") ?? element.attribute("claim"),
            peer.certificate != nil || peer.claim != nil
        else { return }
        let same = others.values.filter { other in
            !peer.roles.intersection(other.roles).isDisjoint(with: [.send, .ask, .tell])
                && peer.claim == other.claim
                && (peer.title == nil || other.title == nil || peer.title == other.title)
                && (peer.addresses.isEmpty || other.addresses.isEmpty || peer.addresses == other.addresses)
                && Self.isSame(peer.certificate, other.certificate)
        }
        guard let other = same.map(\.id).min() else { return }
        parser.error(
            .sameCaller, "`\(other)` is known by the same, too", at: attribute.place,
            hint: "give each a `certificate` or a `claim` of its own, or both `addresses` by which they differ")
    }

    /// Whether two files have the same certificate.
    private static func isSame(_ one: String?, _ other: String?) -> Bool {
        guard let one, let other else { return one == nil && other == nil }
        func fingerprint(_ path: String) -> String? {
            (try? FileAccess.read(path, limit: 1 << 20).bytes).flatMap { ClientCertificate(pem: $0)?.fingerprint }
        }
        return one == other || fingerprint(one).map { $0 == fingerprint(other) } ?? false
    }
}
