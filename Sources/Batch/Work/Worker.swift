public import Deidentification
import Gatekeeper
import Host
public import Inputs
public import RuleEngine
public import RuleLanguage
import Foundation
import Glibc
import Synchronization

/// Does items of work one after another: reads a line for each, and tells a result for each. A bad item fails alone. It knows nothing
/// of other workers but what lies in the store that they share.
public final class Worker: Sendable {
    public struct Setting: Sendable {
        public var ruleSet: RuleSet
        public var audience: String
        public var key: DeidentificationKey?
        public var snapshot: WorkerSnapshot?
        public var signatures: (any SignatureKnowledge)?
        /// SHA-256 of the certificates that vouch for signers.
        public var signatureRoots: String?
        /// The time of decision, a DT.
        public var time: String
        /// Threads on one item.
        public var jobs: Int
        /// Between two signs of life, in seconds.
        public var heartbeat: Double

        public init(
            ruleSet: RuleSet, audience: String, key: DeidentificationKey?, snapshot: WorkerSnapshot?,
            signatures: (any SignatureKnowledge)?, signatureRoots: String?, time: String, jobs: Int = 1,
            heartbeat: Double = 10
        ) {
            self.ruleSet = ruleSet
            self.audience = audience
            self.key = key
            self.snapshot = snapshot
            self.signatures = signatures
            self.signatureRoots = signatureRoots
            self.time = time
            self.jobs = jobs
            self.heartbeat = heartbeat
        }
    }

    /// What a worker did in its life.
    public struct Report: Hashable, Sendable {
        public var done = 0
        public var present = 0
        public var failed = 0
        /// Instances that were sequestered, in items that were done or present.
        public var sequestered = 0
        public var signal: Int32?
    }

    public let basis: BatchBasis
    private let setting: Setting
    private let store: BatchStore
    private let evaluator: Evaluator
    private let state = Mutex(State())

    private struct State {
        var report = Report()
        /// What is worked on, for signs of life.
        var id: String?
        var line = 0
        var began = Instant.now
        var error: RunError?
        var isOver = false
    }

    /// - Throws: `RunError` with code `arguments` for what no item could be done with.
    public init(_ setting: Setting, store: BatchStore) throws(RunError) {
        let ruleSet = setting.ruleSet
        if setting.snapshot == nil, let need = ruleSet.needOfRegistry {
            throw RunError(
                .arguments,
                "the rule set needs a registry: \(need) is there; give `--snapshot FILE`, which `cordon registry snapshot` makes"
            )
        }
        guard let audience = ruleSet.audiences[setting.audience] else {
            let names = ruleSet.audiences.keys.sorted().map { "`\($0)`" }.joined(separator: ", ")
            throw RunError(.arguments, "the rule set has no audience `\(setting.audience)`; it has \(names)")
        }
        let key = Gate.profiles(of: audience).isEmpty ? nil : setting.key
        // What fails here would fail for each item.
        _ = try Gate(ruleSet: ruleSet, audience: audience, key: key, time: setting.time)
        basis = BatchBasis(
            ruleSetID: ruleSet.id, revision: ruleSet.revision, ruleSetDigest: ruleSet.digest,
            audience: setting.audience,
            tier: ruleSet.tier, keyFingerprint: key?.fingerprint, snapshotDigest: setting.snapshot?.digest,
            signatureRoots: setting.signatureRoots,
            recognition: try BatchRun.recognition(for: audience, in: ruleSet),
            codecs: try BatchRun.codecs(for: audience, in: ruleSet), time: setting.time,
            version: BatchRun.version)
        self.setting = setting
        self.store = store
        evaluator = Evaluator(ruleSet, signatures: setting.signatures)
    }

    /// Works until the list ends, the process is told to stop, or the store can no longer be written.
    ///
    /// - Parameters:
    ///   - descriptor: where lines are read.
    ///   - tell: gets each line that is to be printed, on one thread at a time.
    public func run(
        reading descriptor: Int32, tell: @escaping @Sendable (JSON) -> Void
    ) throws(RunError) -> Report {
        try store.clean()
        tell(
            .object([
                "type": .string("hello"), "protocol": .string(BatchProtocol.name),
                "version": .string(BatchRun.version), "basis": basis.json, "basisDigest": .string(basis.digest),
            ]))
        let beats = Mutex(Instant.now)
        let mouth = Mutex(tell)
        let shared = Shared(beats: beats, mouth: mouth)
        Workers.run(
            1, tick: { self.beat(shared) },
            { _ in
                var lines = LineReader(descriptor)
                do throws(RunError) {
                    while StopSignal.number == nil, try self.next(&lines, shared) {}
                } catch {
                    self.state.withLock { $0.error = error }
                }
                self.state.withLock { $0.isOver = true }
            })
        let (error, found) = state.withLock { ($0.error, $0.report) }
        if let error { throw error }
        var report = found
        report.signal = StopSignal.number
        shared.tell(
            .object([
                "type": .string("end"), "items": .number(report.done + report.present + report.failed),
                "done": .number(report.done), "present": .number(report.present), "failed": .number(report.failed),
                "stopped": .bool(report.signal != nil),
            ]))
        return report
    }

    private final class Shared: Sendable {
        let beats: Mutex<Instant>
        private let mouth: Mutex<@Sendable (JSON) -> Void>

        init(beats: consuming Mutex<Instant>, mouth: consuming Mutex<@Sendable (JSON) -> Void>) {
            self.beats = beats
            self.mouth = mouth
        }

        func tell(_ json: JSON) { mouth.withLock { $0(json) } }
    }

    private func beat(_ shared: Shared) {
        let now = Instant.now
        let isDue = shared.beats.withLock { last in
            // A clock that was set back does not silence it.
            guard abs(now.milliseconds - last.milliseconds) >= Int64(setting.heartbeat * 1000) else { return false }
            last = now
            return true
        }
        guard isDue else { return }
        let (id, line, began, report, isOver) = state.withLock { ($0.id, $0.line, $0.began, $0.report, $0.isOver) }
        guard !isOver else { return }
        shared.tell(
            .object([
                "type": .string("heartbeat"), "id": id.map { .string($0) } ?? .null, "line": .number(line),
                "items": .number(report.done + report.present + report.failed),
                "milliseconds": .number(Int(id == nil ? 0 : now.milliseconds - began.milliseconds)),
            ]))
    }

    /// Does the next item. Returns false when there is none.
    private func next(_ lines: inout LineReader, _ shared: Shared) throws(RunError) -> Bool {
        let line: LineReader.Line?
        do throws(SystemError) {
            line = try lines.read()
        } catch {
            throw RunError(.arguments, "the list of work cannot be read: \(error)")
        }
        guard let line else { return false }
        let began = Instant.now
        let number = state.withLock { state in
            state.line += 1
            state.began = began
            return state.line
        }
        var result = ItemResult(line: number, status: .failed, basis: basis, milliseconds: 0)
        do throws(ItemError) {
            guard case .line(let bytes) = line else { throw ItemError("the line is longer than 1 MiB") }
            result.id = WorkItem.id(in: bytes)
            if try WorkItem.isHeader(bytes) { return true }
            let item = try WorkItem(line: bytes)
            state.withLock { $0.id = item.id }
            try work(item, &result)
        } catch {
            result.error = error
        }
        // Half of an item is none: who told the worker to stop gives it to another.
        let isStopped = StopSignal.number != nil && result.status == .failed
        result.milliseconds = max(0, Instant.now.milliseconds - began.milliseconds)
        state.withLock { state in
            state.id = nil
            guard !isStopped else { return }
            switch result.status {
            case .done: state.report.done += 1
            case .present: state.report.present += 1
            case .failed: state.report.failed += 1
            }
            state.report.sequestered += result.item?.counts.sequestered ?? 0
        }
        if !isStopped { shared.tell(result.json) }
        if let error = state.withLock({ $0.error }) { throw error }
        return true
    }

    // MARK: One item

    private func work(_ item: WorkItem, _ result: inout ItemResult) throws(ItemError) {
        let place = InputCollector.OutputPlace(
            path: PathBytes(store.path), identity: FileSystem.identity(of: PathBytes(store.path)))
        let inputs = try ItemInputs(item.paths, output: place)
        result.inputDigest = inputs.digest
        var failure: ItemError?
        do throws(RunError) {
            if let known = try store.finished(inputs.digest, basis.digest) {
                (result.item, result.status) = (known, .present)
                return
            }
            let staged = try StagedItem(in: store, name: "\(inputs.digest)-\(basis.digest)")
            defer { staged.discard() }
            switch try make(item, inputs, staged) {
            case .failure(let error): failure = error
            case .success(let finished):
                if try store.place(staged, as: finished.name) {
                    (result.item, result.status) = (finished, .done)
                } else if let other = try store.finished(inputs.digest, basis.digest) {
                    (result.item, result.status) = (other, .present)
                } else {
                    throw RunError(.arguments, "an item in OUT has no `item.json`; take `\(finished.name)` away")
                }
            }
        } catch {
            failure = itemError(error)
        }
        if let failure { throw failure }
    }

    /// What ends the item alone, and what ends the worker.
    private func itemError(_ error: RunError) -> ItemError {
        switch error.code {
        case .arguments: return ItemError(error.message)
        case .inconsistent: return ItemError("internal error: \(error.message)")
        case .output:
            // It would be so for the next item, too; another machine may have room.
            if StopSignal.number == nil { state.withLock { $0.error = error } }
            return ItemError(error.message, mayPass: true)
        }
    }

    private func make(
        _ item: WorkItem, _ inputs: ItemInputs, _ staged: StagedItem
    ) throws(RunError) -> Result<FinishedItem, ItemError> {
        let knowledge = try ItemKnowledge(setting.snapshot, recordingTo: staged.recordPath)
        var options = BatchRun.Options(
            sources: InputSources(paths: item.paths), output: staged.path, jobs: setting.jobs, now: setting.time)
        options.time = setting.time
        let run = try BatchRun(
            ruleSet: setting.ruleSet, audience: setting.audience, key: setting.key, registry: knowledge,
            signatures: setting.signatures, evaluator: evaluator, options: options)
        let report = try run.run(progress: Progress(isQuiet: true))
        guard report.signal == nil else { return .failure(ItemError("the worker was told to stop", mayPass: true)) }
        let counts = report.summary.counts
        if counts.refused > 0 {
            let reasons = report.summary.refusals.sorted { $0.key < $1.key }.map { "\($0.value) refused: \($0.key)" }
            return .failure(ItemError(reasons.joined(separator: "; "), mayPass: true))
        }
        guard inputs.areUnchanged else {
            return .failure(ItemError("an input changed while it was read; give the item again", mayPass: true))
        }
        let record = try knowledge.finish()
        return try RunError.wrapping("an item cannot be finished in OUT") {
            // The run's own: names of inputs, hashed, and where they lay on this machine.
            try BatchStore.removeTree("\(staged.path)/.cordon")
            try FileSystem.rename(staged.recordPath, to: "\(staged.path)/record.jsonl")
            let decisions = try ContentDigest(of: Descriptor(reading: PathBytes("\(staged.path)/decisions.jsonl")))
            let outputs = try ItemFolder(path: staged.path).released()
            let finished = FinishedItem(
                inputDigest: inputs.digest, basis: basis, inputs: inputs,
                outputs: (outputs.count, outputs.reduce(0) { $0 + $1.size }), counts: ItemCounts(counts),
                recordDigest: record.hexadecimal, decisionsDigest: decisions.hexadecimal)
            var file = try DurableFile(temporaryPath: "\(staged.path)/\(FinishedItem.fileName)", mode: 0o600)
            try file.write(finished.json.text + "\n")
            _ = try file.finish()
            try FileSystem.flushFolder(staged.path)
            return .success(finished)
        }
    }
}
