import Foundation
import Glibc
import Host
import Synchronization

/// What several processes do on a site while its power is cut, and what each of them acknowledged.
final class CutLoad {
    struct Acknowledged {
        /// Digests of originals.
        var stored: [String] = []
        var deleted: [String] = []
        /// Numbers that the registry gave.
        var labels: [Int64] = []
        var holds: [Int64] = []

        var count: Int { stored.count + deleted.count + labels.count + holds.count }
    }

    private let adding: [Cordon.Running]
    private let commands: CommandLoad

    /// - Parameters:
    ///   - inputs: a folder of new originals for each process that stores.
    ///   - deletable: what was stored before and may go; no hold covers it.
    init(site: String, inputs: [String], round: Int, deletable: [String]) throws {
        adding = try inputs.map {
            try Cordon.start(["vault", "add", "--registry", site, "--as", "load", "--digests", "--jobs", "3", $0])
        }
        commands = CommandLoad(site: site, round: round, deletable: deletable)
    }

    /// What has been acknowledged so far.
    var acknowledged: Acknowledged {
        var acknowledged = commands.acknowledged
        for running in adding { acknowledged.stored += Self.lines(running) }
        return acknowledged
    }

    /// How much that is.
    var count: Int { adding.reduce(0) { $0 + Self.lines($1).count } + commands.acknowledged.count }

    var isRunning: Bool { adding.contains { $0.process.isRunning } }

    /// Ends all of it, however far it is, and says what was acknowledged.
    func end() throws -> Acknowledged {
        for running in adding { kill(running.process.processIdentifier, SIGKILL) }
        commands.end()
        var acknowledged = commands.acknowledged
        for running in adding { acknowledged.stored += Self.whole(try running.end().output) }
        return acknowledged
    }

    private static func lines(_ running: Cordon.Running) -> [String] {
        whole((try? String(contentsOf: running.output, encoding: .utf8)) ?? "")
    }

    /// Lines that were written to their end.
    private static func whole(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }
}

/// Labels, holds and deletions, a process each, one after another in three threads.
final class CommandLoad: Sendable {
    private let site: String
    private let round: Int
    private let deletable: [String]
    private let state = Mutex((acknowledged: CutLoad.Acknowledged(), isEnded: false))
    private let current = Mutex<[Int32]>([])
    private let group = DispatchGroup()

    init(site: String, round: Int, deletable: [String]) {
        self.site = site
        self.round = round
        self.deletable = deletable
        run { [self] in label($0) }
        run { [self] in hold($0) }
        run { [self] in delete($0) }
    }

    var acknowledged: CutLoad.Acknowledged { state.withLock { $0.acknowledged } }

    /// Ends all of it, and waits for the threads.
    func end() {
        state.withLock { $0.isEnded = true }
        for number in current.withLock({ $0 }) { kill(number, SIGKILL) }
        group.wait()
    }

    private func run(_ body: @escaping @Sendable (Int) -> Bool) {
        let group = group
        group.enter()
        Thread {
            var number = 0
            while body(number) { number += 1 }
            group.leave()
        }.start()
    }

    /// Runs a command unless the load has ended; its output when it told success.
    private func told(_ arguments: [String]) -> String? {
        guard !state.withLock({ $0.isEnded }), let running = try? Cordon.start(arguments) else { return nil }
        let number = running.process.processIdentifier
        current.withLock { $0.append(number) }
        if state.withLock({ $0.isEnded }) { kill(number, SIGKILL) }
        defer { current.withLock { $0.removeAll { $0 == number } } }
        guard let result = try? running.end(), !result.isKilled, result.status == 0 else { return nil }
        return result.output
    }

    private func label(_ number: Int) -> Bool {
        let arguments = [
            "label", "add", "vip", "--study", Instances.studyUID(round * 1000 + number), "--reason", "cut", "--as",
            "load", "--registry", site,
        ]
        guard let output = told(arguments), let id = Self.number(in: output) else { return false }
        state.withLock { $0.acknowledged.labels.append(id) }
        return true
    }

    private func hold(_ number: Int) -> Bool {
        let arguments = [
            "hold", "place", "--matter", "cut \(round)", "--custodian", "load", "--authority", "court", "--reason",
            "cut", "--patient", "HELD\(round).\(number)", "--as", "load", "--registry", site,
        ]
        guard let output = told(arguments), let id = Self.number(in: output) else { return false }
        state.withLock { $0.acknowledged.holds.append(id) }
        return true
    }

    private func delete(_ number: Int) -> Bool {
        guard number < deletable.count else { return false }
        let arguments = [
            "vault", "delete", "--yes", "--reason", "cut", "--as", "load", "--registry", site, deletable[number],
        ]
        guard told(arguments) != nil else { return false }
        state.withLock { $0.acknowledged.deleted.append(deletable[number]) }
        return true
    }

    /// The first number in a line.
    private static func number(in text: String) -> Int64? {
        text.split { !$0.isNumber }.first.flatMap { Int64($0) }
    }
}
