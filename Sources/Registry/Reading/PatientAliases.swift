internal import Host

/// Another identity of a patient, by links.
struct PatientAlias: Hashable {
    var identity: PatientIdentity
    /// Nil while the links stand. After one of them ended, what was placed until then is still about both.
    var until: Instant?

    /// Whether what was placed at a time is about both.
    func covers(_ time: Instant) -> Bool { until.map { time <= $0 } ?? true }
}

extension StorageReading {
    /// All other identities of these, by whatever number of links. Where an issuer is not given, it may be the one that is
    /// linked. An identity that is reached in several ways is given with the way that lasts longest.
    func aliases(of identities: [PatientIdentity]) throws -> [PatientAlias] {
        guard !identities.isEmpty else { return [] }
        var found: [PatientIdentity: Instant?] = [:]
        var open = Set(identities).map { PatientAlias(identity: $0, until: nil) }
        while !open.isEmpty {
            var next: [PatientAlias] = []
            let links = try links(ofPatientKeys: Set(open.map { FoldedText.key($0.identity.id) }))
            guard !links.isEmpty else { break }
            for alias in open {
                for link in links {
                    let until = [alias.until, link.ended?.time].compactMap { $0 }.min()
                    for (near, far) in [(link.one, link.other), (link.other, link.one)]
                    where near.mayBe(alias.identity) {
                        if let known = found[far], Self.lastsAsLong(known, until) { continue }
                        found[far] = .some(until)
                        next.append(PatientAlias(identity: far, until: until))
                    }
                }
            }
            open = next
        }
        let own = Set(identities)
        return found.filter { !own.contains($0.key) }.map { PatientAlias(identity: $0.key, until: $0.value) }
            .sorted { ($0.identity.id, $0.identity.issuer ?? "") < ($1.identity.id, $1.identity.issuer ?? "") }
    }

    private static func lastsAsLong(_ one: Instant?, _ other: Instant?) -> Bool {
        guard let one else { return true }
        return other.map { one >= $0 } ?? false
    }
}

extension Instance {
    /// The same instance, were it another identity's.
    func renamed(_ identity: PatientIdentity) -> Instance {
        var instance = self
        instance.attributes[.patientID] = identity.id
        instance.attributes[.issuerOfPatientID] = identity.issuer
        return instance
    }
}
