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

    /// What a token must say. Tokens need somebody who signs them.
    private func claim(_ element: XMLElement) -> GatewayConfiguration.Claim? {
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
        var hl7 = GatewayConfiguration.HL7()
        hl7.issuer = element.attribute("issuer")?.trimmed
        hl7.characterSet = element.attribute("spelling")?.trimmed ?? hl7.characterSet
        for code in element.children(named: "code") {
            guard let field = code.attribute("field")?.trimmed, let value = code.attribute("value")?.trimmed,
                let label = code.attribute("label")?.trimmed, let number = Int(field.drop { $0 != "-" }.dropFirst())
            else { continue }
            hl7.codes.append(
                GatewayConfiguration.HL7.Code(
                    segment: String(field.prefix(3)), field: number, value: value, label: label))
        }
        return hl7
    }
}
