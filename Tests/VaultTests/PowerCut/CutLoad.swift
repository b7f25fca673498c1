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

        /// What is here and was not in an earlier one.
        func since(_ earlier: Acknowledged) -> Acknowledged {
            Acknowledged(
                stored: Array(Set(stored).subtracting(earlier.stored)),
                deleted: Array(Set(deleted).subtracting(earlier.deleted)),
                labels: Array(Set(labels).subtracting(earlier.labels)),
                holds: Array(Set(holds).subtracting(earlier.holds)))
        }

        mutating func add(_ other: Acknowledged) {
            stored += other.stored
            deleted += other.deleted
            labels += other.labels
            holds += other.holds
        }
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

    fileprivate static func lines(_ running: Cordon.Running) -> [String] {
        whole((try? String(contentsOf: running.output, encoding: .utf8)) ?? "")
    }

    /// Lines that were written to their end.
    private static func whole(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }
}

/// Labels, holds and deletions, a process each, one after another in three threads.
final class CommandLoad: Sendable {
    private enum Deed {
        case label, hold
        case deletion(of: String)
    }

    private struct State {
        var heard = CutLoad.Acknowledged()
        var isEnded = false
        var current: [(running: Cordon.Running, deed: Deed)] = []
    }

    private let site: String
    private let round: Int
    private let deletable: [String]
    private let state = Mutex(State())
    private let group = DispatchGroup()

    init(site: String, round: Int, deletable: [String]) {
        self.site = site
        self.round = round
        self.deletable = deletable
        run { [self] in label($0) }
        run { [self] in hold($0) }
        run { [self] in delete($0) }
    }

    /// What has been told so far, to the last whole line, also by those who have not ended yet.
    var acknowledged: CutLoad.Acknowledged {
        state.withLock { state in
            var heard = state.heard
            for (running, deed) in state.current { Self.hear(CutLoad.lines(running), of: deed, in: &heard) }
            return heard
        }
    }

    /// Ends all of it, and waits for the threads.
    func end() {
        state.withLock { state in
            state.isEnded = true
            for (running, _) in state.current { kill(running.process.processIdentifier, SIGKILL) }
        }
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

    /// Runs a command unless the load has ended; whether it went well.
    private func told(_ deed: Deed, _ arguments: [String]) -> Bool {
        let running = state.withLock { state -> Cordon.Running? in
            guard !state.isEnded, let running = try? Cordon.start(arguments) else { return nil }
            state.current.append((running, deed))
            return running
        }
        guard let running else { return false }
        running.process.waitUntilExit()
        return state.withLock { state in
            state.current.removeAll { $0.running.output == running.output }
            let lines = CutLoad.lines(running)
            guard let result = try? running.end() else { return false }
            // What was told was told, whatever became of the one who told it.
            Self.hear(lines, of: deed, in: &state.heard)
            return !result.isKilled && result.status == 0
        }
    }

    private static func hear(_ lines: [String], of deed: Deed, in heard: inout CutLoad.Acknowledged) {
        guard let line = lines.first else { return }
        let number = line.split { !$0.isNumber }.first.flatMap { Int64($0) }
        switch deed {
        case .label: heard.labels += number.map { [$0] } ?? []
        case .hold: heard.holds += number.map { [$0] } ?? []
        case .deletion(let digest): if line == "1 removed" { heard.deleted.append(digest) }
        }
    }

    private func label(_ number: Int) -> Bool {
        told(
            .label,
            [
                "label", "add", "vip", "--study", Instances.studyUID(round * 1000 + number), "--reason", "cut", "--as",
                "load", "--registry", site,
            ])
    }

    private func hold(_ number: Int) -> Bool {
        told(
            .hold,
            [
                "hold", "place", "--matter", "cut \(round)", "--custodian", "load", "--authority", "court", "--reason",
                "cut", "--patient", "HELD\(round).\(number)", "--as", "load", "--registry", site,
            ])
    }

    private func delete(_ number: Int) -> Bool {
        guard number < deletable.count else { return false }
        return told(
            .deletion(of: deletable[number]),
            ["vault", "delete", "--yes", "--reason", "cut", "--as", "load", "--registry", site, deletable[number]])
    }
}
