internal import CustodyLog
public import Host

extension Registry {
    /// What was forgotten of a person.
    public struct Erasure: Hashable, Sendable {
        /// Leaves whose commitments nobody can open any more.
        public var leaves: Int
        public var instances: Int
        /// The leaf that tells of it, without saying of whom.
        public var leaf: Int
    }

    /// Forgets a person: what opens the commitments on the custody log, what instances, labels, released holds and
    /// retentions that have run out say of whom they are about. The log's leaves and proofs stay as they are; digests stay.
    /// It cannot be undone.
    ///
    /// Refused while a hold or a retention covers anything of the person, and while bytes of theirs are still kept: those are
    /// deleted first, each by an act of its own. Rows of lists are the site's to remove.
    public func erase(
        _ patient: PatientIdentity, reason: String, by person: Person, at time: Instant
    ) throws -> Erasure {
        let scope = Scope.patient(patient)
        try Words.check(scope)
        try Words.check(reason, "reason")
        return try storage.write { transaction -> Outcome<Erasure> in
            let records = try transaction.instances(matching: scope)
            var obstacles = try transaction.obstacles(to: .delete, on: records.map(\.instance), at: time)
            obstacles.add(try transaction.holds(overlapping: scope, at: time))
            guard obstacles.isEmpty else {
                let event = CustodyEvent(
                    .forbidden, time: time, actor: person.name,
                    facts: [CustodyEvent.Fact("act", "erase")] + obstacles.facts,
                    personal: [CustodyEvent.Fact("reason", reason)] + scope.personalFacts)
                try transaction.append(event, about: scope.subjects)
                return .refused(obstacles.error(.delete))
            }
            guard records.allSatisfy({ $0.removed != nil }) else {
                throw RegistryError(
                    .conflict, "bytes of this person are still kept", advice: "delete them first")
            }
            return .done(try transaction.erase(patient, records, by: person, reason: reason, at: time))
        }.get()
    }
}

extension StorageWriting {
    fileprivate func erase(
        _ patient: PatientIdentity, _ records: [RecordedInstance], by person: Person, reason: String, at time: Instant
    ) throws -> Registry.Erasure {
        let scope = Scope.patient(patient)
        // Studies and instances that are this person's alone.
        var subjects = scope.subjects
        for record in records { subjects.formUnion(record.instance.subjects) }
        subjects = try subjects.filter { subject in
            switch subject {
            case .patient(let key): key == FoldedText.key(patient.id)
            case .study(let uid): try patients(ofStudy: uid).allSatisfy(patient.mayBe)
            case .instance: true
            }
        }
        let leaves = Set(try subjects.flatMap { try self.leaves(about: $0) })
        for leaf in leaves { try removeOpenings(ofLeaf: leaf) }
        for subject in subjects { try removeLeaves(about: subject) }
        for record in records { try setAttributes([:], unreadable: [], of: record.instance.digest) }
        let index = try append(
            CustodyEvent(
                .erased, time: time, actor: person.name,
                facts: [
                    CustodyEvent.Fact("leaves", String(leaves.count)),
                    CustodyEvent.Fact("instances", String(records.count)),
                ]))
        try forgetScopes(subjects, patient, leaf: index)
        return Registry.Erasure(leaves: leaves.count, instances: records.count, leaf: index)
    }

    /// Labels, holds and retentions about the person keep their numbers and lose whom they were about.
    private func forgetScopes(_ subjects: Set<LeafSubject>, _ patient: PatientIdentity, leaf: Int) throws {
        let forgotten = Scope.patient(PatientIdentity(id: "erased \(leaf)"))
        let anchors = Set(subjects.map(\.key))
        func isMeant(_ scope: Scope) -> Bool {
            if case .patient(let other) = scope { return patient.mayBe(other) }
            return !anchors.isDisjoint(with: Anchor.of(scope))
        }
        func forget(_ kind: AnchoredKind, _ id: Int64) throws {
            try setScope(forgotten, of: kind, id)
            try removeAnchors(of: kind, id)
        }
        for id in try owners(.label, anchors: anchors, attributes: []) {
            if let label = try label(id), isMeant(label.scope) { try forget(.label, id) }
        }
        for id in try owners(.retention, anchors: anchors, attributes: []) {
            if let retention = try retention(id), isMeant(retention.scope) { try forget(.retention, id) }
        }
        // Released holds are in no index.
        var last: Int64 = 0
        while true {
            let page = try holds(after: last, unreleasedOnly: false, limit: 1000)
            for hold in page where isMeant(hold.scope) { try forget(.hold, hold.id) }
            guard page.count == 1000, let end = page.last else { return }
            last = end.id
        }
    }
}
