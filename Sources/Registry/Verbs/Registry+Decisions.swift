internal import CustodyLog
internal import Host

extension Registry {
    /// Records what was decided for an instance that has been received.
    ///
    /// - Returns: the entry with its number.
    @discardableResult
    public func record(_ decision: DecisionEntry) throws -> DecisionEntry {
        guard let entry = try record([decision]).first else {
            throw RegistryError(.damaged, "nothing was recorded", advice: "please report this")
        }
        return entry
    }

    /// Records decisions, all or none.
    ///
    /// - Parameter once: whether what was decided last for the instance and the audience, whoever and whenever, is not recorded
    ///   again, as when a run that was cut short goes on. What was decided before something else is recorded anew.
    @discardableResult
    public func record(_ decisions: [DecisionEntry], once: Bool = false) throws -> [DecisionEntry] {
        for decision in decisions {
            try Words.checkDigest(decision.instance, "digest of the instance")
            try Words.checkDigest(decision.ruleSetDigest, "digest of the rule set")
            if let output = decision.output { try Words.checkDigest(output, "digest of the output") }
            try Words.check(decision.audience, "audience")
            guard ["release", "flag", "deidentify", "sequester"].contains(decision.disposition) else {
                throw RegistryError(
                    .invalid, "there is no such disposition", advice: "release, flag, deidentify or sequester")
            }
        }
        return try storage.write { transaction in
            try decisions.map { try transaction.record($0, once: once) }
        }
    }

    public func decision(_ id: Int64) throws -> DecisionEntry? { try storage.read { try $0.decision(id) } }

    /// The last decisions for each audience of some instances, in one state of the registry.
    ///
    /// - Parameter ruleSet: of this one; nil for whichever decided last.
    public func lastDecisions(ofInstances digests: [String], ruleSet: String?) throws -> [DecisionEntry] {
        try storage.read { transaction in
            try digests.flatMap { try transaction.lastDecisions(ofInstance: $0, ruleSet: ruleSet) }
        }
    }

    /// In the order in which they were recorded.
    public func decisions(ofInstance digest: String) throws -> [DecisionEntry] {
        try storage.read { try $0.decisions(ofInstance: digest) }
    }
}

extension StorageWriting {
    fileprivate func record(_ decision: DecisionEntry, once: Bool) throws -> DecisionEntry {
        guard let record = try instance(decision.instance) else {
            throw RegistryError.unknown("instance with the digest that was decided on")
        }
        var entry = decision
        if once {
            if let known = try decisions(ofInstance: decision.instance).last(where: { $0.audience == decision.audience }
            ) {
                entry.id = known.id
                entry.time = known.time
                entry.author = known.author
                if entry == known { return known }
            }
            entry = decision
        }
        entry.id = try nextNumber(.decision)
        var facts = [
            CustodyEvent.Fact("decision", String(entry.id)), CustodyEvent.Fact("digest", entry.instance),
            CustodyEvent.Fact("audience", entry.audience), CustodyEvent.Fact("disposition", entry.disposition),
            CustodyEvent.Fact("rule-set", entry.ruleSet), CustodyEvent.Fact("revision", String(entry.revision)),
            CustodyEvent.Fact("rule-set-digest", entry.ruleSetDigest), CustodyEvent.Fact("tier", String(entry.tier)),
            CustodyEvent.Fact("explanation", ContentDigest(of: entry.explanation.utf8).hexadecimal),
        ]
        if let profile = entry.profile { facts.append(CustodyEvent.Fact("profile", profile)) }
        if let key = entry.key { facts.append(CustodyEvent.Fact("key", key)) }
        if let output = entry.output { facts.append(CustodyEvent.Fact("output", output)) }
        let leaf = try append(
            CustodyEvent(.decided, time: entry.time, actor: entry.author.name, facts: facts))
        try insert(entry, leaf: leaf)
        if let fingerprint = entry.key {
            if try key(fingerprint)?.isDestroyed ?? false {
                throw RegistryError(
                    .conflict, "the key of the decision is recorded as destroyed", advice: "use the site's present key")
            }
            // Work of which the study cannot be told counts as work on any.
            let isTold = !record.instance.unreadable.contains(.studyInstanceUID)
            let studies = record.instance.values(of: .studyInstanceUID)
            for study in isTold && !studies.isEmpty ? studies : [""] {
                try insertKeyUse(fingerprint, study: study)
            }
        }
        return entry
    }
}
