public import CustodyLog

extension StorageWriting {
    /// Appends what happened to the custody log: the one place where leaves are made.
    ///
    /// - Returns: the index of the leaf, which is the order in which transactions end.
    @discardableResult
    func append(_ event: CustodyEvent, about subjects: Set<LeafSubject> = []) throws -> Int {
        let (leaf, openings) = try EventLeaf.make(of: event)
        let index = try logSize()
        let nodes = try MerkleTree.append(leaf.hash, at: index, node: node(at:))
        // What has no opening needs no way back to it.
        try appendLeaf(leaf, openings: openings, nodes: nodes, about: openings.isEmpty ? [] : subjects)
        return index
    }
}

extension Registry {
    /// Reads one state of the custody log, in which nothing changes meanwhile.
    public func readLog<Result: Sendable>(
        _ body: @escaping @Sendable (any LogReading) throws -> Result
    ) throws -> Result {
        try storage.read { try body($0) }
    }

    /// Events that have no record of their own, and are told by who did it.
    public static let freeKinds: Set<CustodyEvent.Kind> = [
        .viewed, .queried, .exported, .produced, .verified, .vaultChecked, .moved, .keyRotated, .backedUp, .restored,
        .recalled, .loggedIn, .loggedOut, .loginRefused, .accessRefused, .accountChanged, .deliveryReleased,
        .kept, .overrideRequested, .overrideDeclined, .ruleSetProposed, .ruleSetSigned,
        .ruleSetUploaded, .ruleSetDiscarded,
    ]

    /// Records what somebody saw, asked, exported, produced, verified, moved or checked.
    ///
    /// - Parameter scopes: whom and what the personal facts are about, so that they are found when somebody is to be
    ///   forgotten.
    /// - Returns: the index of the leaf on the custody log.
    @discardableResult
    public func record(_ event: CustodyEvent, about scopes: [Scope] = []) throws -> Int {
        guard Self.freeKinds.contains(event.kind) else {
            throw RegistryError(
                .invalid, "`\(event.kind.rawValue)` is recorded with what it tells of", advice: "use its own verb")
        }
        let subjects = Set(scopes.flatMap(\.subjects))
        return try storage.write { try $0.append(event, about: subjects) }
    }
}

extension Scope {
    /// Whom and what a leaf about this scope is about. Of a query, those that it names outright.
    var subjects: Set<LeafSubject> {
        switch self {
        case .patient(let patient): [.patient(FoldedText.key(patient.id))]
        case .study(let uid): [.study(FoldedText.trimmed(uid))]
        case .instance(let uid): [.instance(FoldedText.trimmed(uid))]
        case .query(let query):
            Set(
                query.terms.flatMap { term -> [LeafSubject] in
                    guard case .oneOf(let keys)? = TermPattern(term) else { return [] }
                    return keys.compactMap { key in
                        switch term.attribute {
                        case .patientID: .patient(key)
                        case .studyInstanceUID: .study(key)
                        case .sopInstanceUID: .instance(key)
                        default: nil
                        }
                    }
                })
        }
    }

    /// As facts of an event: what kind it is in the clear, the rest as commitments.
    var personalFacts: [CustodyEvent.Fact] {
        switch self {
        case .patient(let patient):
            [CustodyEvent.Fact("PatientID", patient.id)]
                + (patient.issuer.map { [CustodyEvent.Fact("IssuerOfPatientID", $0)] } ?? [])
        case .study(let uid): [CustodyEvent.Fact("StudyInstanceUID", uid)]
        case .instance(let uid): [CustodyEvent.Fact("SOPInstanceUID", uid)]
        case .query: [CustodyEvent.Fact("query", ScopeText.value(self))]
        }
    }
}

extension Instance {
    var subjects: Set<LeafSubject> {
        Set(
            values(of: .patientID).map { .patient(FoldedText.key($0)) }
                + values(of: .studyInstanceUID).map { .study($0) }
                + values(of: .sopInstanceUID).map { .instance($0) })
    }
}
