internal import CustodyLog
public import Host

extension Registry {
    /// Places a hold. It stands until two others release it.
    public func place(_ order: HoldOrder, by person: Person, at time: Instant) throws -> Hold {
        try placement(of: order, by: person, at: time).hold
    }

    /// Places what a rule wants, unless it placed it before.
    ///
    /// - Returns: the hold, which may have been released since; and whether it is new.
    public func placement(
        of order: HoldOrder, by person: Person, at time: Instant
    ) throws -> (hold: Hold, isNew: Bool) {
        try Words.check(order.matter, "matter")
        try Words.check(order.custodian, "custodian")
        try Words.check(order.reason, "reason")
        try Words.check(order.authority, "authority")
        try Words.check(order.scope)
        if let rule = order.rule { try Words.check(rule, "rule") }
        if let review = order.review, review <= time {
            throw RegistryError(.invalid, "the review lies in the past", advice: "give a later date")
        }
        let number = try storage.write { transaction -> (Int64, Bool) in
            if let rule = order.rule,
                let known = try transaction.hold(ofRule: rule, matter: order.matter, scope: order.scope)
            {
                return (known.id, false)
            }
            let hold = Hold(
                id: try transaction.nextNumber(.hold), matter: order.matter, custodian: order.custodian,
                reason: order.reason, authority: order.authority, scope: order.scope, placedBy: person,
                rule: order.rule, placed: time,
                start: order.start ?? time, review: order.review)
            let event = CustodyEvent(
                .held, time: time, actor: person.name,
                facts: Self.facts(hold) + [
                    CustodyEvent.Fact("scope", ScopeText.kind(hold.scope)),
                    CustodyEvent.Fact("start", hold.start.description),
                ] + (hold.review.map { [CustodyEvent.Fact("review", $0.description)] } ?? [])
                    + (hold.rule.map { [CustodyEvent.Fact("rule", $0)] } ?? []),
                personal: hold.scope.personalFacts + [
                    CustodyEvent.Fact("custodian", hold.custodian), CustodyEvent.Fact("authority", hold.authority),
                    CustodyEvent.Fact("reason", hold.reason),
                ])
            try transaction.insert(hold, leaf: transaction.append(event, about: hold.scope.subjects))
            try transaction.insertAnchors(Anchor.of(hold.scope), of: .hold, hold.id)
            return (hold.id, true)
        }
        guard let hold = try hold(number.0) else { throw RegistryError.unknown("hold \(number.0)") }
        return (hold, number.1)
    }

    /// Records that somebody asked whether the hold is still needed, and it is.
    ///
    /// - Parameter next: when to ask again; nil for never.
    public func review(
        hold id: Int64, reason: String, next: Instant?, by person: Person, at time: Instant
    ) throws -> Hold {
        try Words.check(reason, "reason")
        if let next, next <= time {
            throw RegistryError(.invalid, "the next review lies in the past", advice: "give a later date")
        }
        return try storage.write { transaction in
            let hold = try transaction.unreleasedHold(id)
            let review = Hold.Review(person: person, reason: reason, time: time, next: next)
            let leaf = try transaction.append(
                Self.event(.holdReviewed, hold, reason, person, time)
                    .adding(next.map { [CustodyEvent.Fact("next", $0.description)] } ?? []),
                about: hold.scope.subjects)
            try transaction.append(review, toHold: id, leaf: leaf)
            return try transaction.unreleasedHold(id)
        }
    }

    /// The first of two wishes to release, by another than who placed the hold.
    public func requestRelease(
        ofHold id: Int64, reason: String, by person: Person, at time: Instant
    ) throws -> Hold {
        try Words.check(reason, "reason")
        return try storage.write { transaction in
            let hold = try transaction.unreleasedHold(id)
            if try transaction.isOne(hold.placedBy, person) {
                return try transaction.refuse(
                    "request-release", hold, person, time, "who placed a hold does not release it")
            }
            if hold.releaseRequest != nil {
                throw RegistryError(
                    .conflict, "the release of hold \(id) has been asked for",
                    advice: "somebody else approves or declines it")
            }
            let leaf = try transaction.append(
                Self.event(.releaseRequested, hold, reason, person, time), about: hold.scope.subjects)
            try transaction.setReleaseRequest(Wish(person: person, reason: reason, time: time), ofHold: id, leaf: leaf)
            return .done(try transaction.unreleasedHold(id))
        }.get()
    }

    /// Takes back the wish to release a hold: whoever asked, or somebody else who does not agree.
    public func declineRelease(
        ofHold id: Int64, reason: String, by person: Person, at time: Instant
    ) throws -> Hold {
        try Words.check(reason, "reason")
        return try storage.write { transaction in
            let hold = try transaction.unreleasedHold(id)
            guard hold.releaseRequest != nil else { throw Self.notRequested(id) }
            let leaf = try transaction.append(
                Self.event(.releaseDeclined, hold, reason, person, time), about: hold.scope.subjects)
            try transaction.setReleaseRequest(nil, ofHold: id, leaf: leaf)
            return try transaction.unreleasedHold(id)
        }
    }

    /// Releases a hold: the second wish, by yet another person. What other holds cover stays held.
    public func approveRelease(
        ofHold id: Int64, reason: String, by person: Person, at time: Instant
    ) throws -> Hold {
        try Words.check(reason, "reason")
        return try storage.write { transaction in
            let hold = try transaction.unreleasedHold(id)
            if try transaction.isOne(hold.placedBy, person) {
                return try transaction.refuse(
                    "approve-release", hold, person, time, "who placed a hold does not release it")
            }
            guard let request = hold.releaseRequest else { throw Self.notRequested(id) }
            if try transaction.isOne(request.person, person) {
                return try transaction.refuse(
                    "approve-release", hold, person, time, "who asks for a release does not approve it")
            }
            // Nobody knew so when it was asked for.
            if try transaction.isOne(hold.placedBy, request.person) {
                throw RegistryError(
                    .conflict, "who asked for the release of hold \(id) placed it, under another name",
                    advice: "decline it, and somebody else asks")
            }
            let leaf = try transaction.append(
                Self.event(.released, hold, reason, person, time)
                    .adding([CustodyEvent.Fact("requested-by", request.person.name)]),
                about: hold.scope.subjects)
            try transaction.setRelease(Wish(person: person, reason: reason, time: time), ofHold: id, leaf: leaf)
            try transaction.removeAnchors(of: .hold, id)
            guard let released = try transaction.hold(id) else { throw RegistryError.unknown("hold \(id)") }
            return .done(released)
        }.get()
    }

    public func hold(_ id: Int64) throws -> Hold? { try storage.read { try $0.hold(id) } }

    /// Holds of a matter by number, in pages; released ones too, unless told otherwise.
    public func holds(
        matter: String, after id: Int64 = 0, unreleasedOnly: Bool = false, limit: Int = .max
    ) throws -> [Hold] {
        try storage.read { try $0.holds(matter: matter, after: id, unreleasedOnly: unreleasedOnly, limit: limit) }
    }

    /// How many holds there are that nobody has released, and of how many of them the review is due.
    public func holdCounts(at time: Instant) throws -> (inForce: Int, due: Int) {
        try storage.read { try $0.holdCounts(at: time) }
    }

    /// Holds of which the release was asked for, and nobody has approved it, by number.
    public func holdsToRelease(after id: Int64 = 0, limit: Int) throws -> [Hold] {
        try storage.read { try $0.holdsToRelease(after: id, limit: limit) }
    }

    /// Holds by number, in pages; released ones too, unless told otherwise.
    public func holds(after id: Int64 = 0, unreleasedOnly: Bool = false, limit: Int = .max) throws -> [Hold] {
        try storage.read { try $0.holds(after: id, unreleasedOnly: unreleasedOnly, limit: limit) }
    }

    /// Holds that cover an instance, or may, whether it has been received or is about to be.
    public func holds(inForceFor instance: Instance, at time: Instant) throws -> [Hold] {
        try storage.read { try $0.holds(covering: instance, at: time) }
    }

    /// Holds that cover an instance that was received.
    public func holds(inForceFor digest: String, at time: Instant) throws -> [Hold] {
        try storage.read { transaction in
            guard let record = try transaction.instance(digest) else {
                throw RegistryError.unknown("instance with this digest")
            }
            return try transaction.holds(covering: record.instance, at: time)
        }
    }

    /// Holds that cover any instance of a study, and those on the study before any has come.
    public func holds(inForceForStudy uid: String, at time: Instant) throws -> [Hold] {
        try storage.read { try $0.holds(overlapping: .study(uid), at: time) }
    }

    // MARK: - What the verbs share

    private static func notRequested(_ id: Int64) -> RegistryError {
        RegistryError(
            .conflict, "nobody has asked for the release of hold \(id)", advice: "one person asks, another approves")
    }

    fileprivate static func facts(_ hold: Hold) -> [CustodyEvent.Fact] {
        [CustodyEvent.Fact("hold", String(hold.id)), CustodyEvent.Fact("matter", hold.matter)]
    }

    private static func event(
        _ kind: CustodyEvent.Kind, _ hold: Hold, _ reason: String, _ person: Person, _ time: Instant
    ) -> CustodyEvent {
        CustodyEvent(
            kind, time: time, actor: person.name, facts: facts(hold),
            personal: [CustodyEvent.Fact("reason", reason)])
    }
}

extension CustodyEvent {
    func adding(_ facts: [Fact]) -> CustodyEvent {
        var event = self
        event.facts += facts
        return event
    }
}

extension StorageReading {
    fileprivate func unreleasedHold(_ id: Int64) throws -> Hold {
        guard let hold = try hold(id) else { throw RegistryError.unknown("hold \(id)") }
        guard hold.isInForce else {
            throw RegistryError(
                .conflict, "hold \(id) has been released", advice: "place another if it is needed again")
        }
        return hold
    }
}

extension StorageWriting {
    /// Records that somebody tried what somebody else must do.
    fileprivate func refuse(
        _ act: String, _ hold: Hold, _ person: Person, _ time: Instant, _ why: String
    ) throws -> Outcome<Hold> {
        let event = CustodyEvent(
            .forbidden, time: time, actor: person.name,
            facts: [CustodyEvent.Fact("act", act)] + Registry.facts(hold))
        try append(event)
        return .refused(RegistryError(.anotherPerson, why, advice: "ask somebody else; the attempt was recorded"))
    }
}
