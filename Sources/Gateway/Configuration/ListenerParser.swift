internal import RuleLanguage

/// Reads where the gateway listens.
struct ListenerParser {
    let parser: ConfigurationParser

    func dicom(_ element: XMLElement) -> GatewayConfiguration.DICOMListener? {
        guard let (host, port) = place(element) else { return nil }
        let titles = element.attribute("titles")?.words.map(\.text) ?? []
        guard !titles.isEmpty else { return nil }
        var listener = GatewayConfiguration.DICOMListener(host: host, port: port, titles: titles)
        listener.tls = tls(element)
        listener.associations = parser.count(element, "associations") ?? listener.associations
        listener.idle = parser.duration(element, "idle") ?? listener.idle
        return listener
    }

    func web(_ element: XMLElement) -> GatewayConfiguration.WebListener? {
        guard let (host, port) = place(element), let attribute = element.attribute("login"),
            let login = attribute.trimmed.flatMap(GatewayConfiguration.WebListener.Login.init)
        else { return nil }
        var listener = GatewayConfiguration.WebListener(host: host, port: port, login: login)
        listener.tls = tls(element)
        listener.path = element.attribute("path")?.trimmed ?? listener.path
        listener.url = element.attribute("url")?.trimmed
        listener.origins = Set(element.attribute("origins")?.words.map(\.text) ?? [])
        listener.takesObjects = element.attribute("stores")?.trimmed != "no"
        listener.connections = parser.count(element, "connections") ?? listener.connections
        if login != .certificate, parser.only("identity-provider") == nil {
            parser.error(
                .noTokens, "clients show tokens, and nobody is there who signs them", at: attribute.place,
                hint: "write <identity-provider issuer=\"https://…\" audience=\"…\"/>, or login=\"certificate\"")
        }
        if login != .token, listener.tls?.clients == nil {
            parser.error(
                .incomplete, "clients show certificates, and nobody is there who vouches for them", at: attribute.place,
                hint: "write <tls certificate=\"…\" key=\"…\" clients=\"…\"/> in `web`")
        }
        return listener
    }

    func mllp(_ element: XMLElement) -> GatewayConfiguration.MLLPListener? {
        guard let (host, port) = place(element) else { return nil }
        var listener = GatewayConfiguration.MLLPListener(host: host, port: port)
        listener.addresses = networks(element)
        listener.tls = tls(element)
        return listener
    }

    func operations(_ element: XMLElement) -> GatewayConfiguration.OperationsListener? {
        guard let port = parser.count(element, "port") else { return nil }
        var listener = GatewayConfiguration.OperationsListener(port: port)
        listener.host = element.attribute("host")?.trimmed ?? listener.host
        return listener
    }

    /// Addresses and networks, those that are some.
    func networks(_ element: XMLElement) -> [Network] {
        (element.attribute("addresses")?.words ?? []).compactMap { word in
            guard let network = Network(word.text) else {
                parser.error(
                    .impossibleValue, "`\(word.text)` is no address and no network", at: word.place,
                    hint: "write 10.1.2.3, 10.0.0.0/8 or fd00::/8")
                return nil
            }
            return network
        }
    }

    private func place(_ element: XMLElement) -> (host: String, port: Int)? {
        guard let host = element.attribute("host")?.trimmed, let port = parser.count(element, "port") else {
            return nil
        }
        return (host, port)
    }

    private func tls(_ element: XMLElement) -> GatewayConfiguration.ServerTLS? {
        let all = element.children(named: "tls")
        if let second = all.dropFirst().first {
            parser.error(.partTwice, "a listener has one `tls`", at: second.place, hint: "remove one of them")
        }
        guard let written = all.first, let certificate = parser.file(written, "certificate"),
            let key = parser.file(written, "key")
        else { return nil }
        var tls = GatewayConfiguration.ServerTLS(certificate: certificate, key: key)
        tls.clients = parser.file(written, "clients")
        tls.minimum = written.attribute("minimum")?.trimmed ?? tls.minimum
        return tls
    }

    /// No two listeners on one port.
    func checkPlaces(_ root: XMLElement) {
        var seen: [Int: [(host: String, place: Place)]] = [:]
        for element in root.children where ["dicom", "web", "mllp", "operations"].contains(element.name) {
            guard let attribute = element.attribute("port"), let port = attribute.trimmed.flatMap({ Int($0) }),
                port != 0
            else { continue }
            let host = element.attribute("host")?.trimmed ?? "127.0.0.1"
            let isEvery = ["0.0.0.0", "::"].contains(host)
            let other = seen[port, default: []].first {
                isEvery || $0.host == host || ["0.0.0.0", "::"].contains($0.host)
            }
            if let other {
                parser.error(
                    .sameListener, "port \(port) is another listener's", at: attribute.place,
                    hint: "the other stands at \(other.place.location)")
            }
            seen[port, default: []].append((host, attribute.place))
        }
    }
}
