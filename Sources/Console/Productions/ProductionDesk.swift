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

/// Hands over what is held in matters, and verifies it: one job after the other, beside the pages. Jobs are in memory; what they made is in
/// the folder, and on the log.
final class ProductionDesk: Sendable {
    struct Job: Hashable, Sendable {
        enum State: Hashable, Sendable {
            case waiting
            case running(done: Int)
            case produced(ProductionReport)
            case verified(BagVerdicts)
            case failed(String)

            var isOver: Bool {
                switch self {
                case .waiting, .running: false
                case .produced, .verified, .failed: true
                }
            }
        }

        /// Of the folder.
        var name: String
        var isVerification: Bool
        var person: String
        var began: Instant
        /// Instances that the matter holds; 0 where nobody counted them, or there are too many to count beforehand.
        var expected = 0
        var state = State.waiting
    }

    private let registry: Registry
    private let folder: String
    private let site: String
    private let queue = DispatchQueue(label: "productions")
    private let jobs = Mutex<[Job]>([])

    /// Jobs that wait or run; and those that are remembered.
    private static let mostOpen = 4
    private static let mostKept = 50
    /// Folders that are listed.
    static let mostListed = 200

    init(registry: Registry, site: String, folder: String) {
        self.registry = registry
        self.site = site
        self.folder = folder
    }

    /// The newest first.
    var all: [Job] { jobs.withLock { $0.reversed() } }

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

    /// Begins an export.
    /// - Throws: `ConsoleProblem` where too much is under way, or nothing is held in the matter.
    func export(
        matter: String, reason: String, ruleSets: [RuleSet], allowsMissingRules: Bool, withholdsOpenings: Bool,
        by person: Person, at time: Instant
    ) throws {
        let holds = try registry.holds(matter: matter)
        guard !holds.isEmpty else { throw ConsoleProblem.invalid("No hold was ever placed in this matter.") }
        let stamp = time.description.prefix(19).filter { $0.isNumber }
        let word = String(
            decoding: matter.utf8.map { Self.isNamed($0) ? $0 : UInt8(ascii: "-") }.prefix(60), as: UTF8.self)
        let name = "production-\(word)-\(stamp)"
        let output = "\(folder)/\(name)"
        var order = ProductionOrder(
            matter: matter, output: output, person: person, reason: reason, time: time, version: BatchRun.version)
        order.ruleSets = ruleSets
        order.allowsMissingRules = allowsMissingRules
        order.withholdsOpenings = withholdsOpenings
        let final = order
        try begin(Job(name: name, isVerification: false, person: person.name, began: time)) { [self] in
            let counted = try self.expected(holds)
            self.change(name) { $0.expected = counted }
            try FileSystem.makeFolder(folder, mode: 0o700)
            let vault = try Vault(path: site + "/vault", keys: site + "/keys", making: nil)
            var export = MatterExport(registry: registry, vault: vault, log: try LogFolder(registry: site))
            export.progress = { done in self.set(name, .running(done: done)) }
            return .produced(try export.run(final))
        }
    }

    /// Begins to verify a bag of the folder.
    /// - Parameter trusted: fingerprints that somebody was told by other means.
    func verify(_ name: String, trusting trusted: [String], by person: Person, at time: Instant) throws {
        guard bags().contains(name) else { throw ConsoleProblem.notFound }
        try begin(Job(name: name, isVerification: true, person: person.name, began: time)) { [self] in
            let verdicts = try BagVerification(trusting: trusted).run("\(folder)/\(name)")
            let worst = verdicts.verdicts.values.map(\.word).max() ?? .error
            _ = try registry.record(
                CustodyEvent(
                    .verified, time: .now, actor: person.name,
                    facts: [
                        CustodyEvent.Fact("by", "console"), CustodyEvent.Fact("production", name),
                        CustodyEvent.Fact("verdict", worst.rawValue),
                    ]))
            return .verified(verdicts)
        }
    }

    private func begin(_ job: Job, _ work: @escaping @Sendable () throws -> Job.State) throws(ConsoleProblem) {
        let isTaken = jobs.withLock { jobs in
            guard jobs.count(where: { !$0.state.isOver }) < Self.mostOpen,
                !jobs.contains(where: { $0.name == job.name && !$0.state.isOver })
            else { return false }
            jobs.append(job)
            if jobs.count > Self.mostKept, let old = jobs.firstIndex(where: \.state.isOver) { jobs.remove(at: old) }
            return true
        }
        guard isTaken else {
            throw ConsoleProblem(
                409, "That was not done", "That is under way already, or too much else is. Wait for it.")
        }
        queue.async { [self] in
            set(job.name, .running(done: 0))
            do { set(job.name, try work()) } catch { set(job.name, .failed(Self.words(error))) }
        }
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

    private func set(_ name: String, _ state: Job.State) { change(name) { $0.state = state } }

    private func change(_ name: String, _ body: (inout Job) -> Void) {
        jobs.withLock { jobs in
            guard let place = jobs.lastIndex(where: { $0.name == name && !$0.state.isOver }) else { return }
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
