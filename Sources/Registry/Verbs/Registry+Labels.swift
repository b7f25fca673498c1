internal import CustodyLog
public import Host

extension Registry {
    /// What came of a wish to withdraw a label.
    public enum LabelWithdrawal: Hashable, Sendable {
        case withdrawn(LabelRecord)
        /// It tells of a hold: somebody else must wish it too.
        case requested(LabelRecord)
    }

    /// Gives a label.
    ///
    /// - Parameters:
    ///   - tellsOfHold: whether the rule set's label says that something is held, as one with the code (113021, DCM) does.
    ///   - expires: when it ends by itself.
    public func label(
        _ label: String, on scope: Scope, source: LabelRecord.Source = .person, tellsOfHold: Bool = false,
        reason: String, expires: Instant? = nil, by person: Person, at time: Instant
    ) throws -> LabelRecord {
        try Words.check(label, "label")
        try Words.check(reason, "reason")
        try Words.check(scope)
        if let expires, expires <= time {
            throw RegistryError(.invalid, "the label would have expired already", advice: "give a later date")
        }
        return try storage.write { transaction in
            try transaction.give(
                LabelRecord(
                    id: 0, label: label, scope: scope, source: source, reason: reason, author: person, time: time,
                    expires: expires, tellsOfHold: tellsOfHold || source == .hold))
        }
    }

    /// Gives several labels with one reason: all or none.
    public func labels(
        _ labels: [String], on scope: Scope, reason: String, by person: Person, at time: Instant
    ) throws -> [LabelRecord] {
        for label in labels { try Words.check(label, "label") }
        try Words.check(reason, "reason")
        try Words.check(scope)
        return try storage.write { transaction in
            try labels.map { label in
                try transaction.give(
                    LabelRecord(
                        id: 0, label: label, scope: scope, source: .person, reason: reason, author: person, time: time,
                        expires: nil, tellsOfHold: false))
            }
        }
    }

    /// Withdraws a label, with a record of its own. While a hold covers what the label is about, it stays (P6). One that
    /// tells of a hold is withdrawn when a second person wishes it too.
    public func withdraw(
        label id: Int64, reason: String, by person: Person, at time: Instant
    ) throws -> LabelWithdrawal {
        try Words.check(reason, "reason")
        return try withdrawal(of: id, reason: reason, by: person, at: time).result
    }

    func withdrawal(
        of id: Int64, reason: String, by person: Person, at time: Instant
    ) throws -> (result: LabelWithdrawal, leaf: Int) {
        let done = try storage.write { try $0.withdraw(label: id, reason: reason, by: person, at: time) }.get()
        return (done.result, done.leaf)
    }

    public func label(_ id: Int64) throws -> LabelRecord? { try storage.read { try $0.label(id) } }

    /// Labels by number, in pages; those that have ended too.
    public func labels(after id: Int64 = 0, limit: Int = .max) throws -> [LabelRecord] {
        try storage.read { try $0.labels(after: id, limit: limit) }
    }

    /// Labels in force for an instance, whether it has been received or is about to be: its own, its study's, its patient's,
    /// and those of queries that it matches, or may.
    public func labels(for instance: Instance, at time: Instant) throws -> [LabelRecord] {
        try storage.read { try InstanceView(of: instance, in: $0).labels(at: time).map(\.record) }
    }

    /// Labels in force for any of some instances, by number, in one state of the registry.
    public func labels(forAny instances: [Instance], at time: Instant) throws -> [LabelRecord] {
        try storage.read { transaction in
            let memory = RecordMemory()
            var found: [Int64: LabelRecord] = [:]
            for instance in instances {
                let view = try InstanceView(of: instance, in: transaction, memory: memory)
                for label in try view.labels(at: time) { found[label.record.id] = label.record }
            }
            return found.values.sorted { $0.id < $1.id }
        }
    }

    /// Labels in force that are given to this patient, study or instance by name; a patient without an issuer may be any
    /// issuer's.
    public func labels(
        patient: PatientIdentity? = nil, study: String? = nil, instance: String? = nil, at time: Instant
    ) throws -> [LabelRecord] {
        var attributes: [InstanceAttribute: String] = [:]
        if let patient {
            attributes[.patientID] = patient.id
            attributes[.issuerOfPatientID] = patient.issuer
        }
        attributes[.studyInstanceUID] = study
        attributes[.sopInstanceUID] = instance
        let named = Instance(digest: "", size: 0, attributes: attributes, received: time, source: "")
        return try labels(for: named, at: time).filter {
            if case .query = $0.scope { false } else { true }
        }
    }
}

/// A withdrawal, or a wish for one, and the leaf that tells of it.
struct LeafedWithdrawal: Sendable {
    var result: Registry.LabelWithdrawal
    var leaf: Int
}

extension StorageWriting {
    /// Gives a label the next number, records it, and makes it found.
    func give(_ label: LabelRecord) throws -> LabelRecord {
        var record = label
        record.id = try nextNumber(.label)
        let scope = record.scope
        let event = CustodyEvent(
            .labelled, time: record.time, actor: record.author.name,
            facts: [
                CustodyEvent.Fact("number", String(record.id)), CustodyEvent.Fact("label", record.label),
                CustodyEvent.Fact("scope", ScopeText.kind(scope)),
                CustodyEvent.Fact("source", record.source.rawValue),
            ] + (record.origin.map { [CustodyEvent.Fact("origin", $0)] } ?? [])
                + (record.expires.map { [CustodyEvent.Fact("expires", $0.description)] } ?? []),
            personal: scope.personalFacts + [CustodyEvent.Fact("reason", record.reason)])
        try insert(record, leaf: append(event, about: scope.subjects))
        try insertAnchors(Anchor.of(scope), of: .label, record.id)
        return record
    }

    /// Withdraws a label, asks for it, or records that it was tried and refused.
    ///
    /// - Parameter isFeed: whether another system wishes it. It is nobody: where two people are needed, its wish is kept beside
    ///   theirs, and both are still needed.
    func withdraw(
        label id: Int64, reason: String, by person: Person, isFeed: Bool = false, at time: Instant
    ) throws -> Outcome<LeafedWithdrawal> {
        guard let label = try label(id) else { throw RegistryError.unknown("label \(id)") }
        if label.withdrawal != nil {
            throw RegistryError(.conflict, "label \(id) has been withdrawn", advice: "")
        }
        let subjects = label.scope.subjects
        // As the leaf has it that gave the label: who reads this one need not look for that.
        let facts = [
            CustodyEvent.Fact("number", String(id)), CustodyEvent.Fact("label", label.label),
            CustodyEvent.Fact("scope", ScopeText.kind(label.scope)),
            CustodyEvent.Fact("source", label.source.rawValue),
        ]
        let personal = label.scope.personalFacts + [CustodyEvent.Fact("reason", reason)]
        let act = Act.withdrawLabel(id)
        func refuse(_ more: [CustodyEvent.Fact], _ error: RegistryError) throws -> Outcome<LeafedWithdrawal> {
            let event = CustodyEvent(
                .forbidden, time: time, actor: person.name,
                facts: [CustodyEvent.Fact("act", act.name)] + facts + more, personal: personal)
            try append(event, about: subjects)
            return .refused(error)
        }
        let obstacles = try obstacles(to: act, on: [], at: time)
        guard obstacles.isEmpty else { return try refuse(obstacles.facts, obstacles.error(act)) }
        let request = label.withdrawalRequest
        if label.tellsOfHold {
            guard !isFeed else {
                let event = CustodyEvent(
                    .labelWithdrawalRequested, time: time, actor: person.name,
                    facts: facts + [CustodyEvent.Fact("feed", "yes")], personal: personal)
                let leaf = try append(event, about: subjects)
                let wish = Registry.Wish(person: person, reason: reason, time: time)
                try setFeedWish(wish, ofLabel: id, leaf: leaf)
                return .done(LeafedWithdrawal(result: .requested(try known(id)), leaf: leaf))
            }
            guard let request else {
                let event = CustodyEvent(
                    .labelWithdrawalRequested, time: time, actor: person.name, facts: facts, personal: personal)
                let leaf = try append(event, about: subjects)
                let wish = Registry.Wish(person: person, reason: reason, time: time)
                try setWithdrawalRequest(wish, ofLabel: id, leaf: leaf)
                return .done(LeafedWithdrawal(result: .requested(try known(id)), leaf: leaf))
            }
            if try isOne(request.person, person) {
                return try refuse(
                    [],
                    RegistryError(
                        .anotherPerson, "two people withdraw a label that tells of a hold",
                        advice: "ask somebody else; the attempt was recorded"))
            }
        }
        let more = request.map { [CustodyEvent.Fact("requested-by", $0.person.name)] } ?? []
        let event = CustodyEvent(
            .labelWithdrawn, time: time, actor: person.name, facts: facts + more, personal: personal)
        let leaf = try append(event, about: subjects)
        let withdrawal =
            request.map {
                LabelRecord.Withdrawal(reason: $0.reason, author: $0.person, second: person, time: time)
            } ?? LabelRecord.Withdrawal(reason: reason, author: person, time: time)
        try setWithdrawal(withdrawal, ofLabel: id, leaf: leaf)
        return .done(LeafedWithdrawal(result: .withdrawn(try known(id)), leaf: leaf))
    }

    private func known(_ id: Int64) throws -> LabelRecord {
        guard let label = try label(id) else { throw RegistryError.unknown("label \(id)") }
        return label
    }
}
