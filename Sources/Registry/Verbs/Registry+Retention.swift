internal import CustodyLog
public import Host

extension Registry {
    /// Keeps the bytes of a scope until a time. Several may run: bytes are free when the last has run out.
    public func retain(
        _ scope: Scope, until: Instant, mode: Retention.Mode, reason: String, by person: Person, at time: Instant
    ) throws -> Retention {
        try Words.check(scope)
        try Words.check(reason, "reason")
        guard time < until else {
            throw RegistryError(.invalid, "the retention would have run out already", advice: "give a later date")
        }
        return try storage.write { transaction in
            let retention = Retention(
                id: try transaction.nextNumber(.retention), scope: scope, mode: mode, until: until, author: person,
                reason: reason, time: time)
            let event = CustodyEvent(
                .retained, time: time, actor: person.name,
                facts: Self.facts(retention) + [CustodyEvent.Fact("scope", ScopeText.kind(scope))],
                personal: scope.personalFacts + [CustodyEvent.Fact("reason", reason)])
            try transaction.insert(retention, leaf: transaction.append(event, about: scope.subjects))
            try transaction.insertAnchors(Anchor.of(scope), of: .retention, retention.id)
            return retention
        }
    }

    /// Makes a retention longer, in either mode.
    public func extend(
        retention id: Int64, until: Instant, reason: String, by person: Person, at time: Instant
    ) throws -> Retention {
        try Words.check(reason, "reason")
        return try storage.write { transaction in
            guard let retention = try transaction.retention(id) else { throw RegistryError.unknown("retention \(id)") }
            guard retention.until < until else {
                throw RegistryError(
                    .invalid, "retention \(id) runs until \(retention.until)",
                    advice: "give a later date, or shorten it")
            }
            return try transaction.change(retention, until, reason, person, time)
        }
    }

    /// Makes a retention of governance mode shorter, for who says expressly that they go round it. One of compliance mode is
    /// never shortened by anybody. The attempt is on the custody log.
    public func shorten(
        retention id: Int64, until: Instant, reason: String, by person: Person, bypassingGovernance: Bool,
        at time: Instant
    ) throws -> Retention {
        try Words.check(reason, "reason")
        return try storage.write { transaction -> Outcome<Retention> in
            guard let retention = try transaction.retention(id) else { throw RegistryError.unknown("retention \(id)") }
            guard until < retention.until else {
                throw RegistryError(
                    .invalid, "retention \(id) runs until \(retention.until)",
                    advice: "give an earlier date, or extend it")
            }
            let refusal: String? =
                switch (retention.mode, bypassingGovernance) {
                case (.compliance, _): "wait until it has run out"
                case (.governance, false): "say expressly that you go round it"
                case (.governance, true): nil
                }
            if let refusal {
                let event = CustodyEvent(
                    .forbidden, time: time, actor: person.name,
                    facts: [CustodyEvent.Fact("act", "shorten-retention")] + Self.facts(retention),
                    personal: [CustodyEvent.Fact("reason", reason)])
                try transaction.append(event, about: retention.scope.subjects)
                return .refused(
                    RegistryError(
                        .forbidden, "retention \(id) is of \(retention.mode.rawValue) mode and is not shortened",
                        advice: refusal, retentions: [retention]))
            }
            return .done(try transaction.change(retention, until, reason, person, time))
        }.get()
    }

    public func retention(_ id: Int64) throws -> Retention? { try storage.read { try $0.retention(id) } }

    /// Retentions by number, in pages; those that have run out too.
    public func retentions(after id: Int64 = 0, limit: Int = .max) throws -> [Retention] {
        try storage.read { try $0.retentions(after: id, limit: limit) }
    }

    /// Retentions that cover an instance, or may.
    public func retentions(inForceFor instance: Instance, at time: Instant) throws -> [Retention] {
        try storage.read { try $0.retentions(covering: instance, at: time) }
    }

    fileprivate static func facts(_ retention: Retention) -> [CustodyEvent.Fact] {
        [
            CustodyEvent.Fact("retention", String(retention.id)), CustodyEvent.Fact("mode", retention.mode.rawValue),
            CustodyEvent.Fact("until", retention.until.description),
        ]
    }
}

extension StorageWriting {
    fileprivate func change(
        _ retention: Retention, _ until: Instant, _ reason: String, _ person: Person, _ time: Instant
    ) throws -> Retention {
        var changed = retention
        changed.until = until
        let event = CustodyEvent(
            .retentionChanged, time: time, actor: person.name,
            facts: Registry.facts(changed) + [CustodyEvent.Fact("before", retention.until.description)],
            personal: [CustodyEvent.Fact("reason", reason)])
        try setEnd(until, ofRetention: retention.id, leaf: append(event, about: retention.scope.subjects))
        return changed
    }
}
