internal import CustodyLog
public import Host

extension Registry {
    /// Decides whether an act may be done (P6), and records it, or the attempt, in the same transaction.
    ///
    /// While a hold covers anything that the act is about, it is refused; so is what changes bytes while a retention covers
    /// them. What cannot be told counts as covered. Bytes that the registry does not know are nobody's to remove.
    ///
    /// A permit for the same bytes may be asked for again, as by somebody who was interrupted before he could use it.
    ///
    /// - Returns: leave to do it. For a label that tells of a hold, see `withdraw(label:reason:by:at:)`.
    /// - Throws: `RegistryError` with code `forbidden` and all that forbids it; the attempt is then on the custody log.
    @discardableResult
    public func perform(
        _ act: Act, on target: ActTarget = .none, by person: Person, reason: String, at time: Instant
    ) throws -> RemovalPermit {
        try Words.check(reason, "reason")
        if case .acceptRejection(let code) = act, !Act.rejectionCodes.contains(code) {
            throw RegistryError(
                .invalid, "`\(code)` is not the title of a rejection note",
                advice: "IHE IOCM has 113001, 113037, 113038, 113039")
        }
        if case .withdrawLabel(let id) = act {
            let leaf = try withdrawal(of: id, reason: reason, by: person, at: time).leaf
            return RemovalPermit(act: act, digests: [], leaf: leaf)
        }
        return try storage.write { transaction in
            let records = try transaction.records(act, target)
            let obstacles = try transaction.obstacles(to: act, on: records.map(\.instance), at: time)
            let digests = records.map(\.instance.digest)
            let facts = Self.facts(act)
            let personal = [CustodyEvent.Fact("reason", reason)]
            let subjects = records.reduce(into: Set<LeafSubject>()) { $0.formUnion($1.instance.subjects) }
            guard obstacles.isEmpty else {
                let event = CustodyEvent(
                    .forbidden, time: time, actor: person.name, facts: facts + obstacles.facts, personal: personal)
                try transaction.append(event, digests: digests, about: subjects)
                return Outcome<RemovalPermit>.refused(obstacles.error(act))
            }
            let event = CustodyEvent(
                act.kind, time: time, actor: person.name, facts: facts, personal: personal)
            let leaf = try transaction.append(event, digests: digests, about: subjects)
            switch act {
            case .delete, .overwrite, .coerce:
                for digest in digests { try transaction.setRemoved(digest, at: time, leaf: leaf) }
            case .destroyKey(let fingerprint): try transaction.setDestroyed(key: fingerprint, leaf: leaf)
            case .acceptRejection, .withdrawLabel: break
            }
            return .done(RemovalPermit(act: act, digests: digests, leaf: leaf))
        }.get()
    }

    /// What would forbid an act now, without trying it.
    public func obstacles(
        to act: Act, on target: ActTarget = .none, at time: Instant
    ) throws -> (holds: [Hold], retentions: [Retention]) {
        let error = try storage.read { transaction -> RegistryError? in
            let records = try transaction.records(act, target)
            let obstacles = try transaction.obstacles(to: act, on: records.map(\.instance), at: time)
            return obstacles.isEmpty ? nil : obstacles.error(act)
        }
        return (error?.holds ?? [], error?.retentions ?? [])
    }

    private static func facts(_ act: Act) -> [CustodyEvent.Fact] {
        var facts = [CustodyEvent.Fact("act", act.name)]
        switch act {
        case .delete, .overwrite, .coerce: break
        case .withdrawLabel(let id): facts.append(CustodyEvent.Fact("label", String(id)))
        case .destroyKey(let fingerprint): facts.append(CustodyEvent.Fact("key", fingerprint))
        case .acceptRejection(let code): facts.append(CustodyEvent.Fact("code", code))
        }
        return facts
    }
}

extension Act {
    fileprivate var kind: CustodyEvent.Kind {
        switch self {
        case .delete: .deleted
        case .overwrite: .overwritten
        case .coerce: .coerced
        case .withdrawLabel: .labelWithdrawn
        case .destroyKey: .keyDestroyed
        case .acceptRejection: .rejected
        }
    }
}

extension StorageReading {
    /// The instances that an act is about, sorted by digest. What is not known cannot be shown to be free.
    fileprivate func records(_ act: Act, _ target: ActTarget) throws -> [RecordedInstance] {
        var found: [String: RecordedInstance] = [:]
        func add(_ records: [RecordedInstance], _ what: String) throws {
            guard !records.isEmpty else { throw RegistryError.unknown(what) }
            for record in records { found[record.instance.digest] = record }
        }
        switch target {
        case .bytes(let digests):
            for digest in digests { try add(instance(digest).map { [$0] } ?? [], "instance with this digest") }
        case .instances(let uids):
            for uid in uids { try add(instances(.sopInstance(uid), after: nil, limit: .max), "instance with this UID") }
        case .study(let uid): try add(instances(.study(uid), after: nil, limit: .max), "study with this UID")
        case .none: break
        }
        let needsBytes =
            switch act {
            case .delete, .overwrite, .coerce, .acceptRejection: true
            case .withdrawLabel, .destroyKey: false
            }
        guard needsBytes == !found.isEmpty else {
            throw RegistryError(
                .invalid, "`\(act.name)` \(needsBytes ? "needs" : "is not about") instances",
                advice: "name what it is done on")
        }
        return found.values.sorted { $0.instance.digest < $1.instance.digest }
    }
}

extension StorageWriting {
    /// One leaf for each hundred digests, so that no leaf grows with a study.
    ///
    /// - Returns: the index of the first.
    @discardableResult
    func append(
        _ event: CustodyEvent, digests: [String], about subjects: Set<LeafSubject>
    ) throws -> Int {
        let size = 100
        let first = try logSize()
        for start in stride(from: 0, to: max(1, digests.count), by: size) {
            var part = event
            part.facts.append(CustodyEvent.Fact("instances", String(digests.count)))
            part.facts += digests.dropFirst(start).prefix(size).map { CustodyEvent.Fact("digest", $0) }
            try append(part, about: subjects)
        }
        return first
    }
}
