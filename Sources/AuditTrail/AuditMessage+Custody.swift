public import CustodyLog

/// An event of the custody log, with as much of its personal facts as can still be opened.
public struct LoggedEvent: Sendable {
    public var event: CustodyEvent
    /// On the custody log; nil before it is there.
    public var index: Int?

    public init(_ event: CustodyEvent, index: Int? = nil) {
        self.event = event
        self.index = index
    }

    /// Nil for a kind that a later version brought.
    init?(_ leaf: EventLeaf, openings: [Opening], index: Int) {
        guard let kind = leaf.kind else { return nil }
        event = CustodyEvent(
            kind, time: leaf.time, actor: leaf.actor, facts: leaf.facts,
            personal: openings.map { CustodyEvent.Fact($0.name, $0.value) })
        self.index = index
    }

    /// Values of a fact, personal or not, in order.
    func values(_ name: String) -> [String] {
        (event.facts + event.personal).filter { $0.name == name }.map(\.value)
    }

    func value(_ name: String) -> String? { values(name).first }
}

extension AuditMessage {
    /// Messages for events, in order. Events that follow each other and are of one kind, by one person, about one study are one
    /// message, with at most `mostInstances` instances.
    ///
    /// What was decided, and which labels a study has, is not in them: they say that something changed, and which entry of the
    /// custody log says what. Who reads audit messages should not learn from them whom to look for.
    public static func messages(for events: [LoggedEvent]) -> [AuditMessage] {
        var messages: [AuditMessage] = []
        var run: [LoggedEvent] = []
        for event in events {
            if let last = run.last, run.count < mostInstances, event.continues(last) {
                run.append(event)
                continue
            }
            messages += message(for: run).map { [$0] } ?? []
            run = [event]
        }
        return messages + (message(for: run).map { [$0] } ?? [])
    }

    /// So that a message stays within the 32 KiB that every receiver takes (RFC 5426, IHE ITI TF-2 3.20).
    public static let mostInstances = 200

    private static func message(for run: [LoggedEvent]) -> AuditMessage? {
        guard let first = run.first, let row = AuditTable.row(first.event.kind) else { return nil }
        var message = AuditMessage(
            row.event, types: row.type.map { [$0] } ?? [], action: row.action, time: first.event.time,
            participants: participants(row.event, first), objects: objects(row, run))
        message.outcome = row.outcome
        if row.outcome != .success {
            let isForbidden = first.event.kind == .forbidden
            let unsaid = isForbidden ? "a hold or a retention forbids it, or it is for somebody else to do" : nil
            message.outcomeDescription = first.value("why") ?? unsaid
        }
        // A.5.3.11: why somebody broke the glass is what a receiver of alerts asks first.
        if row.type == .emergencyOverrideStarted || row.type == .emergencyOverrideStopped {
            message.outcomeDescription = first.value("reason")
        }
        return message
    }

    private static func participants(_ event: CodedValue, _ entry: LoggedEvent) -> [Participant] {
        var person = Participant(entry.event.actor, isRequestor: true)
        var others: [Participant] = []
        switch event {
        case .import:
            person.roles = [.destination]
            var source = Participant(entry.value("source") ?? "unknown", isRequestor: false, roles: [.sourceMedia])
            source.media = .file
            others = [source]
        case .export:
            person.roles = [.source]
            let name = entry.value("destination") ?? entry.value("audience") ?? "unknown"
            var destination = Participant(name, isRequestor: false, roles: [.destinationMedia])
            destination.media = .file
            others = [destination]
        case .query:
            person.roles = [.source]
            others = [Participant("cordon", isRequestor: false, roles: [.destination])]
        case .securityAlert, .userAuthentication:
            others = [Participant("cordon", isRequestor: false, roles: [.application])]
        default: break
        }
        return [person] + others
    }

    private static func objects(_ row: AuditTable, _ run: [LoggedEvent]) -> [Object] {
        guard let first = run.first else { return [] }
        var objects: [Object] = []
        for uid in first.values("StudyInstanceUID") {
            var study = Object(uid, .studyInstanceUID, type: .system, role: .report, lifeCycle: row.lifeCycle)
            study.instances = instances(run)
            study.accessionNumbers = first.values("AccessionNumber")
            objects.append(study)
        }
        if objects.isEmpty {
            for uid in first.values("SOPInstanceUID") {
                let type = CodedValue("SOPInstanceUID", "urn:cordon:object", "SOP Instance UID")
                objects.append(Object(uid, type, type: .system, role: .report, lifeCycle: row.lifeCycle))
            }
        }
        for id in first.values("PatientID") {
            let whole = first.value("IssuerOfPatientID").map { "\(id)^^^\($0)" } ?? id
            var patient = Object(whole, .patientNumber, type: .person, role: .patient)
            patient.name = .text(first.value("PatientName") ?? "")
            objects.append(patient)
        }
        if let query = first.value("query") {
            var object = Object(first.value("SOPClassUID") ?? "unknown", .sopClassUID, type: .system, role: .query)
            object.name = .query(Array(query.utf8))
            objects.append(object)
        }
        return objects + [entry(run)]
    }

    /// The entries on the custody log that say it all.
    private static func entry(_ run: [LoggedEvent]) -> Object {
        let indices = run.compactMap(\.index)
        let id = indices.first.map { "urn:cordon:log:\($0)" } ?? "urn:cordon:log"
        var object = Object(id, .uri, type: .system, role: .securityResource)
        object.name = .text("custody log")
        if let kind = run.first?.event.kind.rawValue { object.details.append(("kind", Array(kind.utf8))) }
        if let last = indices.last, indices.count > 1 { object.details.append(("last", Array(String(last).utf8))) }
        return object
    }

    private static func instances(_ run: [LoggedEvent]) -> [SOPClass] {
        var groups: [SOPClass] = []
        for entry in run {
            let uids = entry.values("SOPInstanceUID")
            guard !uids.isEmpty else { continue }
            let sopClass = entry.value("SOPClassUID")
            if let place = groups.firstIndex(where: { $0.uid == sopClass }) {
                groups[place].instances += uids
                groups[place].count += uids.count
            } else {
                groups.append(SOPClass(uid: sopClass, count: uids.count, instances: uids))
            }
        }
        return groups
    }
}

extension LoggedEvent {
    /// Whether it can be told in one message with the one before.
    fileprivate func continues(_ other: LoggedEvent) -> Bool {
        func same(_ name: String) -> Bool { values(name) == other.values(name) }
        return event.kind == other.event.kind && event.actor == other.event.actor
            && values("StudyInstanceUID").count == 1 && values("SOPInstanceUID").count == 1
            && ["StudyInstanceUID", "PatientID", "IssuerOfPatientID", "source", "destination", "audience"].allSatisfy(
                same)
    }
}
