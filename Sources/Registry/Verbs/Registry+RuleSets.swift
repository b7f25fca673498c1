internal import CustodyLog
public import Host

extension Registry {
    /// Records that a rule set decides from now on.
    ///
    /// - Parameter goingBack: says expressly that an earlier revision is meant.
    @discardableResult
    public func activate(
        ruleSet: String, revision: Int64, digest: String, tier: Int, reason: String, by person: Person,
        goingBack: Bool = false, at time: Instant
    ) throws -> Activation {
        try Words.check(ruleSet, "name of the rule set")
        try Words.check(reason, "reason")
        try Words.checkDigest(digest, "digest of the rule set")
        return try storage.write { transaction in
            let earlier = try transaction.activations(ofRuleSet: ruleSet)
            if let same = earlier.last(where: { $0.revision == revision }), same.digest != digest {
                throw RegistryError(
                    .conflict, "revision \(revision) of the rule set was another one", advice: "give it a new revision")
            }
            if let highest = earlier.map(\.revision).max(), revision < highest, !goingBack {
                throw RegistryError(
                    .conflict, "revision \(highest) of the rule set was active already",
                    advice: "give a later revision, or say expressly that you go back")
            }
            let activation = Activation(
                id: try transaction.nextNumber(.activation), ruleSet: ruleSet, revision: revision, digest: digest,
                tier: tier, author: person, reason: reason, time: time)
            let event = CustodyEvent(
                .ruleSetActivated, time: time, actor: person.name,
                facts: [
                    CustodyEvent.Fact("activation", String(activation.id)), CustodyEvent.Fact("rule-set", ruleSet),
                    CustodyEvent.Fact("revision", String(revision)), CustodyEvent.Fact("rule-set-digest", digest),
                    CustodyEvent.Fact("tier", String(tier)),
                ], personal: [CustodyEvent.Fact("reason", reason)])
            try transaction.insert(activation, leaf: transaction.append(event))
            return activation
        }
    }

    /// In the order in which they were activated; the last one decides.
    public func activations(ofRuleSet ruleSet: String) throws -> [Activation] {
        try storage.read { try $0.activations(ofRuleSet: ruleSet) }
    }

    public func activations(after id: Int64 = 0, limit: Int = .max) throws -> [Activation] {
        try storage.read { try $0.activations(after: id, limit: limit) }
    }
}
