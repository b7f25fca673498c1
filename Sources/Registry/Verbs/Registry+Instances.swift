internal import CustodyLog

extension Registry {
    /// What came of an instance that was received.
    public struct Receipt: Hashable, Sendable {
        public var digest: String
        /// Whether these bytes were never seen before.
        public var isNew: Bool
        /// Of the custody log.
        public var leaf: Int
    }

    /// Records that an instance came. The same bytes again are recorded as an event; a removed instance that comes again is
    /// there again.
    @discardableResult
    public func receive(_ instance: Instance, by person: Person) throws -> Receipt {
        guard let receipt = try receive([instance], by: person).first else {
            throw RegistryError(.damaged, "nothing was recorded", advice: "please report this")
        }
        return receipt
    }

    /// Records that instances came, all or none.
    @discardableResult
    public func receive(_ instances: [Instance], by person: Person) throws -> [Receipt] {
        try check(instances)
        return try storage.write { transaction in
            try instances.map { try Self.receive($0, isKept: true, by: person, transaction) }
        }
    }

    func check(_ instances: [Instance]) throws {
        for instance in instances {
            try Words.checkDigest(instance.digest, "digest")
            guard instance.size >= 0 else {
                throw RegistryError(.invalid, "an instance has a negative size", advice: "give its size in bytes")
            }
        }
    }

    static func receive(
        _ instance: Instance, isKept: Bool, by person: Person, _ transaction: any StorageWriting
    ) throws -> Receipt {
        let known = try transaction.instance(instance.digest)
        var event = CustodyEvent(
            .received, time: instance.received, actor: person.name,
            facts: [
                CustodyEvent.Fact("digest", instance.digest), CustodyEvent.Fact("size", String(instance.size)),
                CustodyEvent.Fact("source", instance.source), CustodyEvent.Fact("new", known == nil ? "yes" : "no"),
                CustodyEvent.Fact("kept", isKept ? "yes" : "no"),
            ])
        // It was removed, or seen and not kept, and is there again.
        if known?.removed != nil { event.facts.append(CustodyEvent.Fact("returned", "yes")) }
        for attribute in [InstanceAttribute.patientID, .issuerOfPatientID, .studyInstanceUID, .sopInstanceUID] {
            if let value = instance.attributes[attribute] {
                event.personal.append(CustodyEvent.Fact(attribute.rawValue, value))
            }
        }
        let leaf = try transaction.append(event, about: instance.subjects)
        if let known {
            if known.removed != nil { try transaction.setRemoved(instance.digest, at: nil, leaf: leaf) }
            // Its patient was forgotten meanwhile, and is known again.
            if known.instance.attributes.isEmpty, known.instance.unreadable.isEmpty {
                try transaction.setAttributes(
                    instance.attributes, unreadable: instance.unreadable, of: instance.digest)
            }
        } else {
            try transaction.insert(RecordedInstance(instance: instance, leaf: leaf))
        }
        return Receipt(digest: instance.digest, isNew: known == nil, leaf: leaf)
    }

    public func instance(_ digest: String) throws -> RecordedInstance? {
        try storage.read { try $0.instance(digest) }
    }

    public func instances(sopInstanceUID uid: String) throws -> [RecordedInstance] {
        try storage.read { try $0.instances(.sopInstance(FoldedText.trimmed(uid)), after: nil, limit: .max) }
    }

    public func instances(inStudy uid: String) throws -> [RecordedInstance] {
        try storage.read { try $0.instances(.study(FoldedText.trimmed(uid)), after: nil, limit: .max) }
    }

    public func instanceCount() throws -> Int { try storage.read { try $0.instanceCount() } }

    /// What a scope is about, by digest. For a patient, also what may be theirs; for a query, only what certainly matches,
    /// as a C-FIND answers.
    ///
    /// - Parameters:
    ///   - after: a digest; only greater ones are given, so that all can be read in pages.
    ///   - limit: of the page.
    public func instances(
        matching scope: Scope, after: String? = nil, limit: Int = .max
    ) throws -> [RecordedInstance] {
        try Words.check(scope)
        return try storage.read { try $0.instances(matching: scope, after: after, limit: limit) }
    }

    /// How many instances a scope is about, as far as they are counted.
    public func instanceCount(matching scope: Scope, upTo most: Int) throws -> Int {
        try Words.check(scope)
        return try storage.read { try $0.instances(matching: scope, limit: most).count }
    }

    /// How many instances a scope is about, as far as they are counted: for words to people, who do not wait for a million.
    ///
    /// - Parameter looking: at how many instances. What a query without an exact term is about is found by looking at all.
    /// - Returns: how many were found, and whether those are all.
    public func instanceCount(
        matching scope: Scope, upTo most: Int, looking limit: Int
    ) throws -> (count: Int, isAll: Bool) {
        try Words.check(scope)
        return try storage.read { try $0.instanceCount(matching: scope, upTo: most, looking: limit) }
    }
}

extension StorageReading {
    /// Instances that a scope is about. Whose patient may be meant are among them; what a query cannot tell is not.
    func instances(
        matching scope: Scope, after: String? = nil, limit: Int = .max
    ) throws -> [RecordedInstance] {
        let agreement = if case .query = scope { Agreement.yes } else { Agreement.unknown }
        var found: [String: RecordedInstance] = [:]
        // Of a patient also what goes by another name of his, as far as links stand.
        var scopes = [scope]
        if case .patient(let patient) = scope {
            scopes += try aliases(of: [patient]).filter { $0.until == nil }.map { .patient($0.identity) }
        }
        let selections = Set(try scopes.flatMap { try self.selections(of: $0) })
        let pageSize = 1000
        // Whom its study names is looked up once for each study, not for each instance.
        var named: [String: [PatientIdentity]] = [:]
        for selection in selections {
            var last = after
            var taken = 0
            while taken < limit {
                let page = try instances(selection, after: last, limit: min(pageSize, limit))
                for record in page where taken < limit {
                    let study = record.instance.attributes[.studyInstanceUID] ?? ""
                    let patients = try named[study] ?? self.patients(of: record.instance)
                    if named.count > 10_000 { named = [:] }
                    named[study] = patients
                    let isMeant = scopes.contains {
                        $0.agreement(with: record.instance, patients: patients) >= agreement
                    }
                    guard isMeant else { continue }
                    found[record.instance.digest] = record
                    taken += 1
                }
                guard page.count == min(pageSize, limit), let end = page.last else { break }
                last = end.instance.digest
            }
        }
        return Array(found.values.sorted { $0.instance.digest < $1.instance.digest }.prefix(limit))
    }

    fileprivate func instanceCount(
        matching scope: Scope, upTo most: Int, looking limit: Int
    ) throws -> (count: Int, isAll: Bool) {
        let agreement = if case .query = scope { Agreement.yes } else { Agreement.unknown }
        var scopes = [scope]
        if case .patient(let patient) = scope {
            scopes += try aliases(of: [patient]).filter { $0.until == nil }.map { .patient($0.identity) }
        }
        var found: Set<String> = []
        var left = limit
        for selection in Set(try scopes.flatMap { try self.selections(of: $0) }) {
            let page = try instances(selection, after: nil, limit: left)
            // Whom its study names is looked up once for each study, not for each instance.
            var patients: [String: [PatientIdentity]] = [:]
            for record in page {
                let study = record.instance.attributes[.studyInstanceUID] ?? ""
                let named = try patients[study] ?? self.patients(of: record.instance)
                patients[study] = named
                guard scopes.contains(where: { $0.agreement(with: record.instance, patients: named) >= agreement })
                else { continue }
                found.insert(record.instance.digest)
                if found.count >= most { return (most, false) }
            }
            left -= page.count
            guard left > 0 else { return (found.count, false) }
        }
        return (found.count, true)
    }

    /// The narrowest indices that have all that certainly match.
    func selections(of scope: Scope) throws -> [InstanceSelection] {
        switch scope {
        case .patient(let patient):
            // The whole study of a patient counts, also where one instance does not say whose it is.
            let key = FoldedText.key(patient.id)
            let studies = Set(try studies(ofPatientKey: key).map(\.study))
            return [.patientKey(key)] + studies.sorted().map { .study($0) }
        case .study(let uid): return [.study(FoldedText.trimmed(uid))]
        case .instance(let uid): return [.sopInstance(FoldedText.trimmed(uid))]
        case .query(let query):
            for attribute in InstanceAttribute.bySelectivity {
                for term in query.terms where term.attribute == attribute {
                    guard case .oneOf(let keys)? = TermPattern(term) else { continue }
                    switch attribute {
                    case .sopInstanceUID: return keys.sorted().map { .sopInstance($0) }
                    case .studyInstanceUID: return keys.sorted().map { .study($0) }
                    case .accessionNumber: return keys.sorted().map { .accessionKey($0) }
                    case .patientID: return keys.sorted().map { .patientKey($0) }
                    default: continue
                    }
                }
            }
            return [.all]
        }
    }

    /// Whom an instance's studies name.
    func patients(of instance: Instance) throws -> [PatientIdentity] {
        try instance.values(of: .studyInstanceUID).flatMap { try patients(ofStudy: $0) }
    }
}
