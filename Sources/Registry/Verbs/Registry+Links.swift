internal import CustodyLog
public import Host

extension Registry {
    /// Says that two identities are one patient. What is held, labelled and retained of one, is of both from now on.
    ///
    /// Such knowledge is never certain of the other identity: it restricts, and lifts nothing.
    /// - Returns: the link, and whether it is new.
    public func link(
        _ one: PatientIdentity, _ other: PatientIdentity, kind: PatientLink.Kind, reason: String, by person: Person,
        at time: Instant
    ) throws -> (link: PatientLink, isNew: Bool) {
        try Words.check(reason, "reason")
        try Words.check(.patient(one))
        try Words.check(.patient(other))
        let result = try storage.write { try $0.link(one, other, kind, reason: reason, by: person, at: time) }
        return (result.link, result.isNew)
    }

    /// Ends a link, not a merge. What was placed before its end stays for both: nothing is freed by it.
    public func unlink(link id: Int64, reason: String, by person: Person, at time: Instant) throws -> PatientLink {
        try Words.check(reason, "reason")
        return try storage.write { transaction in
            guard let link = try transaction.link(id) else { throw RegistryError.unknown("link \(id)") }
            return try transaction.end(link, reason: reason, by: person, at: time)
        }
    }

    public func link(_ id: Int64) throws -> PatientLink? { try storage.read { try $0.link(id) } }

    /// Links by number, in pages; those that have ended too.
    public func links(after id: Int64 = 0, limit: Int = .max) throws -> [PatientLink] {
        try storage.read { try $0.links(after: id, limit: limit) }
    }

    /// All other identities that a patient is known by, as far as links stand.
    public func aliases(of patient: PatientIdentity) throws -> [PatientIdentity] {
        try storage.read { try $0.aliases(of: [patient]).filter { $0.until == nil }.map(\.identity) }
    }
}

/// A link, and whether it is new.
struct FoundLink: Sendable {
    var link: PatientLink
    var isNew: Bool
}

extension StorageWriting {
    func link(
        _ one: PatientIdentity, _ other: PatientIdentity, _ kind: PatientLink.Kind, reason: String, by person: Person,
        at time: Instant
    ) throws -> FoundLink {
        guard one != other else {
            throw RegistryError(.invalid, "a patient is not linked with himself", advice: "give two identities")
        }
        let known = try links(ofPatientKeys: [FoldedText.key(one.id)]).first {
            $0.kind == kind && $0.ended == nil && $0.isBetween(one, other)
        }
        if let known { return FoundLink(link: known, isNew: false) }
        let link = PatientLink(
            id: try nextNumber(.link), kind: kind, one: one, other: other, reason: reason, author: person, time: time)
        try insert(link, leaf: append(link.event(.linked, reason, person, time), about: link.subjects))
        return FoundLink(link: link, isNew: true)
    }

    func end(_ link: PatientLink, reason: String, by person: Person, at time: Instant) throws -> PatientLink {
        guard link.kind == .link else {
            throw RegistryError(.conflict, "link \(link.id) is a merge", advice: "a merge stands for good")
        }
        guard link.ended == nil else {
            throw RegistryError(.conflict, "link \(link.id) has ended", advice: "")
        }
        let leaf = try append(link.event(.unlinked, reason, person, time), about: link.subjects)
        try setEnd(Registry.Wish(person: person, reason: reason, time: time), ofLink: link.id, leaf: leaf)
        guard let ended = try self.link(link.id) else { throw RegistryError.unknown("link \(link.id)") }
        return ended
    }
}

extension PatientLink {
    /// Whether it is between these very two, in either order.
    func isBetween(_ first: PatientIdentity, _ second: PatientIdentity) -> Bool {
        (one.agreement(with: first) == .yes && other.agreement(with: second) == .yes)
            || (one.agreement(with: second) == .yes && other.agreement(with: first) == .yes)
    }

    var subjects: Set<LeafSubject> { Scope.patient(one).subjects.union(Scope.patient(other).subjects) }

    /// By names of their own: a leaf that names two patients is forgotten with either.
    var personalFacts: [CustodyEvent.Fact] {
        [CustodyEvent.Fact("one", one.id), CustodyEvent.Fact("other", other.id)]
            + (one.issuer.map { [CustodyEvent.Fact("one-issuer", $0)] } ?? [])
            + (other.issuer.map { [CustodyEvent.Fact("other-issuer", $0)] } ?? [])
    }

    fileprivate func event(
        _ event: CustodyEvent.Kind, _ reason: String, _ person: Person, _ time: Instant
    ) -> CustodyEvent {
        CustodyEvent(
            event, time: time, actor: person.name,
            facts: [CustodyEvent.Fact("number", String(id)), CustodyEvent.Fact("link", kind.rawValue)],
            personal: personalFacts + [CustodyEvent.Fact("reason", reason)])
    }
}
