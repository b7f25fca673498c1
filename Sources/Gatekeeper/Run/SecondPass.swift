import Host
import Deidentification
import DICOMCore
import DICOMEncoding
import DICOMFile
import Glibc
import Inputs
import Registry
import RuleEngine
import RuleLanguage
import Synchronization

/// Makes the bytes of each input's disposition, puts them where they belong, and writes down that it did.
struct SecondPass: Sendable {
    let names: InputNames
    let facts: [InputFacts]
    let verdicts: Verdicts
    let gate: Gate
    let keys: InputKeys
    let evaluator: Evaluator
    var registry: (any RegistryAccess)?
    /// What was found of faces, by number of series.
    var faces: [FaceFinding?] = []
    let scratch: String
    /// Threads that write beside the jobs.
    var writers = 0
    let context: RecordedDecision.Context
    /// Nil in a dry run, which writes nothing.
    let target: Target?

    /// Where results go.
    struct Target: Sendable {
        let folder: OutputFolder
        let journal: Journal
        let ledger: Ledger
    }

    /// Inputs from this size on are written, and what is written digested, beside the job that reads and edits the next:
    /// for less, handing it over costs more than it gains.
    static let leastWrittenBeside = 128 << 10
    /// What may be in memory to be written beside the jobs, in bytes of inputs.
    private static let mostWritten = 8 << 20

    /// Inputs that a job commits at once: enough that flushing files, folders and the journal costs little for each. Each has
    /// two files open until then at most, its copy and its reason, of as many as the system allows; and while one batch is brought
    /// to disk the next is prepared. Besides, a job has its input, the archive that it is in, its workers and a folder open.
    static func batchSize(_ jobs: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1 }
        return max(1, min(64, ((Int(clamping: limit.rlim_cur) - 128) / max(1, jobs) - 6) / 4))
    }

    /// - Parameters:
    ///   - todo: inputs by number, in order.
    ///   - receive: gets every outcome of a dry run.
    func run(
        _ todo: [Int], jobs: Int, progress: Progress, receive: @escaping @Sendable (Int, Outcome) -> Void = { _, _ in }
    ) throws(RunError) {
        let chunks = Workers.Chunks(
            count: todo.count, size: min(Self.batchSize(jobs), max(1, todo.count / max(1, jobs * 4))))
        let failure = Failure()
        let writers = Companions(target == nil ? 0 : writers, most: Self.mostWritten)
        // One for each job, which goes on while its last batch waits for the disk.
        let committers = Companions(target == nil ? 0 : jobs, most: .max)
        Workers.run(jobs, tick: { progress.show() }) { _ in
            let reader = InputReader(scratch: scratch)
            var cache = VerdictCache(verdicts, gate: gate)
            var committing: Companions.Promise<Void>?
            while StopSignal.number == nil, !failure.hasHappened, let chunk = chunks.take() {
                var prepared: [Prepared] = []
                for index in todo[chunk] {
                    if StopSignal.number != nil || failure.hasHappened { break }
                    do throws(RunError) {
                        let next = try prepare(index, reader, &cache, writers)
                        if target == nil { receive(index, next.outcome) }
                        prepared.append(next)
                    } catch {
                        failure.set(error)
                    }
                }
                // One after the other: a batch that fails is the last.
                try? committing?.value()
                if failure.hasHappened { break }
                committing = committers.begin(weight: 1) { [prepared] in
                    do throws(RunError) {
                        if let target { try commit(prepared, target) }
                    } catch {
                        failure.set(error)
                    }
                    for _ in prepared { progress.advance() }
                }
            }
            try? committing?.value()
        }
        try failure.check()
    }

    /// The first error of any thread ends all.
    final class Failure: Sendable {
        private let error = Mutex<RunError?>(nil)
        var hasHappened: Bool { error.withLock { $0 != nil } }
        func set(_ new: RunError) { error.withLock { $0 = $0 ?? new } }
        func check() throws(RunError) { if let error = error.withLock({ $0 }) { throw error } }
    }

    /// What an outcome depends on besides the bytes of the input.
    static func basis(_ facts: InputFacts, _ verdict: Verdict?, result: Outcome.Result) -> String {
        var parts = [facts.kind.name]
        if let verdict {
            let decision = verdict.decision
            parts += [decision.disposition.name, decision.profile ?? "", facts.isContested ? "contested" : "alone"]
            if facts.sharesPseudonym { parts.append("shared pseudonym") }
            if let known = verdict.known { parts.append(known) }
            if facts.faces != 0 { parts.append("faces \(facts.faces)") }
            if decision.carriesLabels { parts += decision.labels.map(\.label) }
            // The reason beside a sequestered original tells all of it.
            if result == .sequester { parts.append(verdict.digest) }
        }
        return String(ContentDigest(of: parts.joined(separator: "\n").utf8).hexadecimal.prefix(16))
    }
}
