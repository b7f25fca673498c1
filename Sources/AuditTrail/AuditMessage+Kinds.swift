public import Host

/// Messages for what is not on the custody log: what the network and the program do.
extension AuditMessage {
    /// 110100: the program starts or stops (PS3.15 A.5.3.1).
    public static func application(
        _ name: String, started: Bool, by person: String, at time: Instant
    ) -> AuditMessage {
        AuditMessage(
            .applicationActivity, types: [started ? .applicationStart : .applicationStop], action: .execute, time: time,
            participants: [
                Participant(name, isRequestor: false, roles: [.application]),
                Participant(person, isRequestor: true, roles: [.applicationLauncher]),
            ])
    }

    /// 110101: somebody read the custody log, or the messages themselves (A.5.3.2).
    public static func auditLogUsed(_ uri: String, by person: String, at time: Instant) -> AuditMessage {
        var log = Object(uri, .uri, type: .system, role: .securityResource)
        log.name = .text("Security Audit Log")
        return AuditMessage(
            .auditLogUsed, action: .read, time: time, participants: [Participant(person, isRequestor: true)],
            objects: [log])
    }

    /// 110102: instances are about to be sent (A.5.3.3).
    public static func beginTransferring(
        _ studies: [Study], from source: Participant, to destination: Participant, at time: Instant
    ) -> AuditMessage {
        transfer(.beginTransferring, .execute, studies, source, destination, time)
    }

    /// 110104: instances have come, or have been sent (A.5.3.7).
    ///
    /// - Parameter action: `create` for what came and is new, `read` for what was sent.
    public static func instancesTransferred(
        _ studies: [Study], from source: Participant, to destination: Participant, action: Action, at time: Instant
    ) -> AuditMessage {
        transfer(.instancesTransferred, action, studies, source, destination, time)
    }

    /// 110103: somebody looked at instances, or changed them (A.5.3.6).
    public static func instancesAccessed(
        _ studies: [Study], by person: Participant, action: Action = .read, at time: Instant
    ) -> AuditMessage {
        AuditMessage(
            .instancesAccessed, action: action, time: time, participants: [person],
            objects: studies.flatMap { $0.objects(.access) })
    }

    /// 110112: somebody asked, by DIMSE or HTTP (A.5.3.10).
    ///
    /// - Parameters:
    ///   - query: as it came: an encoded data set, or an address.
    ///   - withheld: how many matches were not given.
    public static func query(
        _ query: [UInt8], sopClassUID: String, from source: Participant, to destination: Participant, withheld: Int,
        at time: Instant
    ) -> AuditMessage {
        var object = Object(sopClassUID, .sopClassUID, type: .system, role: .query)
        object.name = .query(query)
        object.details = [("withheld", Array(String(withheld).utf8))]
        return AuditMessage(
            .query, action: .execute, time: time,
            participants: [source.acting(as: .source), destination.acting(as: .destination)], objects: [object])
    }

    /// 110113 with 110127 or 110138: somebody breaks the glass, or no longer does (A.5.3.11).
    public static func emergencyOverride(
        started: Bool, of studies: [Study], reason: String, by person: Participant, at time: Instant
    ) -> AuditMessage {
        var message = AuditMessage(
            .securityAlert, types: [started ? .emergencyOverrideStarted : .emergencyOverrideStopped], action: .execute,
            time: time,
            participants: [person, Participant("cordon", isRequestor: false, roles: [.application])],
            objects: studies.flatMap { $0.objects(nil) })
        message.outcomeDescription = reason
        return message
    }

    private static func transfer(
        _ event: CodedValue, _ action: Action, _ studies: [Study], _ source: Participant, _ destination: Participant,
        _ time: Instant
    ) -> AuditMessage {
        AuditMessage(
            event, action: action, time: time,
            participants: [source.acting(as: .source), destination.acting(as: .destination)],
            objects: studies.flatMap { $0.objects(nil) })
    }

    /// A study and whose it is.
    public struct Study: Hashable, Sendable {
        public var uid: String
        public var instances: [SOPClass]
        public var accessionNumbers: [String] = []
        /// With the issuer, as HL7 joins them: `4711^^^HOSPITAL`.
        public var patientID: String?
        public var patientName: String?

        public init(uid: String, instances: [SOPClass] = [], patientID: String? = nil, patientName: String? = nil) {
            self.uid = uid
            self.instances = instances
            self.patientID = patientID
            self.patientName = patientName
        }

        fileprivate func objects(_ lifeCycle: LifeCycle?) -> [Object] {
            var study = Object(uid, .studyInstanceUID, type: .system, role: .report, lifeCycle: lifeCycle)
            study.instances = instances
            study.accessionNumbers = accessionNumbers
            guard let patientID else { return [study] }
            var patient = Object(patientID, .patientNumber, type: .person, role: .patient)
            patient.name = .text(patientName ?? "")
            return [study, patient]
        }
    }
}

extension AuditMessage.Participant {
    fileprivate func acting(as role: CodedValue) -> AuditMessage.Participant {
        var participant = self
        participant.roles = [role] + roles.filter { $0 != role }
        return participant
    }
}
