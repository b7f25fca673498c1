internal import CustodyLog
internal import Host

/// Holds each leaf against the record that it tells of.
struct RecordCheck {
    let storage: any StorageReading
    /// How many records of each kind the leaves tell of.
    private var told: [NumberedKind: Int] = [:]
    private var instances = 0
    private var released = Set<Int64>()
    private var withdrawn = Set<Int64>()
    private var ends: [Int64: String] = [:]
    private var ended = Set<Int64>()
    private var stopped = Set<Int64>()
    private var reviews: [Int64: Int] = [:]

    init(storage: any StorageReading) { self.storage = storage }

    mutating func check(_ leaf: EventLeaf, at index: Int, _ check: inout RegistryCheck) throws {
        let isTrue: Bool
        switch leaf.kind {
        case .received:
            if leaf.text("new") == "yes" { instances += 1 }
            isTrue = try storage.instance(leaf.text("digest")) != nil
        case .decided:
            told[.decision, default: 0] += 1
            isTrue = try storage.decision(leaf.number("decision")).map { leaf.tells(of: $0) } ?? false
        case .labelled:
            told[.label, default: 0] += 1
            isTrue = try storage.label(leaf.number("number")).map { leaf.tells(of: $0, try openings(index)) } ?? false
        case .labelWithdrawn:
            withdrawn.insert(leaf.number("number"))
            isTrue = try storage.label(leaf.number("number"))?.withdrawal?.time == leaf.time
        case .labelWithdrawalRequested:
            let label = try storage.label(leaf.number("number"))
            // Leaves of before tell of a feed's wish as of a person's.
            let isOfFeed = label?.feedWish.map { $0.time == leaf.time && $0.person.name == leaf.actor } ?? false
            isTrue = leaf.text("feed") == "yes" ? label?.feedWish != nil : label?.withdrawalRequest != nil || isOfFeed
        case .held:
            told[.hold, default: 0] += 1
            isTrue = try storage.hold(leaf.number("hold")).map { leaf.tells(of: $0, try openings(index)) } ?? false
        case .holdReviewed:
            isTrue =
                try storage.hold(leaf.number("hold"))?.reviews.contains {
                    $0.time == leaf.time && $0.person.name == leaf.actor
                } ?? false
        case .releaseRequested, .releaseDeclined: isTrue = try storage.hold(leaf.number("hold")) != nil
        case .released:
            released.insert(leaf.number("hold"))
            isTrue =
                try storage.hold(leaf.number("hold"))?.release.map {
                    $0.time == leaf.time && $0.person.name == leaf.actor
                } ?? false
        case .retained:
            told[.retention, default: 0] += 1
            ends[leaf.number("retention")] = leaf.text("until")
            isTrue =
                try storage.retention(leaf.number("retention")).map {
                    try leaf.tells(of: $0, openings(index))
                } ?? false
        case .retentionChanged:
            ends[leaf.number("retention")] = leaf.text("until")
            isTrue = try storage.retention(leaf.number("retention")) != nil
        case .deleted, .overwritten, .coerced:
            isTrue = try leaf.facts.filter { $0.name == "digest" }.allSatisfy { try storage.instance($0.value) != nil }
        case .keyDestroyed: isTrue = try storage.key(leaf.text("key"))?.isDestroyed ?? false
        case .listChanged:
            let counts = try storage.listRowCounts(ofLeaf: index)
            told[.listRow, default: 0] += counts.added
            isTrue = counts.added == leaf.number("added") && counts.removed == leaf.number("removed")
        case .ruleSetActivated:
            told[.activation, default: 0] += 1
            isTrue = try storage.activation(leaf.number("activation")).map { leaf.tells(of: $0) } ?? false
        case .overrideStarted:
            told[.grant, default: 0] += 1
            isTrue = try storage.grant(leaf.number("grant")).map { leaf.tells(of: $0, try openings(index)) } ?? false
        case .overrideStopped:
            stopped.insert(leaf.number("grant"))
            isTrue =
                try storage.grant(leaf.number("grant"))?.end.map {
                    $0.time == leaf.time && $0.person.name == leaf.actor
                } ?? false
        case .overrideReviewed:
            reviews[leaf.number("grant"), default: 0] += 1
            isTrue =
                try storage.grant(leaf.number("grant"))?.reviews.contains {
                    $0.time == leaf.time && $0.person.name == leaf.actor
                        && leaf.text("justified") == ($0.isJustified ? "yes" : "no")
                } ?? false
        case .linked:
            told[.link, default: 0] += 1
            isTrue = try storage.link(leaf.number("number")).map { leaf.tells(of: $0, try openings(index)) } ?? false
        case .unlinked:
            ended.insert(leaf.number("number"))
            isTrue = try storage.link(leaf.number("number"))?.ended?.time == leaf.time
        case .accountChanged:
            let names = [leaf.text("account"), leaf.text("name")].compactMap { Person($0) }
            isTrue =
                try leaf.text("change") != "same-person"
                || names.count == 2 && storage.isOne(names[0], names[1])
        case .viewed, .queried, .exported, .produced, .verified, .forbidden, .rejected, .recalled, .erased,
            .vaultChecked, .moved,
            .keyRotated, .backedUp, .restored, .loggedIn, .loggedOut, .loginRefused, .accessRefused,
            .deliveryReleased, .kept, .overrideRequested, .overrideDeclined, .ruleSetProposed, .ruleSetSigned,
            .ruleSetUploaded, .ruleSetDiscarded, .withheld,
            nil:
            isTrue = true
        }
        if !isTrue {
            check.find("leaf \(index) tells that something was \(leaf.kindName), and its record is missing or another")
        }
    }

    private func openings(_ index: Int) throws -> [Opening] { try storage.openings(at: index) }

    func checkState(of hold: Hold, _ check: inout RegistryCheck) {
        if hold.isInForce == released.contains(hold.id) {
            check.find("hold \(hold.id) is \(hold.isInForce ? "in force" : "released"), and the log tells otherwise")
        }
    }

    func checkState(of label: LabelRecord, _ check: inout RegistryCheck) {
        if (label.withdrawal != nil) != withdrawn.contains(label.id) {
            check.find(
                "label \(label.id) is \(label.withdrawal == nil ? "" : "not ")withdrawn by the log, and here it is otherwise"
            )
        }
    }

    func checkState(of link: PatientLink, _ check: inout RegistryCheck) {
        if (link.ended != nil) != ended.contains(link.id) {
            check.find("link \(link.id) \(link.ended == nil ? "stands" : "has ended"), and the log tells otherwise")
        }
    }

    func checkState(of grant: Grant, _ check: inout RegistryCheck) throws {
        if (grant.end != nil) != stopped.contains(grant.id) {
            check.find("grant \(grant.id) \(grant.end == nil ? "runs" : "has ended"), and the log tells otherwise")
        }
        if grant.reviews.count != reviews[grant.id, default: 0] {
            check.find("grant \(grant.id) does not have the reviews that the log tells of")
        }
        // Those that wait for a review are found by an index of their own.
        let waiting = try storage.grantsWaiting(after: grant.id - 1, at: grant.until, limit: 1)
        if waiting.contains(where: { $0.id == grant.id }) != grant.reviews.isEmpty {
            check.find("grant \(grant.id) is not in the index as it should be")
        }
    }

    func checkState(of retention: Retention, _ check: inout RegistryCheck) {
        if ends[retention.id] != retention.until.description {
            check.find("retention \(retention.id) does not run as long as the log tells")
        }
    }

    /// No record without a leaf.
    func checkCounts(_ check: inout RegistryCheck) throws {
        for kind in NumberedKind.allCases {
            let count = try storage.count(kind)
            if count != told[kind, default: 0] {
                check.find(
                    "there are \(count) records of kind \(kind.rawValue); the log tells of \(told[kind, default: 0])")
            }
        }
        let count = try storage.instanceCount()
        if count != instances { check.find("there are \(count) instances; the log tells of \(instances)") }
    }
}

extension EventLeaf {
    fileprivate func text(_ name: String) -> String { facts.first { $0.name == name }?.value ?? "" }
    fileprivate func number(_ name: String) -> Int64 { Int64(text(name)) ?? -1 }

    fileprivate func tells(of decision: DecisionEntry) -> Bool {
        text("digest") == decision.instance && text("audience") == decision.audience
            && text("disposition") == decision.disposition && text("rule-set") == decision.ruleSet
            && text("rule-set-digest") == decision.ruleSetDigest && text("output") == decision.output ?? ""
            && text("key") == decision.key ?? "" && time == decision.time && actor == decision.author.name
            && text("explanation") == ContentDigest(of: decision.explanation.utf8).hexadecimal
    }

    fileprivate func tells(of label: LabelRecord, _ openings: [Opening]) -> Bool {
        text("label") == label.label && text("source") == label.source.rawValue && time == label.time
            && actor == label.author.name && text("origin") == label.origin ?? ""
            && text("expires") == label.expires?.description ?? ""
            && (openings.isEmpty || Self.opened(label.scope, reason: label.reason, openings))
    }

    fileprivate func tells(of link: PatientLink, _ openings: [Opening]) -> Bool {
        let facts = link.personalFacts + [CustodyEvent.Fact("reason", link.reason)]
        return text("link") == link.kind.rawValue && time == link.time && actor == link.author.name
            && (openings.isEmpty
                || facts.allSatisfy { fact in
                    openings.contains { $0.name == fact.name && $0.value == fact.value }
                })
    }

    fileprivate func tells(of hold: Hold, _ openings: [Opening]) -> Bool {
        text("matter") == hold.matter && text("start") == hold.start.description && time == hold.placed
            && actor == hold.placedBy.name && text("rule") == hold.rule ?? ""
            && (openings.isEmpty || Self.opened(hold.scope, reason: hold.reason, openings))
    }

    fileprivate func tells(of grant: Grant, _ openings: [Opening]) -> Bool {
        text("until") == grant.until.description && time == grant.started && actor == grant.person.name
            && text("audience") == grant.audience ?? ""
            // Leaves of before have it in the reason.
            && (text("granted-by") == grant.grantedBy?.name ?? "" || text("granted-by").isEmpty)
            && (openings.isEmpty
                || Self.opened(grant.scope, reason: grant.reason, openings)
                    && openings.contains { $0.name == "proof" && $0.value == grant.proof })
    }

    fileprivate func tells(of retention: Retention, _ openings: [Opening]) -> Bool {
        text("mode") == retention.mode.rawValue && time == retention.time && actor == retention.author.name
            && (openings.isEmpty || Self.opened(retention.scope, reason: retention.reason, openings))
    }

    fileprivate func tells(of activation: Activation) -> Bool {
        text("rule-set") == activation.ruleSet && number("revision") == activation.revision
            && text("rule-set-digest") == activation.digest && time == activation.time
    }

    /// Whether a record's scope and reason are what the leaf was committed to.
    private static func opened(_ scope: Scope, reason: String, _ openings: [Opening]) -> Bool {
        let facts = scope.personalFacts + [CustodyEvent.Fact("reason", reason)]
        return facts.allSatisfy { fact in openings.contains { $0.name == fact.name && $0.value == fact.value } }
    }
}
