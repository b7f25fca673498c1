internal import Registry
internal import RuleLanguage

/// Reads routes and settling, and checks that whatever is sent goes somewhere.
struct RouteParser {
    let parser: ConfigurationParser
    let peers: [String: GatewayConfiguration.Peer]

    func routes() -> [GatewayConfiguration.Route] {
        var routes: [GatewayConfiguration.Route] = []
        var places: [String: Place] = [:]
        for element in parser.root.children(named: "route") {
            guard let attribute = element.attribute("id"), let id = attribute.trimmed else { continue }
            if let other = places[id] {
                parser.error(
                    .duplicateName, "the route `\(id)` is defined twice", at: attribute.place,
                    hint: "the other stands at \(other.location)")
                continue
            }
            places[id] = attribute.place
            routes.append(route(element, id))
        }
        checkReach(routes)
        return routes.sorted { $0.id < $1.id }
    }

    private func route(_ element: XMLElement, _ id: String) -> GatewayConfiguration.Route {
        var route = GatewayConfiguration.Route(id: id)
        for from in element.children(named: "from") {
            route.peers.formUnion(parser.names(from, "peers", of: peers, role: .send))
        }
        var terms: [InstanceAttribute: [InstanceQuery.Term]] = [:]
        for when in element.children(named: "when") {
            guard let attribute = when.attribute("attribute")?.trimmed.flatMap(InstanceAttribute.init),
                let written = when.attribute("value"), let value = written.trimmed
            else { continue }
            let term = InstanceQuery.Term(attribute: attribute, value: value)
            guard InstanceQuery(terms: [term]).isUnderstood else {
                parser.error(
                    .impossibleValue, "\(attribute.rawValue) cannot be `\(value)`", at: written.place,
                    hint: "give it as for a C-FIND (PS3.4 C.2.2.2): a value, `CHEST*`, `20260101-20260331`")
                continue
            }
            terms[attribute, default: []].append(term)
        }
        route.conditions = terms.sorted { $0.key.rawValue < $1.key.rawValue }.map(\.value)
        let targets = element.children(named: "to")
        if targets.isEmpty {
            parser.error(
                .missingPart, "the route `\(id)` leads nowhere", at: element.place,
                hint: "write <to peer=\"…\" audience=\"…\"/> in it")
        }
        for to in targets {
            guard let written = to.attribute("peer"), let name = written.trimmed,
                let audience = to.attribute("audience")?.trimmed,
                let priority = GatewayConfiguration.Priority(to.attribute("priority")?.trimmed),
                let peer = parser.peer(name, written.place, of: peers, role: .receive)
            else { continue }
            let target = GatewayConfiguration.Route.Target(peer: peer.id, audience: audience, priority: priority)
            if route.targets.contains(where: { $0.peer == target.peer && $0.audience == target.audience }) {
                parser.error(
                    .duplicateName, "the route leads to `\(name)` twice", at: written.place, hint: "remove one of them")
            }
            route.targets.append(target)
        }
        return route
    }

    /// Whoever sends, something must become of what it sends.
    private func checkReach(_ routes: [GatewayConfiguration.Route]) {
        for element in parser.root.children(named: "peer") {
            guard let attribute = element.attribute("id"), let id = attribute.trimmed, let peer = peers[id],
                peer.roles.contains(.send)
            else { continue }
            let own = routes.filter { $0.peers.isEmpty || $0.peers.contains(id) }
            guard !own.contains(where: \.conditions.isEmpty) else { continue }
            parser.warning(
                .noRoute,
                own.isEmpty
                    ? "what `\(id)` sends is kept in the vault and goes nowhere"
                    : "of what `\(id)` sends, what fits no condition is kept in the vault and goes nowhere",
                at: attribute.place, hint: "write a `route` from it without `when`")
        }
    }

    func settling() -> GatewayConfiguration.Settling {
        var settling = GatewayConfiguration.Settling()
        var isUsualGiven = false
        for element in parser.root.children(named: "settle") {
            guard let after = parser.duration(element, "after") else { continue }
            let most = parser.duration(element, "most") ?? after * 10
            if most < after, let attribute = element.attribute("most") {
                parser.error(
                    .impossibleValue, "a study cannot be decided at last before it may be decided at all",
                    at: attribute.place, hint: "`most` is at least `after`")
            }
            let time = GatewayConfiguration.Settling.Time(after: after, most: most)
            guard element.attribute("peers") != nil else {
                if isUsualGiven {
                    parser.error(
                        .partTwice, "one `settle` is for all peers that have none of their own", at: element.place,
                        hint: "name `peers` in the others")
                }
                isUsualGiven = true
                settling.usual = time
                continue
            }
            for peer in parser.names(element, "peers", of: peers, role: .send) {
                if settling.byPeer[peer] != nil {
                    parser.error(
                        .partTwice, "`\(peer)` has a `settle` already", at: element.place, hint: "remove one of them")
                }
                settling.byPeer[peer] = time
            }
        }
        return settling
    }
}
