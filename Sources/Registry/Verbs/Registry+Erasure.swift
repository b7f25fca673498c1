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
    /// Refused while a hold or a retention covers anything of the person, while a label on them is in force, and while bytes of
    /// theirs are still kept: those are withdrawn and deleted first, each by an act of its own. What may be another's, of
    /// whom the ID is the same and the issuer is not, or is not given, stays. Rows of lists are the site's to remove.
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
            let own = try records.filter { try transaction.isCertain($0.instance, of: patient) }
            guard own.allSatisfy({ $0.removed != nil }) else {
                throw RegistryError(
                    .conflict, "bytes of this person are still kept", advice: "delete them first")
            }
            return .done(try transaction.erase(patient, own, by: person, reason: reason, at: time))
        }.get()
    }
}

extension StorageReading {
    /// Whether an instance is this person's and nobody else's: by the IDs in it, or without any, by those of its study.
    fileprivate func isCertain(_ instance: Instance, of patient: PatientIdentity) throws -> Bool {
        let named = instance.patients
        let all = try named.isEmpty ? patients(of: instance) : named
        return !all.isEmpty && all.allSatisfy { patient.agreement(with: $0) == .yes }
    }

    /// Whether what opens a leaf names this person, or nobody by an ID. A link names two, and is forgotten with either.
    fileprivate func mayForget(_ leaf: Int, of patient: PatientIdentity) throws -> Bool {
        let openings = try openings(at: leaf)
        let linked = ["one", "other"].compactMap { name in
            openings.first { $0.name == name }.map { opening in
                PatientIdentity(
                    id: opening.value, issuer: openings.first { $0.name == "\(name)-issuer" }?.value)
            }
        }
        if !linked.isEmpty { return linked.contains { patient.agreement(with: $0) == .yes } }
        let issuer = openings.first { $0.name == InstanceAttribute.issuerOfPatientID.rawValue }?.value
        return openings.filter { $0.name == InstanceAttribute.patientID.rawValue }.allSatisfy {
            patient.agreement(with: PatientIdentity(id: $0.value, issuer: issuer)) == .yes
        }
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
            case .study(let uid):
                try patients(ofStudy: uid).allSatisfy { patient.agreement(with: $0) == .yes }
            case .instance: true
            }
        }
        for id in try owners(.label, anchors: Set(subjects.map(\.key)), attributes: []) {
            guard let label = try label(id), label.isInForce(at: time), patient.isMeant(by: label.scope, subjects)
            else {
                continue
            }
            throw RegistryError(
                .conflict, "label \(id) on this person is in force", advice: "withdraw it first, if it is not needed")
        }
        for id in try owners(.retention, anchors: Set(subjects.map(\.key)), attributes: []) {
            guard let retention = try retention(id), time < retention.until,
                patient.isMeant(by: retention.scope, subjects)
            else { continue }
            throw RegistryError(.conflict, "retention \(id) on this person runs", advice: "wait until it has run out")
        }
        let leaves = try Set(subjects.flatMap { try self.leaves(about: $0) }).filter { leaf in
            try mayForget(leaf, of: patient)
        }
        for leaf in leaves.sorted() {
            try removeOpenings(ofLeaf: leaf)
            for subject in subjects { try remove(subject, ofLeaf: leaf) }
        }
        for record in records { try setAttributes([:], unreadable: [], of: record.instance.digest) }
        let index = try append(
            CustodyEvent(
                .erased, time: time, actor: person.name,
                facts: [
                    CustodyEvent.Fact("leaves", String(leaves.count)),
                    CustodyEvent.Fact("instances", String(records.count)),
                ]))
        try forgetScopes(subjects, patient, leaf: index)
        try forgetLinks(patient, leaf: index)
        return Registry.Erasure(leaves: leaves.count, instances: records.count, leaf: index)
    }

    /// Links stay, so that what others are linked with is not torn; they no longer say with whom.
    private func forgetLinks(_ patient: PatientIdentity, leaf: Int) throws {
        let key = FoldedText.key(patient.id)
        let forgotten = PatientIdentity(id: "erased \(leaf)")
        for link in try links(ofPatientKeys: [key]) {
            func kept(_ identity: PatientIdentity) -> PatientIdentity {
                patient.agreement(with: identity) == .yes ? forgotten : identity
            }
            try setIdentities(kept(link.one), kept(link.other), ofLink: link.id)
        }
        try removeLastSaid(ofPatientKey: key)
    }

    /// Labels, holds and retentions about the person keep their numbers and lose whom they were about.
    private func forgetScopes(_ subjects: Set<LeafSubject>, _ patient: PatientIdentity, leaf: Int) throws {
        let forgotten = Scope.patient(PatientIdentity(id: "erased \(leaf)"))
        let anchors = Set(subjects.map(\.key))
        func isMeant(_ scope: Scope) -> Bool { patient.isMeant(by: scope, subjects) }
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
        var grant: Int64 = 0
        while case let page = try grants(after: grant, limit: 1000), let end = page.last {
            for grant in page where isMeant(grant.scope) { try setScope(forgotten, ofGrant: grant.id) }
            grant = end.id
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

extension PatientIdentity {
    /// Whether a scope names this very patient, or something that is theirs alone.
    fileprivate func isMeant(by scope: Scope, _ own: Set<LeafSubject>) -> Bool {
        if case .patient(let other) = scope { return agreement(with: other) == .yes }
        return !Set(own.map(\.key)).isDisjoint(with: Anchor.of(scope))
    }
}
