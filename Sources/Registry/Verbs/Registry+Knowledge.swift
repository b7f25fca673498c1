public import Host

/// Something that the registry has on an instance.
public struct Found<Record: Hashable & Sendable>: Hashable, Sendable {
    public var record: Record
    /// False when it may be about the instance and may not: a patient of whom the issuer is given here and not there, or
    /// another whom the study names, or a value that cannot be read.
    public var isCertain: Bool
}

/// What the registry has on an instance at a time.
public struct InstanceKnowledge: Hashable, Sendable {
    /// In force.
    public var holds: [Found<Hold>]
    /// In force.
    public var labels: [Found<LabelRecord>]
}

extension Registry {
    /// Holds and labels in force for an instance, in one state of the registry, whether it has been received or is about to
    /// be.
    public func knowledge(of instance: Instance, at time: Instant) throws -> InstanceKnowledge {
        try storage.read { transaction in
            let view = try InstanceView(of: instance, in: transaction)
            return InstanceKnowledge(
                holds: try view.holds(at: time), labels: try view.labels(at: time))
        }
    }
}

/// An instance, whom its study names, and where what is about it is found.
struct InstanceView {
    private let instance: Instance
    private let patients: [PatientIdentity]
    /// Other identities of whom it names. What is about them restricts; it is never certain, so that no link lifts anything.
    private let aliases: [PatientAlias]
    private let places: Anchor.Places
    private let storage: any StorageReading
    private let memory: RecordMemory

    /// - Parameter memory: shared by the views of several instances, so that what covers all of them is read once.
    init(of instance: Instance, in storage: any StorageReading, memory: RecordMemory = RecordMemory()) throws {
        self.instance = instance
        self.storage = storage
        self.memory = memory
        patients = try memory.patients.value(instance.values(of: .studyInstanceUID)) { _ in
            try storage.patients(of: instance)
        }
        aliases = try memory.aliases.value(instance.patients + patients) { try storage.aliases(of: $0) }
        places = Anchor.places(of: instance, patients: patients, aliases: aliases.map(\.identity))
    }

    func holds(at time: Instant) throws -> [Found<Hold>] {
        try found(.hold, { try memory.holds.value($0, storage.hold) }, \.scope, \.placed) { $0.isInForce(at: time) }
    }

    func labels(at time: Instant) throws -> [Found<LabelRecord>] {
        try found(.label, { try memory.labels.value($0, storage.label) }, \.scope, \.time) { $0.isInForce(at: time) }
    }

    func retentions(at time: Instant) throws -> [Found<Retention>] {
        try found(.retention, storage.retention, \.scope, \.time) { time < $0.until }
    }

    private func found<Record>(
        _ kind: AnchoredKind, _ record: (Int64) throws -> Record?, _ scope: (Record) -> Scope,
        _ time: (Record) -> Instant, _ isInForce: (Record) -> Bool
    ) throws -> [Found<Record>] {
        try storage.owners(kind, anchors: places.anchors, attributes: places.attributes).compactMap { id in
            guard let record = try record(id), isInForce(record) else { return nil }
            var agreement = scope(record).agreement(with: instance, patients: patients)
            if agreement == .no, aliases.contains(where: { isMeant(scope(record), $0, at: time(record)) }) {
                agreement = .unknown
            }
            return agreement == .no ? nil : Found(record: record, isCertain: agreement == .yes)
        }
    }

    /// Whether what is placed on a scope is about the instance, or may be: at whatever time it was placed.
    func mayBeMeant(by scope: Scope) -> Bool {
        scope.agreement(with: instance, patients: patients) != .no
            || aliases.contains {
                scope.agreement(with: instance.renamed($0.identity), patients: [$0.identity]) != .no
            }
    }

    private func isMeant(_ scope: Scope, _ alias: PatientAlias, at time: Instant) -> Bool {
        alias.covers(time)
            && scope.agreement(with: instance.renamed(alias.identity), patients: [alias.identity]) != .no
    }
}

/// What was read in a transaction, so that it is not read again in the same one.
final class RecordMemory {
    /// Values by what they were read by.
    final class Values<Key: Hashable, Value> {
        private var known: [Key: Value] = [:]

        func value(_ key: Key, _ read: (Key) throws -> Value) rethrows -> Value {
            if let value = known[key] { return value }
            let value = try read(key)
            known[key] = value
            return value
        }
    }

    let holds = Values<Int64, Hold?>()
    let labels = Values<Int64, LabelRecord?>()
    let patients = Values<[String], [PatientIdentity]>()
    let aliases = Values<[PatientIdentity], [PatientAlias]>()
}
