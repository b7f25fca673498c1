internal import CustodyLog
internal import Dispatch
internal import Foundation
internal import Gatekeeper
internal import Host
internal import Production
internal import Registry
internal import RuleBundle
internal import RuleLanguage
internal import Synchronization
internal import Vault

/// Hands over what is held in matters, and verifies it: one job after the other, beside the pages. What was begun when the console ended is
/// begun again when it is started; what was made is in the folder, and on the log.
final class ProductionDesk: Sendable {
    private let registry: Registry
    private let folder: String
    private let site: String
    private let store: DeskStore
    private let isStopping: @Sendable () -> Bool
    let queue = DispatchQueue(label: "productions")
    private let jobs = Mutex<[ProductionJob]>([])

    /// Jobs that wait or run; and those that are remembered.
    private static let mostOpen = 4
    private static let mostKept = 50
    /// Folders that are listed.
    static let mostListed = 200

    /// - Parameter isStopping: whether the process has been told to end.
    init(
        registry: Registry, site: String, folder: String, store: DeskStore,
        isStopping: @escaping @Sendable () -> Bool = { StopSignal.number != nil }
    ) {
        self.registry = registry
        self.site = site
        self.folder = folder
        self.store = store
        self.isStopping = isStopping
    }

    /// The newest first.
    var all: [ProductionJob] { jobs.withLock { $0.reversed() } }

    /// Bags that are there, by name, the last first.
    func bags() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return Array(
            names.filter { Self.isName($0) && FileSystem.status("\(folder)/\($0)/bagit.txt") != nil }.sorted(by: >)
                .prefix(Self.mostListed))
    }

    /// A name of ours: it leads nowhere else.
    private static func isName(_ name: String) -> Bool {
        name.utf8.count <= 120 && !name.hasPrefix(".") && name.utf8.allSatisfy { isNamed($0) }
    }

    private static func isNamed(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || "-_.".utf8.contains(byte)
    }

    // MARK: - Jobs

    /// So often a job is begun that ends the console each time.
    private static let mostAttempts = 3

    /// Takes up what was there when the console ended: what is not done is done now, unless it was what ended the console, or whoever
    /// ordered it may not come in any more.
    ///
    /// - Parameters:
    ///   - ruleSets: those that decided, as far as they are at hand.
    ///   - isShutOut: whether somebody may not come in any more, by whatever name.
    func resume(ruleSets: [RuleSet], isShutOut: (Person) throws -> Bool = { _ in false }) throws {
        let kept = try store.jobs()
        // All are asked before the first is begun: what cannot be asked ends nothing that is under way.
        let askers = Set(kept.filter { !$0.job.state.isOver }.map(\.job.person))
        let shutOut = try askers.filter { try Person($0).map(isShutOut) ?? false }
        jobs.withLock { $0 = kept.map(\.job) }
        for (job, task, attempts) in kept where !job.state.isOver {
            guard let task else {
                finish(job.id, ProductionJob.Result(failure: "what was to be done cannot be read any more"))
                continue
            }
            guard attempts < Self.mostAttempts else {
                finish(
                    job.id,
                    ProductionJob.Result(
                        failure:
                            "the console ended \(attempts) times while it was at this, and does not begin it again: "
                            + "look at what the console said when it ended, then order it anew"))
                continue
            }
            guard !shutOut.contains(job.person) else {
                finish(
                    job.id, ProductionJob.Result(failure: "whoever ordered it may not come in any more; order it anew"))
                continue
            }
            run(job.id) { [self] in
                // It may have got its name, and the console ended before that was written down.
                if !job.isVerification, FileSystem.status("\(folder)/\(job.name)/bagit.txt") != nil {
                    return ProductionJob.Result(lines: [
                        "It was done when the console ended. Verify it: that tells what is in it."
                    ])
                }
                return try work(job, task, ruleSets)
            }
        }
    }

    /// Begins an export.
    /// - Throws: `ConsoleProblem` where too much is under way, or nothing is held in the matter.
    func export(
        matter: String, reason: String, ruleSets: [RuleSet], allowsMissingRules: Bool, withholdsOpenings: Bool,
        by person: Person, at time: Instant
    ) throws {
        guard try !registry.holds(matter: matter, limit: 1).isEmpty else {
            throw ConsoleProblem.invalid("No hold was ever placed in this matter.")
        }
        let stamp = time.description.prefix(19).filter { $0.isNumber }
        let word = String(
            decoding: matter.utf8.map { Self.isNamed($0) ? $0 : UInt8(ascii: "-") }.prefix(60), as: UTF8.self)
        try begin(
            "production-\(word)-\(stamp)", isVerification: false,
            ProductionJob.Task(
                matter: matter, reason: reason, allowsMissingRules: allowsMissingRules,
                withholdsOpenings: withholdsOpenings), ruleSets, by: person, at: time)
    }

    /// Begins to verify a bag of the folder.
    /// - Parameter trusted: fingerprints that somebody was told by other means.
    func verify(_ name: String, trusting trusted: [String], by person: Person, at time: Instant) throws {
        guard bags().contains(name) else { throw ConsoleProblem.notFound }
        try begin(name, isVerification: true, ProductionJob.Task(trusted: trusted), [], by: person, at: time)
    }

    private func begin(
        _ name: String, isVerification: Bool, _ task: ProductionJob.Task, _ ruleSets: [RuleSet], by person: Person,
        at time: Instant
    ) throws {
        let begun = try jobs.withLock { jobs -> ProductionJob? in
            guard jobs.count(where: { !$0.state.isOver }) < Self.mostOpen,
                !jobs.contains(where: { $0.name == name && !$0.state.isOver })
            else { return nil }
            let id = try store.add(task, name: name, isVerification: isVerification, by: person.name, at: time)
            let job = ProductionJob(
                id: id, name: name, isVerification: isVerification, person: person.name, began: time)
            jobs.append(job)
            if jobs.count > Self.mostKept, let old = jobs.firstIndex(where: \.state.isOver) { jobs.remove(at: old) }
            return job
        }
        guard let begun else {
            throw ConsoleProblem(
                409, "That was not done", "That is under way already, or too much else is. Wait for it.")
        }
        run(begun.id) { [self] in try work(begun, task, ruleSets) }
    }

    private func run(_ id: Int64, _ work: @escaping @Sendable () throws -> ProductionJob.Result) {
        queue.async { [self] in
            // It waits for the next start.
            guard !isStopping() else { return }
            change(id) { $0.state = .running(done: 0) }
            do {
                try store.begin(job: id)
                finish(id, try work())
            } catch {
                // What was stopped with the console did not fail: the next start does it.
                guard !isStopping() else {
                    _ = try? store.forgetAttempts(job: id)
                    return
                }
                finish(id, ProductionJob.Result(failure: Self.words(error)))
            }
        }
    }

    /// To be called when the process was told to end, and ends: what is under way is not what ended it.
    func forgetAttempts() {
        for job in all where !job.state.isOver { _ = try? store.forgetAttempts(job: job.id) }
    }

    /// Where it cannot be written down, it is done again when the console is started again.
    private func finish(_ id: Int64, _ result: ProductionJob.Result) {
        try? store.finish(job: id, result, keeping: Self.mostKept)
        change(id) { $0.state = result.failure.map { .failed($0) } ?? .done(result) }
    }

    private func work(
        _ job: ProductionJob, _ task: ProductionJob.Task, _ ruleSets: [RuleSet]
    ) throws -> ProductionJob.Result {
        guard let person = Person(job.person) else {
            return ProductionJob.Result(failure: "nobody can be named who ordered it")
        }
        guard let matter = task.matter, let reason = task.reason else {
            return try verification(job.name, trusting: task.trusted, by: person)
        }
        let counted = try expected(registry.holds(matter: matter))
        change(job.id) { $0.expected = counted }
        var order = ProductionOrder(
            matter: matter, output: "\(folder)/\(job.name)", person: person, reason: reason, time: job.began,
            version: BatchRun.version)
        order.ruleSets = ruleSets
        order.allowsMissingRules = task.allowsMissingRules
        order.withholdsOpenings = task.withholdsOpenings
        try FileSystem.makeFolder(folder, mode: 0o700)
        let vault = try Vault(path: site + "/vault", keys: site + "/keys", making: nil)
        var export = MatterExport(registry: registry, vault: vault, log: try LogFolder(registry: site))
        export.progress = { done in self.change(job.id) { $0.state = .running(done: done) } }
        return ProductionJob.Result(try export.run(order))
    }

    private func verification(
        _ name: String, trusting trusted: [String], by person: Person
    ) throws -> ProductionJob.Result {
        let verdicts = try BagVerification(trusting: trusted).run("\(folder)/\(name)")
        let result = ProductionJob.Result(verdicts)
        _ = try registry.record(
            CustodyEvent(
                .verified, time: .now, actor: person.name,
                facts: [
                    CustodyEvent.Fact("by", "console"), CustodyEvent.Fact("production", name),
                    CustodyEvent.Fact("verdict", result.word ?? ""),
                ]))
        return result
    }

    /// Nobody waits for this: it is in words for people alone.
    private func expected(_ holds: [Hold]) throws -> Int {
        var expected = 0
        for hold in holds {
            let (count, isAll) = try registry.instanceCount(matching: hold.scope, upTo: 20_000, looking: 40_000)
            guard isAll else { return 0 }
            expected += count
        }
        return expected
    }

    private func change(_ id: Int64, _ body: (inout ProductionJob) -> Void) {
        jobs.withLock { jobs in
            guard let place = jobs.lastIndex(where: { $0.id == id && !$0.state.isOver }) else { return }
            body(&jobs[place])
        }
    }

    /// Of these errors it is known that they name no patient.
    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as ProductionError: "\(error)"
        case let error as VaultError: "the vault: \(error)"
        case let error as LogError: error.message
        case let error as RegistryError: "\(error)"
        default: "something went wrong: \(type(of: error))"
        }
    }
}
