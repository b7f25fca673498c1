internal import RuleLanguage

/// Reads who may look for what, and how it is known who asks.
struct LookingParser {
    let parser: ConfigurationParser
    let peers: [String: GatewayConfiguration.Peer]

    func archive(_ element: XMLElement) -> GatewayConfiguration.Archive? {
        guard let attribute = element.attribute("peer"), let name = attribute.trimmed,
            let peer = parser.peer(name, attribute.place, of: peers, role: nil)
        else { return nil }
        var archive = GatewayConfiguration.Archive(peer: peer.id)
        archive.access =
            element.attribute("by")?.trimmed.flatMap(GatewayConfiguration.Archive.Access.init) ?? archive.access
        archive.retrieval =
            element.attribute("retrieve")?.trimmed.flatMap(GatewayConfiguration.Archive.Retrieval.init)
            ?? archive.retrieval
        archive.unseen =
            element.attribute("unseen")?.trimmed.flatMap(GatewayConfiguration.Archive.Unseen.init) ?? archive.unseen
        archive.earlier =
            element.attribute("earlier")?.trimmed.flatMap(GatewayConfiguration.Archive.Earlier.init) ?? archive.earlier
        let isCalled = peer.title != nil && peer.host != nil && peer.port != nil
        if archive.access == .dimse, !isCalled {
            parser.error(
                .notReachable, "the archive is asked by DIMSE, and `\(name)` has no place to be called",
                at: attribute.place, hint: "give it `title`, `host` and `port`, or write by=\"web\"")
        }
        if archive.access == .web, peer.url == nil {
            parser.error(
                .notReachable, "the archive is asked by DICOMweb, and `\(name)` has no address for that",
                at: attribute.place, hint: "give it `url`, or write by=\"dimse\"")
        }
        return archive
    }

    func identityProvider(_ element: XMLElement) -> GatewayConfiguration.IdentityProvider {
        var provider = GatewayConfiguration.IdentityProvider(
            issuer: element.attribute("issuer")?.trimmed ?? "", audience: element.attribute("audience")?.trimmed ?? "")
        provider.roots = parser.file(element, "roots")
        provider.skew = parser.duration(element, "skew") ?? provider.skew
        provider.subject = element.attribute("subject")?.trimmed ?? provider.subject
        if provider.issuer.hasPrefix("http://"), let attribute = element.attribute("issuer"),
            !["http://127.0.0.1", "http://localhost", "http://[::1]"].contains(where: provider.issuer.hasPrefix)
        {
            parser.error(
                .impossibleValue, "whoever is between us and the issuer could give us keys of his own",
                at: attribute.place, hint: "write https://")
        }
        return provider
    }

    func asker(_ element: XMLElement) -> GatewayConfiguration.Asker? {
        guard let audience = element.attribute("audience")?.trimmed else { return nil }
        var asker = GatewayConfiguration.Asker(audience: audience)
        asker.peers = parser.names(element, "peers", of: peers, role: .ask)
        asker.title = element.attribute("title")?.trimmed
        asker.certificate = element.attribute("certificate")?.trimmed
        asker.user = element.attribute("user")?.trimmed
        asker.claim = claim(element)
        asker.deidentified =
            element.attribute("deidentified")?.trimmed.flatMap(GatewayConfiguration.Asker.Deidentified.init)
        let given = ["peers", "title", "certificate", "user", "claim"].contains { element.attribute($0) != nil }
        if !given {
            parser.error(
                .incomplete, "everybody would be this asker", at: element.place,
                hint: "give `peers`, `title`, `certificate`, `user`, or `claim` and `value`")
        }
        return asker
    }

    func breakGlass(_ element: XMLElement) -> GatewayConfiguration.BreakGlass? {
        guard let audience = element.attribute("audience")?.trimmed, let claim = claim(element) else { return nil }
        var breakGlass = GatewayConfiguration.BreakGlass(audience: audience, claim: claim)
        breakGlass.acr = element.attribute("acr")?.trimmed
        breakGlass.amr = element.attribute("amr")?.words.map(\.text) ?? []
        breakGlass.lasts = parser.duration(element, "lasts") ?? breakGlass.lasts
        return breakGlass
    }

    /// Names and passcodes. What is wrong in it is told here, not when the gateway starts.
    func users(_ element: XMLElement) -> String? {
        guard let attribute = element.attribute("file"), let path = parser.path(element, "file") else { return nil }
        do throws(GatewayError) { _ = try UserList(path: path) } catch {
            parser.error(.unreadableFile, error.message, at: attribute.place)
        }
        return path
    }

    /// What can be said only when all has been read.
    func check(_ configuration: GatewayConfiguration) {
        if let archive = configuration.archive, archive.access == .dimse, archive.retrieval == .move,
            configuration.dicom.isEmpty, let element = parser.only("archive")
        {
            parser.error(
                .notReachable, "the archive is to move objects to us, and there is no listener for them",
                at: element.place, hint: "write <dicom host=\"…\" port=\"…\" titles=\"…\"/>, or retrieve=\"get\"")
        }
        for element in parser.root.children(named: "asker") where configuration.users == nil {
            guard let attribute = element.attribute("user") else { continue }
            parser.warning(
                .incomplete, "nobody is this user: no passcode is known", at: attribute.place,
                hint: "write <users file=\"…\"/>")
        }
        for element in parser.root.children(named: "peer") {
            // Of one that cannot be told from others has been spoken.
            guard let id = element.attribute("id")?.trimmed, let peer = peers[id], peer.roles.contains(.tell),
                peer.certificate != nil || peer.claim != nil, let attribute = element.attribute("roles")
            else { continue }
            if configuration.hl7 == nil {
                parser.error(
                    .incomplete, "`\(id)` tells of patients, and nothing says what its codes mean", at: attribute.place,
                    hint: "write `hl7` with <code field=\"meta.security\" …/>")
            } else if configuration.web.isEmpty {
                parser.error(
                    .notCallable, "`\(id)` tells of patients by FHIR, and there is no listener for that",
                    at: attribute.place, hint: "write <web host=\"…\" port=\"…\" login=\"certificate\">")
            }
        }
    }

    /// What a token must say. Tokens need somebody who signs them.
    func claim(_ element: XMLElement) -> GatewayConfiguration.Claim? {
        let name = element.attribute("claim"), value = element.attribute("value")
        guard let written = name ?? value else { return nil }
        if parser.only("identity-provider") == nil {
            parser.error(
                .noTokens, "claims stand in tokens, and nobody is there who signs them", at: written.place,
                hint: "write <identity-provider issuer=\"https://…\" audience=\"…\"/>")
        }
        guard let claim = name?.trimmed, let value = value?.trimmed else {
            parser.error(
                .incomplete, "`claim` and `value` go together", at: written.place,
                hint: "write both: claim=\"groups\" value=\"radiology\"")
            return nil
        }
        return GatewayConfiguration.Claim(name: claim, value: value)
    }

    func hl7(_ element: XMLElement) -> GatewayConfiguration.HL7 {
        func words(_ name: String) -> Set<String> { Set(element.attribute(name)?.words.map(\.text) ?? []) }
        var hl7 = GatewayConfiguration.HL7()
        hl7.feed = element.attribute("feed")?.trimmed ?? hl7.feed
        hl7.issuer = element.attribute("issuer")?.trimmed
        hl7.characterSet = element.attribute("spelling")?.trimmed ?? hl7.characterSet
        hl7.unknown = element.attribute("unknown")?.trimmed
        hl7.identifierTypes = words("identifiers")
        hl7.servers = element.attribute("base")?.words.map(\.text) ?? []
        if !words("messages").isEmpty { hl7.messageTypes = words("messages") }
        for code in element.children(named: "code") {
            guard let field = code.attribute("field")?.trimmed, let value = code.attribute("value")?.trimmed else {
                continue
            }
            let tells = code.attribute("tells-of-hold")?.trimmed
            hl7.codes.append(
                GatewayConfiguration.HL7.Code(
                    field: field, value: value, system: code.attribute("system")?.trimmed,
                    label: code.attribute("label")?.trimmed, tellsOfHold: tells == "true" || tells == "1"))
        }
        for authority in element.children(named: "authority") {
            guard let name = authority.attribute("name")?.trimmed, let issuer = authority.attribute("issuer")?.trimmed
            else { continue }
            hl7.authorities[name] = issuer
        }
        if hl7.codes.allSatisfy({ $0.label == nil }), hl7.unknown == nil {
            parser.error(
                .incomplete, "no code has a label, so that what a message says would come to nothing",
                at: element.place,
                hint: "write <code field=\"PV1-16\" value=\"VIP\" label=\"vip\"/>, or unknown=\"sensitive\"")
        }
        return hl7
    }
}
