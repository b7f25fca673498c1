package import Access
internal import Registry

extension AccessPolicy {
    /// What a configuration says of looking. Peers that ask or receive are of the audience that they have, also as destinations
    /// of a C-MOVE.
    package init(_ configuration: GatewayConfiguration) {
        var rows = configuration.askers.map { asker in
            var criteria: Set<AudienceTable.Criterion> = []
            if !asker.peers.isEmpty { criteria.insert(.peers(asker.peers)) }
            if let title = asker.title { criteria.insert(.callingAETitle(title)) }
            if let subject = asker.certificate { criteria.insert(.certificateSubject(subject)) }
            if let user = asker.user { criteria.insert(.user(user)) }
            if let claim = asker.claim { criteria.insert(.claim(name: claim.name, value: claim.value)) }
            return AudienceTable.Row(audience: asker.audience, criteria: criteria)
        }
        for peer in configuration.peers.values.sorted(by: { $0.id < $1.id }) {
            guard let audience = peer.audience, !peer.roles.isDisjoint(with: [.receive, .ask]) else { continue }
            rows.append(AudienceTable.Row(audience: audience, criteria: [.peers([peer.id])]))
        }
        // Two rows of an audience that list it differently: as the one does that shows less.
        let order: [DeidentifiedStudies] = [.deidentified, .masked, .withheld]
        func rank(_ shown: DeidentifiedStudies) -> Int { order.firstIndex(of: shown) ?? order.count }
        var deidentified: [String: DeidentifiedStudies] = [:]
        for asker in configuration.askers {
            let shown = asker.deidentified.flatMap { DeidentifiedStudies(rawValue: $0.rawValue) } ?? .masked
            let known = deidentified[asker.audience]
            deidentified[asker.audience] = known.map { rank($0) >= rank(shown) ? $0 : shown } ?? shown
        }
        self.init(
            table: AudienceTable(rows: rows),
            unseen: configuration.archive.flatMap { Unseen(rawValue: $0.unseen.rawValue) } ?? .withhold,
            earlierDecisions: configuration.archive.flatMap { EarlierDecisions(rawValue: $0.earlier.rawValue) }
                ?? .asUnseen,
            deidentified: deidentified,
            breakGlass: configuration.breakGlass.map { given in
                BreakGlassPolicy(
                    criteria: [.claim(name: given.claim.name, value: given.claim.value)],
                    acr: given.acr.map { [$0] } ?? [], amr: Set(given.amr),
                    most: .milliseconds(given.lasts), audience: given.audience)
            })
    }
}
