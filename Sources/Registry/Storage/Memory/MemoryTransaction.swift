internal import CustodyLog
internal import Foundation
internal import Host

/// One state of the tables, and what a transaction made of it.
final class MemoryTransaction {
    var rows: MemoryRows

    init(_ rows: MemoryRows) { self.rows = rows }

    func page<Record>(
        _ table: [Int64: Record], after id: Int64, limit: Int, where condition: (Record) -> Bool = { _ in true }
    ) -> [Record] {
        let keys = table.keys.filter { $0 > id }.sorted()
        return Array(keys.lazy.compactMap { table[$0] }.filter(condition).prefix(limit))
    }

    func change<Record>(_ table: inout [Int64: Record], _ id: Int64, _ edit: (inout Record) -> Void) throws {
        guard var record = table[id] else { throw Self.missing }
        edit(&record)
        table[id] = record
    }

    private static let missing = RegistryError(.damaged, "a record that was read is gone", advice: "")

    func requireLeaf(_ leaf: Int) throws {
        guard rows.leaves.indices.contains(leaf) else {
            throw RegistryError(.damaged, "a record names a leaf that is not there", advice: "")
        }
    }

    func requireNew<Record>(_ table: [Int64: Record], _ id: Int64, _ leaf: Int) throws {
        try requireLeaf(leaf)
        guard table[id] == nil else { throw RegistryError(.damaged, "a number was given twice", advice: "") }
    }
}

extension MemoryTransaction: StorageReading {
    func instance(_ digest: String) -> RecordedInstance? { rows.instances[digest] }

    func instances(_ selection: InstanceSelection, after: String?, limit: Int) -> [RecordedInstance] {
        let chosen = rows.instances.values.filter { record in
            guard after.map({ record.instance.digest > $0 }) ?? true else { return false }
            return switch selection {
            case .all: true
            case .sopInstance(let uid): record.instance.values(of: .sopInstanceUID).contains(uid)
            case .study(let uid): record.instance.values(of: .studyInstanceUID).contains(uid)
            case .patientKey(let key):
                record.instance.values(of: .patientID).map(FoldedText.key).contains(key)
            case .accessionKey(let key):
                record.instance.values(of: .accessionNumber).map(FoldedText.key).contains(key)
            case .unreadable(let attribute): record.instance.unreadable.contains(attribute)
            }
        }
        return Array(chosen.sorted { $0.instance.digest < $1.instance.digest }.prefix(limit))
    }

    func instanceCount() -> Int { rows.instances.count }

    func count(_ kind: NumberedKind) -> Int {
        switch kind {
        case .label: rows.labels.count
        case .hold: rows.holds.count
        case .retention: rows.retentions.count
        case .decision: rows.decisions.count
        case .listRow: rows.lists.values.reduce(0) { $0 + $1.rows.count }
        case .activation: rows.activations.count
        case .grant: rows.grants.count
        case .link: rows.links.count
        }
    }

    func anchors(of kind: AnchoredKind, _ id: Int64) -> Set<String> { rows.anchors[kind]?[id] ?? [] }
    func keys(ofInstance digest: String) -> Set<String> { rows.instances[digest]?.instance.indexKeys ?? [] }
    func nodeCount() -> Int { rows.nodes.count }
    func activation(_ id: Int64) -> Activation? { rows.activations[id] }

    func listRows(ofLeaf leaf: Int) -> [ListRow] {
        let ids = rows.listLeaves[leaf]?.rows ?? []
        return rows.lists.values.flatMap(\.rows).filter { ids.contains($0.id) }.sorted { $0.id < $1.id }
    }

    func listRowCounts(ofLeaf leaf: Int) -> (added: Int, removed: Int) {
        rows.listLeaves[leaf].map { ($0.added, $0.removed) } ?? (0, 0)
    }

    func patients(ofStudy study: String) -> [PatientIdentity] {
        rows.studyPatients.filter { $0.study == study }.map(\.patient).sorted {
            ($0.id, $0.issuer ?? "") < ($1.id, $1.issuer ?? "")
        }
    }

    func studies(ofPatientKey key: String) -> [StudyPatient] {
        rows.studyPatients.filter { FoldedText.key($0.patient.id) == key }.sorted {
            ($0.study, $0.patient.id, $0.patient.issuer ?? "") < ($1.study, $1.patient.id, $1.patient.issuer ?? "")
        }
    }

    func owners(
        _ kind: AnchoredKind, anchors: Set<String>, attributes: Set<InstanceAttribute>
    ) -> [Int64] {
        let ranges = attributes.map(Anchor.range(of:))
        return (rows.anchors[kind] ?? [:]).filter { _, own in
            own.contains { anchor in anchors.contains(anchor) || ranges.contains { $0.contains(anchor) } }
        }.keys.sorted()
    }

    func label(_ id: Int64) -> LabelRecord? { rows.labels[id] }
    func labels(after id: Int64, limit: Int) -> [LabelRecord] { page(rows.labels, after: id, limit: limit) }
    func hold(_ id: Int64) -> Hold? { rows.holds[id] }

    func holds(matter: String, after id: Int64, unreleasedOnly: Bool, limit: Int) -> [Hold] {
        page(rows.holds, after: id, limit: limit) { $0.matter == matter && (!unreleasedOnly || $0.release == nil) }
    }

    func holdCounts(at time: Instant) -> (inForce: Int, due: Int) {
        let inForce = rows.holds.values.filter { $0.release == nil }
        let due = inForce.filter { hold in (hold.reviews.last.map(\.next) ?? hold.review).map { $0 <= time } ?? false }
        return (inForce.count, due.count)
    }

    func holdsToRelease(after id: Int64, limit: Int) -> [Hold] {
        page(rows.holds, after: id, limit: limit) { $0.release == nil && $0.releaseRequest != nil }
    }

    func hold(ofRule rule: String, matter: String, scope: Scope) -> Hold? {
        page(rows.holds, after: 0, limit: 1) {
            $0.rule == rule && $0.matter == matter && ScopeText.kind($0.scope) == ScopeText.kind(scope)
                && ScopeText.value($0.scope) == ScopeText.value(scope)
                && (ScopeText.issuer($0.scope) ?? "") == (ScopeText.issuer(scope) ?? "")
        }.first
    }

    func holds(after id: Int64, unreleasedOnly: Bool, limit: Int) -> [Hold] {
        page(rows.holds, after: id, limit: limit) { !unreleasedOnly || $0.release == nil }
    }

    func retention(_ id: Int64) -> Retention? { rows.retentions[id] }

    func retentions(after id: Int64, limit: Int) -> [Retention] { page(rows.retentions, after: id, limit: limit) }

    func listColumns(_ name: String) -> [String]? { rows.lists[name]?.columns }
    func listNames() -> [String] { rows.lists.keys.sorted() }

    func listRows(_ name: String, removedToo: Bool) -> [ListRow] {
        rows.lists[name]?.rows.filter { removedToo || $0.removed == nil } ?? []
    }

    func listRow(_ name: String, cells: [String]) -> ListRow? {
        rows.lists[name]?.rows.first { $0.removed == nil && $0.cells == cells }
    }

    func decision(_ id: Int64) -> DecisionEntry? { rows.decisions[id] }

    func decisions(ofInstance digest: String) -> [DecisionEntry] {
        page(rows.decisions, after: 0, limit: .max) { $0.instance == digest }
    }

    func lastDecisions(ofInstance digest: String, ruleSet: String?) -> [DecisionEntry] {
        let all = decisions(ofInstance: digest).filter { $0.ruleSet == ruleSet ?? $0.ruleSet }
        return Dictionary(all.map { ($0.audience, $0) }, uniquingKeysWith: { $1 }).values.sorted { $0.id < $1.id }
    }

    func isLast(_ decision: DecisionEntry) -> Bool {
        !rows.decisions.values.contains {
            $0.instance == decision.instance && $0.audience == decision.audience && $0.id > decision.id
        }
    }

    func decisions(before id: Int64, limit: Int) -> [DecisionEntry] {
        Array(rows.decisions.values.filter { $0.id < id }.sorted { $0.id > $1.id }.prefix(limit))
    }

    func keptBack(before id: Int64, looking limit: Int) -> (decisions: [DecisionEntry], next: Int64?) {
        let page = decisions(before: id, limit: limit)
        return (
            page.filter { $0.disposition == "sequester" && isLast($0) }, page.count == limit ? page.last?.id : nil
        )
    }

    func decisionCounts(since time: Instant, width: Int64, newest: Int64) -> [DecisionCount] {
        let first = (rows.decisions.keys.max() ?? 0) - newest
        let counted = rows.decisions.values.filter { $0.id > first && $0.time >= time }
        return Dictionary(grouping: counted) { $0.time.milliseconds / width }.sorted { $0.key < $1.key }.map {
            DecisionCount(
                start: Instant(milliseconds: $0.key * width), count: $0.value.count,
                kept: $0.value.count(where: { $0.disposition == "sequester" }))
        }
    }

    func key(_ fingerprint: String) -> KeyState? { rows.keys[fingerprint] }

    func isKey(_ fingerprint: String, usedIn study: String) -> Bool {
        rows.keyUses[fingerprint]?.contains(study) ?? false
    }

    func studies(ofKey fingerprint: String, after study: String?, limit: Int) -> [String] {
        let studies = (rows.keyUses[fingerprint] ?? []).filter { other in study.map { other > $0 } ?? true }
        return Array(studies.sorted().prefix(limit))
    }

    func activations(ofRuleSet ruleSet: String) -> [Activation] {
        page(rows.activations, after: 0, limit: .max) { $0.ruleSet == ruleSet }
    }

    func activations(after id: Int64, limit: Int) -> [Activation] { page(rows.activations, after: id, limit: limit) }

    func grant(_ id: Int64) -> Grant? { rows.grants[id] }
    func grants(after id: Int64, limit: Int) -> [Grant] { page(rows.grants, after: id, limit: limit) }
    func openGrants() -> [Grant] { page(rows.grants, after: 0, limit: .max) { $0.end == nil } }

    func grants(runningFor proof: String, at time: Instant) -> [Grant] {
        openGrants().filter { $0.proof == proof && $0.isRunning(at: time) }
    }

    func grantsWaiting(after id: Int64, at time: Instant, limit: Int) -> [Grant] {
        page(rows.grants, after: id, limit: limit) { $0.isRunning(at: time) || $0.reviews.isEmpty }
    }

    func grantCounts(at time: Instant) -> (running: Int, unreviewed: Int) {
        let running = rows.grants.values.filter { $0.isRunning(at: time) }.count
        return (running, rows.grants.values.filter { !$0.isRunning(at: time) && $0.reviews.isEmpty }.count)
    }

    func representative(ofPerson key: String) -> String? { rows.persons[key]?.same }

    func linkedNames() -> [(name: String, same: String)] {
        rows.persons.sorted { $0.key < $1.key }.map { (name: $0.value.name, same: $0.value.same) }
    }

    private func decisions(ofStudy study: String, ruleSet: String) -> [DecisionEntry] {
        let digests = Set(instances(.study(study), after: nil, limit: .max).map(\.instance.digest))
        return page(rows.decisions, after: 0, limit: .max) {
            $0.ruleSet == ruleSet && digests.contains($0.instance)
        }
    }

    func decided(ofStudy study: String, ruleSet: String) -> [DecidedInstance] {
        decisions(ofStudy: study, ruleSet: ruleSet).map {
            DecidedInstance(
                digest: $0.instance, audience: $0.audience, disposition: $0.disposition, ruleSet: $0.ruleSet,
                revision: $0.revision, ruleSetDigest: $0.ruleSetDigest, decision: $0.id,
                byRules: Self.decided($0.explanation))
        }
    }

    /// What `json_extract` gives for `$.decided`.
    private static func decided(_ explanation: String) -> String? {
        let object = try? JSONSerialization.jsonObject(with: Data(explanation.utf8)) as? [String: Any]
        return object?["decided"] as? String
    }

    func explanations(ofStudy study: String, ruleSet: String) -> [String] {
        var last: [String: String] = [:]
        for decision in decisions(ofStudy: study, ruleSet: ruleSet) {
            last[decision.instance] = decision.explanation
        }
        return Set(last.values).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    func leaves(about subject: LeafSubject) -> [Int] { rows.subjects[subject] ?? [] }
    func leaves(about subject: LeafSubject, last limit: Int) -> [Int] {
        leaves(about: subject).sorted(by: >).prefix(limit).map { $0 }
    }
    func meta(_ name: String) -> String? { rows.meta[name] }

    func logSize() -> Int { rows.leaves.count }

    func leafBytes(at index: Int) -> [UInt8]? {
        rows.leaves.indices.contains(index) ? rows.leaves[index].bytes : nil
    }

    func node(at position: NodePosition) -> LogHash? {
        guard position.level == 0 else { return rows.nodes[position] }
        return rows.leaves.indices.contains(position.index) ? rows.leaves[position.index].hash : nil
    }

    func openings(at index: Int) -> [Opening] {
        rows.leaves.indices.contains(index) ? rows.leaves[index].openings : []
    }
}

extension MemoryTransaction: StorageWriting {
    func nextNumber(_ kind: NumberedKind) -> Int64 {
        let number = (rows.numbers[kind] ?? 0) + 1
        rows.numbers[kind] = number
        return number
    }

    func insert(_ record: RecordedInstance) throws {
        try requireLeaf(record.leaf)
        guard rows.instances[record.instance.digest] == nil else { throw Self.missing }
        rows.instances[record.instance.digest] = record
        for study in record.instance.values(of: .studyInstanceUID) {
            for patient in record.instance.patients {
                rows.studyPatients.insert(StudyPatient(study: study, patient: patient))
            }
        }
    }

    func setRemoved(_ digest: String, at time: Instant?, leaf: Int) throws {
        try requireLeaf(leaf)
        guard rows.instances[digest] != nil else { throw Self.missing }
        rows.instances[digest]?.removed = time
    }

    func setAttributes(
        _ attributes: [InstanceAttribute: String], unreadable: Set<InstanceAttribute>, of digest: String
    ) throws {
        guard var record = rows.instances[digest] else { throw Self.missing }
        var studies = record.instance.values(of: .studyInstanceUID)
        record.instance.attributes = attributes
        record.instance.unreadable = unreadable
        studies += record.instance.values(of: .studyInstanceUID)
        rows.instances[digest] = record
        rows.studyPatients = rows.studyPatients.filter { !studies.contains($0.study) }
        for study in Set(studies) {
            let patients = instances(.study(study), after: nil, limit: .max).flatMap(\.instance.patients)
            for patient in patients { rows.studyPatients.insert(StudyPatient(study: study, patient: patient)) }
        }
    }

    func insertAnchors(_ anchors: [String], of kind: AnchoredKind, _ id: Int64) {
        rows.anchors[kind, default: [:]][id, default: []].formUnion(anchors)
    }

    func removeAnchors(of kind: AnchoredKind, _ id: Int64) { rows.anchors[kind]?[id] = nil }

    func setScope(_ scope: Scope, of kind: AnchoredKind, _ id: Int64) throws {
        switch kind {
        case .label: try change(&rows.labels, id) { $0.scope = scope }
        case .hold: try change(&rows.holds, id) { $0.scope = scope }
        case .retention: try change(&rows.retentions, id) { $0.scope = scope }
        }
    }

    func insert(_ label: LabelRecord, leaf: Int) throws {
        try requireNew(rows.labels, label.id, leaf)
        rows.labels[label.id] = label
    }

    func setWithdrawalRequest(_ wish: Registry.Wish?, ofLabel id: Int64, leaf: Int) throws {
        try requireLeaf(leaf)
        try change(&rows.labels, id) { $0.withdrawalRequest = wish }
    }

    func setFeedWish(_ wish: Registry.Wish, ofLabel id: Int64, leaf: Int) throws {
        try requireLeaf(leaf)
        try change(&rows.labels, id) { $0.feedWish = wish }
    }

    func setWithdrawal(_ withdrawal: LabelRecord.Withdrawal, ofLabel id: Int64, leaf: Int) throws {
        try requireLeaf(leaf)
        try change(&rows.labels, id) { $0.withdrawal = withdrawal }
    }

    func insert(_ hold: Hold, leaf: Int) throws {
        try requireNew(rows.holds, hold.id, leaf)
        rows.holds[hold.id] = hold
    }

    func append(_ review: Hold.Review, toHold id: Int64, leaf: Int) throws {
        try requireLeaf(leaf)
        try change(&rows.holds, id) {
            $0.reviews.append(review)
            $0.review = review.next
        }
    }

    func setReleaseRequest(_ wish: Hold.Wish?, ofHold id: Int64, leaf: Int) throws {
        try requireLeaf(leaf)
        try change(&rows.holds, id) { $0.releaseRequest = wish }
    }

    func setRelease(_ wish: Hold.Wish, ofHold id: Int64, leaf: Int) throws {
        try requireLeaf(leaf)
        try change(&rows.holds, id) { $0.release = wish }
    }

    func insert(_ retention: Retention, leaf: Int) throws {
        try requireNew(rows.retentions, retention.id, leaf)
        rows.retentions[retention.id] = retention
    }

    func setEnd(_ until: Instant, ofRetention id: Int64, leaf: Int) throws {
        try requireLeaf(leaf)
        try change(&rows.retentions, id) { $0.until = until }
    }

    func insertList(_ name: String, columns: [String]) throws {
        guard rows.lists[name] == nil else { throw Self.missing }
        rows.lists[name] = MemoryRows.ListTable(columns: columns)
    }

    func insert(_ row: ListRow, leaf: Int) throws {
        try requireLeaf(leaf)
        guard rows.lists[row.list] != nil, listRow(row.list, cells: row.cells) == nil else { throw Self.missing }
        rows.lists[row.list]?.rows.append(row)
        rows.listLeaves[leaf, default: .init()].added += 1
        rows.listLeaves[leaf, default: .init()].rows.insert(row.id)
    }

    func setRemoved(_ wish: Registry.Wish, ofListRow id: Int64, leaf: Int) throws {
        try requireLeaf(leaf)
        for name in rows.lists.keys {
            guard let place = rows.lists[name]?.rows.firstIndex(where: { $0.id == id }) else { continue }
            rows.lists[name]?.rows[place].removed = wish
            rows.listLeaves[leaf, default: .init()].removed += 1
            rows.listLeaves[leaf, default: .init()].rows.insert(id)
            return
        }
        throw Self.missing
    }

    func insert(_ decision: DecisionEntry, leaf: Int) throws {
        try requireNew(rows.decisions, decision.id, leaf)
        guard rows.instances[decision.instance] != nil else { throw Self.missing }
        rows.decisions[decision.id] = decision
    }

    func insertKeyUse(_ fingerprint: String, study: String) {
        if rows.keys[fingerprint] == nil { rows.keys[fingerprint] = KeyState(isDestroyed: false) }
        rows.keyUses[fingerprint, default: []].insert(study)
    }

    func setDestroyed(key fingerprint: String, leaf: Int) throws {
        try requireLeaf(leaf)
        rows.keys[fingerprint] = KeyState(isDestroyed: true)
    }

    func insert(_ activation: Activation, leaf: Int) throws {
        try requireNew(rows.activations, activation.id, leaf)
        rows.activations[activation.id] = activation
    }

    func insert(_ grant: Grant, leaf: Int) throws {
        try requireNew(rows.grants, grant.id, leaf)
        rows.grants[grant.id] = grant
    }

    func setEnd(_ wish: Registry.Wish, ofGrant id: Int64, leaf: Int) throws {
        try requireLeaf(leaf)
        try change(&rows.grants, id) { $0.end = wish }
    }

    func append(_ review: Grant.Review, toGrant id: Int64, leaf: Int) throws {
        try requireLeaf(leaf)
        try change(&rows.grants, id) { $0.reviews.append(review) }
    }

    func setSame(_ names: [String], as same: String) {
        let keys = names.map { FoldedText.key($0) }
        let before = Set(keys.map { rows.persons[$0]?.same ?? $0 })
        for (key, row) in rows.persons where before.contains(row.same) { rows.persons[key] = (row.name, same) }
        for (key, name) in zip(keys, names) { rows.persons[key] = (rows.persons[key]?.name ?? name, same) }
    }

    func setScope(_ scope: Scope, ofGrant id: Int64) throws { try change(&rows.grants, id) { $0.scope = scope } }

    func appendLeaf(_ leaf: EventLeaf, openings: [Opening], nodes: [TreeNode], about: Set<LeafSubject>) {
        for subject in about { rows.subjects[subject, default: []].append(rows.leaves.count) }
        rows.leaves.append(MemoryRows.Leaf(bytes: leaf.bytes, hash: leaf.hash, openings: openings))
        for node in nodes where node.position.level > 0 { rows.nodes[node.position] = node.hash }
    }

    func removeOpenings(ofLeaf index: Int) throws {
        try requireLeaf(index)
        rows.leaves[index].openings = []
    }

    func remove(_ subject: LeafSubject, ofLeaf index: Int) { rows.subjects[subject]?.removeAll { $0 == index } }
    func setMeta(_ name: String, _ value: String) { rows.meta[name] = value }
}
