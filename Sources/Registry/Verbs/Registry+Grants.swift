internal import CustodyLog
public import Host

extension Registry {
    /// Breaks the glass. Whether the person may is for the caller to say; that it happened is on the custody log, and so in an
    /// audit message (110113 with 110127), before this returns.
    public func breakGlass(_ order: GrantOrder, by person: Person, at time: Instant) throws -> Grant {
        try Words.check(order.scope)
        try Words.check(order.reason, "reason")
        try Words.check(order.proof, "proof of the person")
        if let audience = order.audience { try Words.check(audience, "audience") }
        switch order.scope {
        case .patient, .study: break
        case .instance, .query:
            throw RegistryError(.invalid, "the glass is broken for a patient or a study", advice: "name one of them")
        }
        guard time < order.until else {
            throw RegistryError(.invalid, "the grant would have run out already", advice: "give a later time")
        }
        return try storage.write { transaction -> Outcome<Grant> in
            if let granter = order.grantedBy, try transaction.isOne(granter, person) {
                let event = CustodyEvent(
                    .forbidden, time: time, actor: granter.name, facts: [CustodyEvent.Fact("act", "grant-glass")])
                try transaction.append(event)
                return .refused(
                    RegistryError(
                        .anotherPerson, "nobody grants a look to themselves",
                        advice: "ask somebody else; the attempt was recorded"))
            }
            let grant = Grant(
                id: try transaction.nextNumber(.grant), scope: order.scope, person: person, proof: order.proof,
                reason: order.reason, started: time, until: order.until, audience: order.audience,
                grantedBy: order.grantedBy)
            let event = CustodyEvent(
                .overrideStarted, time: time, actor: person.name,
                facts: [
                    CustodyEvent.Fact("grant", String(grant.id)),
                    CustodyEvent.Fact("scope", ScopeText.kind(grant.scope)),
                    CustodyEvent.Fact("until", grant.until.description),
                ] + (grant.audience.map { [CustodyEvent.Fact("audience", $0)] } ?? [])
                    + (grant.grantedBy.map { [CustodyEvent.Fact("granted-by", $0.name)] } ?? []),
                personal: grant.scope.personalFacts + [
                    CustodyEvent.Fact("proof", grant.proof), CustodyEvent.Fact("reason", grant.reason),
                ])
            try transaction.insert(grant, leaf: transaction.append(event, about: grant.scope.subjects))
            return .done(grant)
        }.get()
    }

    /// Records that somebody tried to break the glass and may not: whatever they wrote. A reason is cut off where it is too long, and
    /// what cannot be about anybody is not on the record.
    public func refuseBreakGlass(_ scope: Scope, reason: String, why: String, by person: Person, at time: Instant)
        throws
    {
        let isMeant = (try? Words.check(scope)) != nil
        let event = CustodyEvent(
            .forbidden, time: time, actor: person.name,
            facts: [CustodyEvent.Fact("act", "break-glass"), CustodyEvent.Fact("why", why)]
                + (isMeant ? [] : [CustodyEvent.Fact("scope", "unusable")]),
            personal: (isMeant ? scope.personalFacts : [])
                + [CustodyEvent.Fact("reason", Words.shortened(reason))])
        let subjects: Set<LeafSubject> = isMeant ? scope.subjects : []
        _ = try storage.write { try $0.append(event, about: subjects) }
    }

    /// Ends a grant before its time, or writes down that its time is over.
    public func end(grant id: Int64, reason: String, by person: Person, at time: Instant) throws -> Grant {
        try Words.check(reason, "reason")
        return try storage.write { transaction in
            guard let grant = try transaction.grant(id) else { throw RegistryError.unknown("grant \(id)") }
            guard grant.end == nil else {
                throw RegistryError(.conflict, "grant \(id) has ended", advice: "")
            }
            return try transaction.end(grant, reason: reason, by: person, at: time)
        }
    }

    /// Writes down of every grant whose time is over that it is (110138).
    ///
    /// - Returns: how many there were.
    @discardableResult
    public func endGrantsRunOut(by person: Person, at time: Instant) throws -> Int {
        let isDue = try storage.read { try $0.openGrants().contains { $0.until <= time } }
        guard isDue else { return 0 }
        return try storage.write { transaction in
            let due = try transaction.openGrants().filter { $0.until <= time }
            for grant in due { _ = try transaction.end(grant, reason: "its time is over", by: person, at: time) }
            return due.count
        }
    }

    /// Records what somebody found who looked at a grant afterwards: never the person whose grant it was, nor who granted it.
    public func review(
        grant id: Int64, isJustified: Bool, remark: String, by person: Person, at time: Instant
    ) throws -> Grant {
        try Words.check(remark, "remark")
        return try storage.write { transaction -> Outcome<Grant> in
            guard let grant = try transaction.grant(id) else { throw RegistryError.unknown("grant \(id)") }
            let isGranter = try grant.grantedBy.map { try transaction.isOne($0, person) } ?? false
            let isOwn = try transaction.isOne(grant.person, person)
            guard !isOwn, !isGranter else {
                let event = CustodyEvent(
                    .forbidden, time: time, actor: person.name,
                    facts: [CustodyEvent.Fact("act", "review-grant"), CustodyEvent.Fact("grant", String(id))])
                try transaction.append(event)
                return .refused(
                    RegistryError(
                        .anotherPerson, "nobody reviews a grant of their own, or one that they granted",
                        advice: "ask somebody else; the attempt was recorded"))
            }
            let event = CustodyEvent(
                .overrideReviewed, time: time, actor: person.name,
                facts: [
                    CustodyEvent.Fact("grant", String(id)),
                    CustodyEvent.Fact("justified", isJustified ? "yes" : "no"),
                ], personal: [CustodyEvent.Fact("remark", remark)])
            let leaf = try transaction.append(event, about: grant.scope.subjects)
            try transaction.append(
                Grant.Review(person: person, isJustified: isJustified, remark: remark, time: time), toGrant: id,
                leaf: leaf)
            guard let reviewed = try transaction.grant(id) else { throw RegistryError.unknown("grant \(id)") }
            return .done(reviewed)
        }.get()
    }

    public func grant(_ id: Int64) throws -> Grant? { try storage.read { try $0.grant(id) } }

    /// Grants by number, in pages; those that have ended too.
    public func grants(after id: Int64 = 0, limit: Int = .max) throws -> [Grant] {
        try storage.read { try $0.grants(after: id, limit: limit) }
    }

    /// How many run; and how many do not, and nobody has reviewed them.
    public func grantCounts(at time: Instant) throws -> (running: Int, unreviewed: Int) {
        try storage.read { try $0.grantCounts(at: time) }
    }

    /// Those that run, or that nobody has reviewed, by number, in pages.
    public func grantsWaiting(after id: Int64 = 0, at time: Instant, limit: Int) throws -> [Grant] {
        try storage.read { try $0.grantsWaiting(after: id, at: time, limit: limit) }
    }

    /// Grants whose time is over, and nobody has written that down.
    public func grantsRunOut(at time: Instant) throws -> [Grant] {
        try storage.read { try $0.openGrants().filter { $0.until <= time } }
    }

    /// What somebody who is proved so may look at now.
    public func grants(runningFor proof: String, at time: Instant) throws -> [Grant] {
        try storage.read { try $0.grants(runningFor: proof, at: time) }
    }
}

extension StorageWriting {
    fileprivate func end(_ grant: Grant, reason: String, by person: Person, at time: Instant) throws -> Grant {
        let event = CustodyEvent(
            .overrideStopped, time: time, actor: person.name,
            facts: [
                CustodyEvent.Fact("grant", String(grant.id)), CustodyEvent.Fact("person", grant.person.name),
            ], personal: grant.scope.personalFacts + [CustodyEvent.Fact("reason", reason)])
        let leaf = try append(event, about: grant.scope.subjects)
        try setEnd(Registry.Wish(person: person, reason: reason, time: time), ofGrant: grant.id, leaf: leaf)
        guard let ended = try self.grant(grant.id) else { throw RegistryError.unknown("grant \(grant.id)") }
        return ended
    }
}
