internal import DICOMFile
internal import Deidentification
internal import Gatekeeper
internal import Foundation
internal import GRDB
internal import Host
internal import Inputs
internal import Registry
internal import RuleEngine
internal import RuleLanguage
internal import Vault

/// Goes through the instances of a study that has been read, and gathers what is to be recorded and done, until it is committed.
struct StudyJudge {
    struct Key: Hashable {
        var digest: String
        var audience: String
    }

    let decider: StudyDecider
    let study: GatewayJournal.DueStudy
    let reading: StudyReading
    let contested: Set<String>
    /// What was decided before, and what became of it.
    let outcomes: [Key: StudyOutcome]
    let deliveries: [Key: [Delivery]]

    private var records: [RecordedDecision] = []
    private var changes: [Change] = []
    private var prepared: [Prepared: PreparedText] = [:]
    /// What is recalled, by all that was committed and is to be.
    private var recalls: [Recall] = []

    /// Files in the spool that no queue knows yet.
    private var files: [String] = []

    private struct Prepared: Hashable {
        var group: UInt32
        var audience: String
    }

    /// What the journal is told of one instance and audience.
    private struct Change: Sendable {
        var outcome: StudyOutcome
        var queued: [Delivery] = []
        /// New states of what was queued before, by number, and those by which they were chosen.
        var states: [Int64: (seen: Delivery.State, new: Delivery.State)] = [:]
        var template: [UInt8]?
        var sentStudy = ""
    }

    init(
        decider: StudyDecider, study: GatewayJournal.DueStudy, reading: StudyReading, contested: Set<String>,
        outcomes: [Key: StudyOutcome], deliveries: [Key: [Delivery]]
    ) {
        self.decider = decider
        self.study = study
        self.reading = reading
        self.contested = contested
        self.outcomes = outcomes
        self.deliveries = deliveries
    }

    /// Enough to be brought to disk together; more would only be more to do again.
    var isLarge: Bool { changes.count >= 64 }

    private var setup: Setup { decider.setup }

    // MARK: - One instance

    mutating func judge(_ member: StudyReading.Member, _ gates: [Gate]) throws {
        guard let record = try decider.registry.instance(member.digest) else {
            throw GatewayError(.site, "the registry does not know an instance that came; run `cordon registry check`")
        }
        var targets: [GatewayConfiguration.Route.Target] = []
        let senders = member.isTwin ? Set(member.arrivals.map(\.peer)) : member.senders
        for target in senders.sorted().flatMap({ setup.configuration.targets(of: record.instance, from: $0) }) {
            if let index = targets.firstIndex(where: { $0.peer == target.peer && $0.audience == target.audience }) {
                targets[index].priority = min(targets[index].priority, target.priority)
            } else {
                targets.append(target)
            }
        }
        // What went somewhere before is decided again for that audience, wherever routes lead now.
        let audiences = Set(targets.map(\.audience)).union(
            outcomes.keys.filter { $0.digest == member.digest }.map(\.audience))
        for gate in gates where audiences.contains(gate.audience.id) {
            let own = member.isTwin ? [] : targets.filter { $0.audience == gate.audience.id }
            try judge(member, record.instance, gate, own)
        }
    }

    private mutating func judge(
        _ member: StudyReading.Member, _ instance: Instance, _ gate: Gate,
        _ targets: [GatewayConfiguration.Route.Target]
    ) throws {
        guard let arrival = member.arrivals.first else { return }
        let key = Key(digest: member.digest, audience: gate.audience.id)
        guard !gate.onlyJudges else {
            guard let group = member.group, hasCopies(key) else { return }
            let decided = try decider.registry.decisions(ofInstance: key.digest).filter { $0.audience == key.audience }
            let last = decided.last { $0.ruleSet == setup.ruleSet.id } ?? decided.last
            return try judgeCopies(
                key, instance, try reading.verdicts.verdict(group, gate: gate), gate, profile: last?.profile,
                "nothing can be made for the audience now, and a copy may not leave any more as it was made")
        }
        let earlier = outcomes[key], sent = deliveries[key] ?? []
        var verdict: Verdict?
        if let group = member.group { verdict = try reading.verdicts.verdict(group, gate: gate) }
        let problem = try problem(of: member, verdict, gate, sent)
        let basis = basis(verdict, problem, gate)
        let missing = targets.filter { target in
            !sent.contains {
                $0.destination == target.peer && $0.output == earlier?.output
                    && ![.withdrawn, .recalled, .superseded, .stands].contains($0.state)
            }
        }
        // What was sent in the moment in which it was taken back is there, and is to be recalled though nothing else has changed.
        let isReconciled = !sent.contains { $0.output != earlier?.output && $0.state.isOpen }
        if let earlier, earlier.basis == basis, isReconciled, earlier.output == nil || missing.isEmpty { return }
        // The same decision bears the time that it had, so that the same bytes leave again.
        let time = earlier?.basis == basis ? earlier?.time ?? study.due : study.due
        var outgoing: Outgoing?, reason = problem, template: [UInt8]?
        if problem == nil, let verdict, let group = member.group {
            do {
                let (file, original) = try file(of: member, for: verdict.decision.disposition)
                defer { withExtendedLifetime(original) {} }
                outgoing = try Outgoing.make(
                    arrival, file, verdict.decision, try gate.at(Setup.dateTime(time)),
                    known: preparedText(group, verdict, gate), spool: decider.spool
                ) { template = RejectionNoteTemplate.bytes(for: $0) }
            } catch Outgoing.Refused.because(let why) {
                reason = why
            }
        }
        let disposition = outgoing == nil ? Disposition.sequester : verdict?.decision.disposition ?? .sequester
        if earlier?.basis != basis || earlier?.output != outgoing?.digest {
            records.append(record(member.digest, instance, verdict, gate, disposition, reason, outgoing))
        }
        var change = Change(
            outcome: StudyOutcome(
                digest: member.digest, audience: key.audience, study: study.study, disposition: disposition.name,
                reason: reason, basis: basis, output: outgoing?.digest, time: time))
        if let outgoing {
            if let file = outgoing.file { files.append(file) }
            change.template = template
            change.sentStudy = outgoing.study
            change.queued = targets.map { delivery(member, outgoing, $0) }
        }
        reconcile(sent, output: outgoing?.digest, sop: outgoing?.sop, &change)
        changes.append(change)
    }

    /// What is made anew is made of bytes that were all looked at; what leaves as it is will be when it is sent.
    private func file(
        of member: StudyReading.Member, for disposition: Disposition
    ) throws -> (DICOMFile, Descriptor?) {
        let scratch = decider.spool.temporary
        if disposition == .release,
            case .whole(let file) = try StoredInstance(
                member.digest, decider.vault, scratch: scratch)
        {
            return (file, nil)
        }
        let original = try decider.vault.original(member.digest, scratch: scratch)
        return (try DICOMFile(path: original.path, scratch: scratch), original)
    }

    /// What becomes of copies of an instance whose original was removed with permission.
    mutating func judge(_ removed: StudyReading.Removed, _ gates: [Gate]) throws {
        for gate in gates {
            let key = Key(digest: removed.digest, audience: gate.audience.id)
            guard hasCopies(key) else { continue }
            try judgeCopies(
                key, removed.instance, try reading.verdictsOfRemoved.verdict(removed.group, gate: gate), gate,
                profile: removed.decisions[key.audience]?.profile,
                "its original was removed, and its copy may not leave any more as it was made")
        }
    }

    private func hasCopies(_ key: Key) -> Bool { (deliveries[key] ?? []).contains(where: \.state.mayBeThere) }

    /// What becomes of copies of which no other form can be made: what has left is called back when it would not leave so any more; what
    /// waits is taken back then, too, and where it is de-identified in any case, for nobody can clean it of what is known by now.
    ///
    /// Without its flag a copy is one that may be where it is.
    ///
    /// - Parameter profile: with which it was made.
    private mutating func judgeCopies(
        _ key: Key, _ instance: Instance, _ verdict: Verdict, _ gate: Gate, profile: String?, _ reason: String
    ) throws {
        let sent = deliveries[key] ?? [], earlier = outcomes[key]
        let now = verdict.decision.disposition
        let before = Disposition.allCases.first { $0.name == earlier?.disposition } ?? .release
        let isOtherProfile = now == .deidentify && verdict.decision.profile != profile
        // What was kept back and is there all the same was sent in the moment in which it was taken back.
        let isForbidden = earlier?.output == nil || (now > .flag && (now > before || isOtherProfile))
        var change = Change(
            outcome: StudyOutcome(
                digest: key.digest, audience: key.audience, study: study.study,
                disposition: Disposition.sequester.name, reason: reason, basis: basis(verdict, reason, gate),
                output: nil, time: study.due))
        var keeps = false
        if isForbidden {
            reconcile(sent, output: nil, sop: nil, &change)
        } else {
            keeps = sent.contains { $0.state.isThere || $0.state == .superseded }
            let current = sent.first { $0.output == earlier?.output }
            reconcile(sent, output: current?.output, sop: current?.sop, &change)
            for row in sent where before == .deidentify && (row.state == .waiting || row.state == .dead) {
                change.states[row.id] = (row.state, .withdrawn)
            }
        }
        guard !change.states.isEmpty else { return }
        if keeps, let earlier {
            change.outcome = earlier
        } else {
            records.append(record(key.digest, instance, verdict, gate, .sequester, reason, nil))
        }
        changes.append(change)
    }

    /// Something went to an audience that the rule set does not have any more: nobody can say whether it may be there.
    func tellOfUnknownAudiences() {
        let lost = Set(
            deliveries.keys.filter { setup.ruleSet.audiences[$0.audience] == nil && hasCopies($0) }.map(\.audience))
        for audience in lost.sorted() {
            decider.log.write(
                .cannotRecall,
                [
                    "audience": .string(audience), "study": .string(GatewayLog.mark(of: study.study)),
                    "problem": .string("the rule set has no such audience any more, so that nobody judges what it has"),
                ])
        }
    }

    /// Why an instance is kept back whatever the rules say.
    private func problem(
        of member: StudyReading.Member, _ verdict: Verdict?, _ gate: Gate, _ sent: [Delivery]
    ) throws -> String? {
        if let problem = member.problem { return problem }
        guard let verdict else { return "it cannot be read as DICOM to its end" }
        if let arrival = member.arrivals.first, contested.contains(arrival.sop), !arrival.isChosen,
            !sent.contains(where: { $0.state.isThere || $0.state == .superseded })
        {
            return
                "another instance with the same SOP Instance UID and other bytes came, too; a person has to choose one"
        }
        if let deidentifier = gate.deidentifier(for: verdict.decision), let profile = verdict.decision.profile,
            let people = member.people
        {
            let claims = deidentifier.pseudonyms(of: people).map { claim in
                (claim.pseudonym, ContentDigest(of: "\(gate.keyFingerprint ?? "") \(claim.person)".utf8).hexadecimal)
            }
            guard try decider.journal.claim(claims, profile: "\(profile) \(gate.keyFingerprint ?? "")") else {
                return "two patients would have the same pseudonym; make pseudonyms longer"
            }
        }
        return nil
    }

    private mutating func preparedText(_ group: UInt32, _ verdict: Verdict, _ gate: Gate) -> PreparedText {
        let key = Prepared(group: group, audience: gate.audience.id)
        if let known = prepared[key] { return known }
        let text = PreparedText(
            identifiers: verdict.known == nil
                ? nil : gate.prepared(reading.verdicts.known(group), under: verdict.decision))
        // Instances of a patient mostly come together, and this is large.
        if prepared.count >= 4 { prepared = [:] }
        prepared[key] = text
        return text
    }

    /// What an outcome depends on besides the bytes of the original.
    private func basis(_ verdict: Verdict?, _ problem: String?, _ gate: Gate) -> String {
        var parts = [problem ?? ""]
        if let decision = verdict?.decision {
            parts += [decision.disposition.name, decision.profile ?? "", verdict?.known ?? ""]
            let isEdited = decision.disposition == .deidentify || decision.carriesLabels
            if decision.carriesLabels { parts += decision.labels.map(\.label) }
            if isEdited { parts += [setup.ruleSet.digest, gate.keyFingerprint ?? ""] }
            // Why it is kept back, or flagged, is on record as it is now.
            if decision.disposition != .release { parts.append(verdict?.digest ?? "") }
        }
        return String(ContentDigest(of: parts.joined(separator: "\n").utf8).hexadecimal.prefix(16))
    }

    private func record(
        _ digest: String, _ instance: Instance, _ verdict: Verdict?, _ gate: Gate, _ disposition: Disposition,
        _ reason: String?, _ outgoing: Outgoing?
    ) -> RecordedDecision {
        var explanation = verdict?.explanation ?? []
        if let reason { explanation.append(JSON.Member(key: "reason", value: .string(reason))) }
        let isDeidentified = disposition == .deidentify
        return RecordedDecision(
            digest: digest, size: Int(instance.size), identity: decider.identity(of: instance),
            disposition: disposition.name, profile: isDeidentified ? verdict?.decision.profile : nil,
            key: isDeidentified ? gate.keyFingerprint : nil, explanation: JSON.object(explanation).text,
            output: outgoing?.digest,
            context: RecordedDecision.Context(
                audience: gate.audience.id, ruleSet: setup.ruleSet.id, revision: setup.ruleSet.revision,
                ruleSetDigest: setup.ruleSet.digest, tier: setup.ruleSet.tier))
    }

    // MARK: - Queues

    private func delivery(
        _ member: StudyReading.Member, _ outgoing: Outgoing, _ target: GatewayConfiguration.Route.Target
    ) -> Delivery {
        Delivery(
            destination: target.peer, audience: target.audience, digest: member.digest, study: study.study,
            sop: outgoing.sop, sopClass: outgoing.sopClass, syntax: outgoing.syntax, sentStudy: outgoing.study,
            sentSeries: outgoing.series, output: outgoing.digest, file: outgoing.file, size: outgoing.size,
            priority: target.priority, created: .now)
    }

    /// What becomes of what was queued before in another form: it is not sent; where it has been sent, the new form takes its
    /// place, or it is recalled.
    private mutating func reconcile(_ sent: [Delivery], output: String?, sop: String?, _ change: inout Change) {
        // Of several forms under one UID the receiver has one, and is told once.
        var named = Set(sent.filter(\.state.isThere).map { [$0.destination, $0.sop] })
        for row in sent where row.output != output || row.sop != sop {
            switch row.state {
            case .waiting, .dead: change.states[row.id] = (row.state, .withdrawn)
            case .sent, .done:
                if row.sop == sop {
                    change.states[row.id] = (row.state, .superseded)
                } else {
                    recall(row, &change)
                }
            case .superseded:
                // The form that was to take its place may never have left: then it is this one that is there.
                guard sop != row.sop else { continue }
                if named.insert([row.destination, row.sop]).inserted {
                    recall(row, &change)
                } else {
                    change.states[row.id] = (row.state, stateOfRecalled(row))
                }
            case .withdrawn, .recalled, .stands: continue
            }
        }
    }

    private mutating func recall(_ row: Delivery, _ change: inout Change) {
        let state = stateOfRecalled(row)
        change.states[row.id] = (row.state, state)
        recalls.append(Recall(delivery: row, isTold: state == .recalled))
    }

    private func stateOfRecalled(_ row: Delivery) -> Delivery.State {
        setup.configuration.peers[row.destination]?.rejection == nil ? .stands : .recalled
    }

    /// Brings what was gathered to disk: decisions first, then notes, outcomes and queues in one transaction.
    mutating func commit(_ report: inout StudyDecider.Report) throws {
        guard !changes.isEmpty else { return }
        if !records.isEmpty {
            try SiteRegistry(decider.registry, person: setup.configuration.site.person, time: study.due).record(records)
        }
        let inherited = inherit()
        let open = recalls.filter { !$0.isDone }
        let notes = try RejectionNotes(decider: decider, study: study).make(open)
        files += notes.compactMap(\.file)
        for index in recalls.indices { recalls[index].isDone = true }
        let changes = changes, study = study.study
        try decider.journal.write { database in
            var isOvertaken = false
            for (row, heir) in inherited {
                let isGiven = try Delivery.give(row, to: heir, database)
                isOvertaken = isOvertaken || !isGiven
            }
            for change in changes {
                try change.outcome.save(database)
                for (id, state) in change.states {
                    let isChanged = try Delivery.change(id, from: state.seen, to: state.new, database)
                    isOvertaken = isOvertaken || !isChanged
                }
                if let template = change.template {
                    try database.run(
                        sql: "INSERT OR IGNORE INTO templates VALUES (?, ?, ?)",
                        arguments: [change.outcome.audience, change.sentStudy, Data(template)])
                }
            }
            // After all states: what one audience takes back may go to the same receiver for another, as the same bytes.
            for delivery in changes.flatMap(\.queued) + notes { try delivery.enqueue(database) }
            // A courier was faster: the study is decided once more, with what it has sent.
            if isOvertaken { try GatewayJournal.raise(study, at: .now, database) }
        }
        decider.spool.release(files)
        let written = files
        files = []
        // What is not sent any more is not kept, either, nor is what goes to nobody.
        let earlier = changes.map(\.outcome).flatMap { outcome in
            deliveries[Key(digest: outcome.digest, audience: outcome.audience)] ?? []
        }
        for file in Set(written + earlier.compactMap(\.file)) {
            try decider.spool.remove(file) { () throws(GatewayError) in try decider.journal.isNeeded(file: file) }
        }
        for change in changes {
            report.counts[change.outcome.disposition, default: 0] += 1
            report.queued.formUnion(change.queued.map(\.destination))
        }
        report.queued.formUnion(notes.map(\.destination))
        self.changes = []
        records = []
    }

    /// What one audience takes back and another may have, as the same bytes at the same receiver, stays there, and is the other's: nobody
    /// is told to reject what they may keep.
    private mutating func inherit() -> [(row: Delivery, heir: Delivery)] {
        var heirs: [[String]: Delivery] = [:]
        for delivery in changes.flatMap(\.queued) {
            heirs[[delivery.destination, delivery.sop, delivery.output]] = delivery
        }
        var inherited: [(row: Delivery, heir: Delivery)] = []
        for index in recalls.indices where !recalls[index].isDone {
            let row = recalls[index].delivery
            guard row.state.isThere, let heir = heirs[[row.destination, row.sop, row.output]] else { continue }
            recalls[index].isDone = true
            for place in changes.indices { changes[place].states[row.id] = nil }
            inherited.append((row, heir))
        }
        return inherited
    }

    /// Takes away what was written and not committed: the next attempt may write something else, and a disk that is full gets no
    /// emptier by it.
    mutating func abandon() {
        decider.spool.release(files)
        for file in files {
            // What cannot be removed now is at the next start.
            try? decider.spool.remove(file) { () throws(GatewayError) in try decider.journal.isNeeded(file: file) }
        }
        files = []
    }
}
