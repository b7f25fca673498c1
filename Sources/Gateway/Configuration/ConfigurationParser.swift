internal import Registry
internal import RuleLanguage

/// From the elements of a configuration to what they mean. The shape has been looked at.
struct ConfigurationParser {
    let log: FindingLog
    let root: XMLElement

    /// The rule set's root file, and where it is named.
    var rulesPath: (path: String, place: Place)? {
        guard let attribute = root.children(named: "site").first?.attribute("rules"), let path = attribute.trimmed
        else {
            return nil
        }
        return (FilePath.resolve(path, from: attribute.place.source.path), attribute.place)
    }

    /// The file that says whose signatures of the rules count.
    var trustPath: String? { root.children(named: "site").first.flatMap { path($0, "require-signed") } }

    var registryPath: String? { root.children(named: "site").first.flatMap { path($0, "registry") } }

    /// Nil when a part is missing without which there is no configuration.
    func configuration() -> GatewayConfiguration? {
        for name in [
            "site", "quota", "operations", "archive", "retry", "break-glass", "identity-provider", "users", "hl7",
        ] {
            guard let second = root.children(named: name).dropFirst().first else { continue }
            error(.partTwice, "a gateway has one `\(name)`", at: second.place, hint: "remove one of them")
        }
        let peers = PeerParser(parser: self).peers()
        let site = site()
        guard let site else { return nil }
        var configuration = GatewayConfiguration(id: root.attribute("id")?.trimmed ?? "", site: site)
        if let element = only("quota") { configuration.quota = quota(element) }
        let listeners = ListenerParser(parser: self)
        configuration.dicom = root.children(named: "dicom").compactMap(listeners.dicom)
        configuration.web = root.children(named: "web").compactMap(listeners.web)
        configuration.mllp = root.children(named: "mllp").compactMap(listeners.mllp)
        configuration.operations = only("operations").flatMap(listeners.operations)
        listeners.checkPlaces(root)
        configuration.peers = peers
        let routes = RouteParser(parser: self, peers: peers)
        configuration.routes = routes.routes()
        configuration.settling = routes.settling()
        if let element = only("retry") { configuration.retry = retry(element) }
        let looking = LookingParser(parser: self, peers: peers)
        configuration.archive = only("archive").flatMap(looking.archive)
        configuration.identityProvider = only("identity-provider").map(looking.identityProvider)
        configuration.askers = root.children(named: "asker").compactMap(looking.asker)
        configuration.breakGlass = only("break-glass").flatMap(looking.breakGlass)
        configuration.users = only("users").flatMap(looking.users)
        configuration.hl7 = only("hl7").map(looking.hl7)
        looking.check(configuration)
        if configuration.dicom.isEmpty, configuration.web.isEmpty {
            error(
                .missingPart, "the gateway listens nowhere", at: root.place,
                hint: "write <dicom host=\"0.0.0.0\" port=\"11112\" titles=\"CORDON\"/>, or `web`")
        }
        return configuration
    }

    private func site() -> GatewayConfiguration.Site? {
        guard let element = only("site") else {
            error(
                .missingPart, "the gateway does not say what it works with", at: root.place,
                hint: "write <site registry=\"DIR\" rules=\"FILE\" spool=\"DIR\"/>")
            return nil
        }
        let name = element.attribute("as") ?? root.attribute("id")
        let person = name?.trimmed.flatMap { Person($0) }
        if person == nil, let name {
            error(.impossibleValue, "`\(name.name)` is a name of 1 to 128 printable characters", at: name.place)
        }
        guard let registry = path(element, "registry"), let rules = path(element, "rules"),
            let spool = path(element, "spool"), let person
        else { return nil }
        var site = GatewayConfiguration.Site(registry: registry, rules: rules, spool: spool, person: person)
        site.trust = file(element, "require-signed")
        site.key = file(element, "key")
        site.signatureRoots = file(element, "signature-roots")
        site.tier = element.attribute("tier")?.trimmed.flatMap { Int($0) }
        return site
    }

    private func quota(_ element: XMLElement) -> GatewayConfiguration.Quota {
        var quota = GatewayConfiguration.Quota()
        quota.spool = size(element, "spool")
        quota.reserve = size(element, "reserve") ?? quota.reserve
        quota.object = size(element, "object") ?? quota.object
        quota.memory = size(element, "memory") ?? quota.memory
        return quota
    }

    private func retry(_ element: XMLElement) -> GatewayConfiguration.Retry {
        var retry = GatewayConfiguration.Retry()
        retry.first = duration(element, "first") ?? retry.first
        retry.most = duration(element, "most") ?? max(retry.most, retry.first)
        retry.attempts = count(element, "attempts") ?? retry.attempts
        retry.seed = count(element, "seed").map { UInt64($0) } ?? retry.seed
        if retry.most < retry.first, let attribute = element.attribute("most") ?? element.attribute("first") {
            error(
                .impossibleValue, "the longest wait is shorter than the first", at: attribute.place,
                hint: "`most` is at least `first`")
        }
        return retry
    }

    // MARK: - Words that all parts use

    func error(_ code: ConfigurationCode, _ message: String, at place: Place, hint: String? = nil) {
        log.add(.error, code.rawValue, message, at: place, hint: hint)
    }

    func warning(_ code: ConfigurationCode, _ message: String, at place: Place, hint: String? = nil) {
        log.add(.warning, code.rawValue, message, at: place, hint: hint)
    }

    func only(_ name: String) -> XMLElement? { root.children(named: name).first }

    /// A path, seen from the folder of the configuration.
    func path(_ element: XMLElement, _ name: String) -> String? {
        guard let attribute = element.attribute(name), let text = attribute.trimmed else { return nil }
        return FilePath.resolve(text, from: attribute.place.source.path)
    }

    /// The path of a file that must be there to be read.
    func file(_ element: XMLElement, _ name: String) -> String? {
        guard let attribute = element.attribute(name), let path = path(element, name) else { return nil }
        do throws(FileAccess.Failure) {
            _ = try FileAccess.read(path, limit: 1 << 20)
        } catch {
            self.error(
                .unreadableFile, "`\(attribute.trimmed ?? "")` cannot be read: \(error.reason)", at: attribute.place,
                hint: "the path counts from the folder of this file")
        }
        return path
    }

    func duration(_ element: XMLElement, _ name: String) -> Int64? {
        quantity(element, name) { Quantity.duration($0) }
    }

    func size(_ element: XMLElement, _ name: String) -> Int64? { quantity(element, name) { Quantity.size($0) } }

    func count(_ element: XMLElement, _ name: String) -> Int? { quantity(element, name) { Int($0) } }

    /// Nil where it is not given, and where it cannot be meant, which the schema has said.
    func quantity<Value>(_ element: XMLElement, _ name: String, _ read: (String) -> Value?) -> Value? {
        element.attribute(name)?.trimmed.flatMap(read)
    }

    /// Peers that an attribute names, those that are there.
    func names(
        _ element: XMLElement, _ name: String, of peers: [String: GatewayConfiguration.Peer],
        role: GatewayConfiguration.Peer.Role? = nil
    ) -> Set<String> {
        Set(
            (element.attribute(name)?.words ?? []).compactMap { word in
                peer(word.text, word.place, of: peers, role: role)?.id
            })
    }

    func peer(
        _ name: String, _ place: Place, of peers: [String: GatewayConfiguration.Peer],
        role: GatewayConfiguration.Peer.Role?
    ) -> GatewayConfiguration.Peer? {
        guard let peer = peers[name] else {
            // One that is there and is wrong has been spoken of where it stands.
            let isWritten = root.children(named: "peer").contains { $0.attribute("id")?.trimmed == name }
            if !isWritten {
                error(
                    .unknownPeer, "there is no peer `\(name)`", at: place,
                    hint: Spelling.suggestion(for: name, among: peers.keys)
                        ?? (peers.isEmpty
                            ? "no peer is declared"
                            : "there are \(Spelling.list(peers.keys.sorted(), conjunction: "and"))"))
            }
            return nil
        }
        if let role, !peer.roles.contains(role) {
            error(
                .wrongRole, "the peer `\(name)` does not \(role.rawValue)", at: place,
                hint:
                    "its roles are \(Spelling.list(peer.roles.map(\.rawValue).sorted(), conjunction: "and")); add `\(role.rawValue)` to them"
            )
        }
        return peer
    }
}
