internal import CustodyLog
internal import DICOMNetwork
internal import Host
internal import Inputs
internal import Registry
internal import Synchronization

/// Works through the queue of one destination: by priority, as fast as its rate allows, again where it failed. One for each
/// destination, so that nobody waits for somebody else's archive.
final class Courier: Sendable {
    let destination: String
    private let desk: GatewayDesk
    private let pulse = Pulse()
    private let rate = RateLimit()
    private let unwritten = Unwritten()
    private let state = Mutex(State())

    private struct State {
        var failures = 0
        var pausedUntil = Instant(milliseconds: 0)
    }

    private static let batchSize = 128

    init(_ destination: String, _ desk: GatewayDesk) {
        self.destination = destination
        self.desk = desk
    }

    func wake() { pulse.post() }

    /// Whether the destination could be reached when it was tried last.
    var isReachable: Bool { state.withLock { $0.failures == 0 } }

    func run() async {
        while !desk.isStopping, !Task.isCancelled {
            let wait: Int64
            do {
                wait = try await round()
            } catch {
                desk.log.write(
                    .failed,
                    ["destination": .string(destination), "problem": .string("\(GatewayError(error, "a queue"))")])
                wait = 5000
            }
            // Who releases a dead letter does so from another process, which wakes nobody.
            if wait > 0, !desk.isStopping { await pulse.wait(milliseconds: min(wait, 2000)) }
        }
        // The last try: what cannot be written down now goes out again after the next start.
        try? unwritten.writeAll(to: desk.journal)
        try? record()
    }

    /// - Returns: how long to wait for the next. Milliseconds.
    private func round() async throws -> Int64 {
        let setup = desk.current.setup
        guard let peer = setup.configuration.peers[destination] else { return 60_000 }
        let pause = state.withLock { $0.pausedUntil.milliseconds } - Instant.now.milliseconds
        guard pause <= 0 else { return pause }
        try unwritten.writeAll(to: desk.journal)
        let audiences = setup.configuration.audiences(of: destination)
        let batch = try desk.journal.next(
            for: destination, audiences: audiences, at: .now, limit: Self.batchSize * peer.associations)
        if batch.isEmpty {
            try record()
            let asked = try await CommitmentAsker(desk: desk, setup: setup).ask(peer)
            guard let next = try desk.journal.nextDelivery(for: destination, audiences: audiences) else { return asked }
            return min(asked, max(1, next.milliseconds - Instant.now.milliseconds))
        }
        let carrier = Composition.carrier(for: peer)
        let clerk = Clerk(desk: desk, rate: rate, unwritten: unwritten, setup: setup)
        do {
            try await send(batch, to: peer, carrier, clerk)
            reached()
        } catch let error as GatewayError {
            throw error
        } catch is CancellationError {
            return 0
        } catch {
            failed(error, setup)
        }
        try record()
        return 0
    }

    /// Over several associations where the peer takes them; the instances of a study go over one.
    private func send(
        _ batch: [Delivery], to peer: GatewayConfiguration.Peer, _ carrier: any Carrier, _ clerk: Clerk
    ) async throws {
        guard peer.associations > 1 else { return try await carrier.carry(batch, to: peer, clerk) }
        var parts: [[Delivery]] = Array(repeating: [], count: peer.associations)
        for (number, study) in Self.distinct(batch.map(\.study)).enumerated() {
            parts[number % parts.count] += batch.filter { $0.study == study }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for part in parts where !part.isEmpty {
                group.addTask(executorPreference: desk.threads) { try await carrier.carry(part, to: peer, clerk) }
            }
            var failure: (any Error)?
            while let result = await group.nextResult() {
                if case .failure(let error) = result { failure = failure ?? error }
            }
            if let failure { throw failure }
        }
    }

    private static func distinct(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    private func reached() {
        let wasAway = state.withLock { state in
            defer { state.failures = 0 }
            return state.failures > 0
        }
        if wasAway { desk.log.write(.reachable, ["destination": .string(destination)]) }
    }

    private func failed(_ error: any Error, _ setup: Setup) {
        let failures = state.withLock { state in
            state.failures += 1
            let delay = Backoff(retry: setup.configuration.retry).delay(after: state.failures, for: destination)
            state.pausedUntil = Instant(milliseconds: Instant.now.milliseconds + delay)
            return state.failures
        }
        let reason =
            switch error {
            case let error as AssociationError: "\(error)"
            case let busy as Clerk.Busy: "the peer answered \(busy.status)"
            default: "no connection"
            }
        desk.log.write(
            .unreachable,
            ["destination": .string(destination), "problem": .string(reason), "failures": .number(failures)])
    }

    /// Puts what the destination got onto the custody log: whoever is killed before it does so at the next start.
    private func record() throws {
        while true {
            let rows = try desk.journal.unrecorded(of: destination, limit: 100)
            guard let first = rows.first else { return }
            let same = rows.filter { $0.audience == first.audience }
            let event = CustodyEvent(
                .exported, time: .now, actor: desk.current.setup.configuration.site.person.name,
                facts: [
                    CustodyEvent.Fact("destination", destination), CustodyEvent.Fact("audience", first.audience),
                    CustodyEvent.Fact("instances", String(same.count)),
                ] + same.map { CustodyEvent.Fact("digest", $0.digest) }
                    + same.filter { $0.output != $0.digest }.map { CustodyEvent.Fact("output", $0.output) })
            try desk.registry.record(event)
            try desk.journal.recorded(same)
        }
    }
}
