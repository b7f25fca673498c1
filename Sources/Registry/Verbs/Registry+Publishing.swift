internal import CustodyLog
public import Host

extension InstanceKnowledge {
    /// What decisions see of it, a line each: `hold certain M 9`, `label vip patient uncertain 12`. Nothing in them names a patient.
    /// The same hold or label of the same certainty is the same line.
    public var statements: Set<String> {
        func certainty(_ isCertain: Bool) -> String { isCertain ? "certain" : "uncertain" }
        return Set(
            holds.map { "hold \(certainty($0.isCertain)) \($0.record.matter)" }
                + labels.map {
                    let scope = ScopeText.kind($0.record.scope)
                    return "label \($0.record.label) \(scope) \(certainty($0.isCertain)) \($0.record.id)"
                })
    }
}

/// An instance whose copy is about to leave, and what the decision went by.
public struct LeavingInstance: Hashable, Sendable {
    public var instance: Instance
    /// `InstanceKnowledge.statements` as they were when it was decided.
    public var known: Set<String>
    /// Of the copy, 64 hexadecimal digits.
    public var output: String
    /// Fingerprint of the key that made pseudonyms, where one did.
    public var key: String?

    public init(instance: Instance, known: Set<String>, output: String, key: String?) {
        self.instance = instance
        self.known = known
        self.output = output
        self.key = key
    }
}

/// Whether something may leave that was decided elsewhere, and before.
public enum Leave: Hashable, Sendable {
    /// The index of the leaf that says so.
    case given(leaf: Int)
    /// What is known now and was not then, and what was known then and is not now. It stays, and the log says that it did.
    case withheld(appeared: [String], gone: [String])
}

extension Registry {
    /// Gives instances leave to go to an audience, all or none: if holds and labels on each are what they were when it was decided,
    /// and the key still stands. It is asked and written down in one transaction, so that whatever else is recorded came before and
    /// counted, or comes after.
    ///
    /// - Parameter facts: what the log says beside: which item, which rule set. Nothing that names a patient.
    public func leave(
        for leaving: [LeavingInstance], audience: String, facts: [(name: String, value: String)], by person: Person,
        at time: Instant
    ) throws -> Leave {
        guard !leaving.isEmpty else {
            throw RegistryError(.invalid, "nothing is to leave", advice: "name what is")
        }
        try check(leaving.map(\.instance))
        for one in leaving { try Words.checkDigest(one.output, "digest of the copy") }
        try Words.check(audience, "audience")
        let facts = [CustodyEvent.Fact("audience", audience)] + facts.map { CustodyEvent.Fact($0.name, $0.value) }
        return try storage.write { transaction in
            var appeared = Set<String>(), gone = Set<String>()
            // What covers a study is read once, not for each of its instances while all others wait to write.
            let memory = RecordMemory()
            for one in leaving {
                let view = try InstanceView(of: one.instance, in: transaction, memory: memory)
                let now = InstanceKnowledge(
                    holds: try view.holds(at: time), labels: try view.labels(at: time)
                ).statements
                appeared.formUnion(now.subtracting(one.known))
                gone.formUnion(one.known.subtracting(now))
                if let key = one.key, try transaction.key(key)?.isDestroyed ?? false { gone.insert("key \(key)") }
            }
            if appeared.isEmpty, gone.isEmpty {
                let event = CustodyEvent(.exported, time: time, actor: person.name, facts: facts)
                return .given(leaf: try transaction.append(event, digests: leaving.map(\.output), about: []))
            }
            var event = CustodyEvent(.withheld, time: time, actor: person.name, facts: facts)
            let most = 50
            event.facts += appeared.sorted().prefix(most).map { CustodyEvent.Fact("appeared", $0) }
            event.facts += gone.sorted().prefix(most).map { CustodyEvent.Fact("gone", $0) }
            _ = try transaction.append(event, digests: leaving.map(\.instance.digest), about: [])
            return .withheld(appeared: appeared.sorted(), gone: gone.sorted())
        }
    }

    /// Whether a rule placed a hold of this matter on this scope, released since or not.
    public func hasHold(ofRule rule: String, matter: String, scope: Scope) throws -> Bool {
        try storage.read { try $0.hold(ofRule: rule, matter: matter, scope: scope) != nil }
    }
}
