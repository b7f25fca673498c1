import DICOMFile
import Deidentification
import Gatekeeper
public import Host
public import Inputs
package import Registry
import RuleEngine
public import RuleLanguage
import Synchronization

/// The registry as a worker has it: a snapshot that nobody changes, and what the rules of this item want held, which is written down
/// for whoever publishes and is placed by him.
final class ItemKnowledge: RegistryAccess {
    private let snapshot: WorkerSnapshot?
    /// Holds of this item's rules, so that other rules see them.
    private let own: Registry
    private let person: Person
    private let state: Mutex<State>

    private struct State {
        var file: DurableFile
        var wanted: [HoldOrder] = []
        var labels: Set<PatientLabel> = []
    }

    /// - Parameter path: of the record, which is made.
    init(_ snapshot: WorkerSnapshot?, recordingTo path: String) throws(RunError) {
        self.snapshot = snapshot
        own = Registry(storage: MemoryStorage())
        guard let person = Person("worker") else { throw RunError(.inconsistent, "no name; please report this") }
        self.person = person
        let file = try RunError.wrapping("OUT cannot be written to") {
            try DurableFile(temporaryPath: path, mode: 0o600)
        }
        state = Mutex(State(file: file))
    }

    private var time: Instant { snapshot?.taken ?? Instant(milliseconds: 0) }

    func knowledge(of file: DICOMFile) throws(RunError) -> RegistryKnowledge {
        let found = try knowledge(of: InstanceIdentity(file))
        return RegistryKnowledge(
            holds: found.reduce(into: []) { $0 += RegistryKnowledge($1).holds },
            labels: found.reduce(into: []) { $0 += RegistryKnowledge($1).labels })
    }

    /// Of the snapshot, and of the item itself.
    private func knowledge(of identity: InstanceIdentity) throws(RunError) -> [InstanceKnowledge] {
        let instance = Instance(
            digest: "", size: 0, attributes: identity.attributes, unreadable: identity.unreadable, received: time,
            source: "worker")
        let hasOwn = state.withLock { !$0.wanted.isEmpty }
        return try Self.asking {
            var found: [InstanceKnowledge] = []
            if let snapshot { found.append(try snapshot.registry.knowledge(of: instance, at: snapshot.taken)) }
            if hasOwn { found.append(try own.knowledge(of: instance, at: time)) }
            return found
        }
    }

    func place(_ holds: Set<WantedHold>, ofRuleSet ruleSet: String) throws(RunError) -> Int {
        try Self.asking {
            var count = 0
            for order in WantedHold.orders(holds, ofRuleSet: ruleSet) {
                // What a rule placed before is in force, or people have released it.
                if let snapshot, let rule = order.rule,
                    try snapshot.registry.hasHold(ofRule: rule, matter: order.matter, scope: order.scope)
                {
                    continue
                }
                guard try own.placement(of: order, by: person, at: time).isNew else { continue }
                state.withLock { $0.wanted.append(order) }
                count += 1
            }
            return count
        }
    }

    func found(_ labels: Set<PatientLabel>) { state.withLock { $0.labels = labels } }

    func seen(_ file: DICOMFile?) -> InstanceIdentity {
        file.map { InstanceIdentity($0) } ?? InstanceIdentity(form: .damaged, beginning: nil)
    }

    func record(_ decisions: [RecordedDecision]) throws(RunError) {
        var lines: [String] = []
        for decision in decisions {
            let known = try knowledge(of: decision.identity).reduce(into: Set<String>()) { $0.formUnion($1.statements) }
            lines.append(
                RecordLine.instance(
                    RecordedInstanceDecision(
                        digest: decision.digest, size: Int64(decision.size), attributes: decision.identity.attributes,
                        unreadable: decision.identity.unreadable, disposition: decision.disposition,
                        profile: decision.profile, key: decision.key, explanation: decision.explanation,
                        output: decision.output, known: known)
                ).text + "\n")
        }
        try write(lines)
    }

    /// Writes the rest, and brings the record to disk. Returns its digest.
    func finish() throws(RunError) -> ContentDigest {
        let (wanted, labels) = state.withLock { ($0.wanted, $0.labels) }
        let told = labels.map { label in
            let issuer = label.patient.issuer
            return RecordLine.patientLabel(
                label: label.label, isCertain: label.isCertain,
                patient: PatientIdentity(id: label.patient.id, issuer: issuer.isEmpty ? nil : issuer)
            ).text
        }
        try write((wanted.map { RecordLine.hold($0).text } + told.sorted()).map { $0 + "\n" })
        return try RunError.wrapping("OUT cannot be written to") {
            try state.withLock { state in try state.file.finish() }
        }
    }

    private func write(_ lines: [String]) throws(RunError) {
        try RunError.wrapping("OUT cannot be written to") {
            try state.withLock { state in for line in lines { try state.file.write(line) } }
        }
    }

    private static func asking<Result>(_ body: () throws -> Result) throws(RunError) -> Result {
        do {
            return try body()
        } catch let error as RegistryError {
            throw RunError(.output, "the snapshot: \(error)")
        } catch {
            throw RunError(.inconsistent, "the snapshot failed in an unknown way; please report this")
        }
    }
}

/// The registry's state by which a worker decides.
public struct WorkerSnapshot: Sendable {
    package let registry: Registry
    public let taken: Instant
    public let digest: String

    /// - Parameters:
    ///   - digest: what the file must be; nil takes that of `FILE.sha256`.
    ///   - limit: how old it may be, in seconds; nil for any age.
    ///   - now: the clock's time.
    public init(path: String, digest: String?, limit: Int64?, now: Instant) throws(RunError) {
        let opened: (registry: Registry, snapshot: RegistrySnapshot)
        do {
            opened = try Registry.snapshot(at: path, digest: digest)
        } catch let error as RegistryError {
            throw RunError(.arguments, "the snapshot is not used: \(error)")
        } catch {
            throw RunError(.arguments, "the snapshot is not used: it cannot be read")
        }
        let taken = opened.snapshot.taken
        if let limit {
            guard now <= taken.adding(seconds: limit) else {
                throw RunError(
                    .arguments,
                    "the snapshot is not used: it was taken at \(taken), and holds may have landed since; take another")
            }
            // Clocks of machines differ by little.
            guard taken <= now.adding(seconds: 300) else {
                throw RunError(
                    .arguments,
                    "the snapshot is not used: it was taken at \(taken), which is yet to come; set the clocks")
            }
        }
        registry = opened.registry
        self.taken = taken
        self.digest = opened.snapshot.digest
    }

    /// Its lists, as rule sets ask for them.
    public var lists: RegistryLists { RegistryLists(registry) }
}
