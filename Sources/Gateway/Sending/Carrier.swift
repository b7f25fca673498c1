internal import Host
internal import Inputs

/// Brings what waits to one peer, in one protocol.
protocol Carrier: Sendable {
    /// Sends one after the other, and tells `clerk` what became of each.
    ///
    /// - Throws: when the peer cannot be reached, or goes in the midst: what has not been told of waits on.
    func carry(_ batch: [Delivery], to peer: GatewayConfiguration.Peer, _ clerk: Clerk) async throws
}

/// What a carrier is told, and tells: whether something is still to be sent, and what the peer answered.
struct Clerk: Sendable {
    let desk: GatewayDesk
    let rate: RateLimit
    let unwritten: Unwritten
    let setup: Setup

    /// What the peer answered to one object.
    enum Answer: Sendable {
        /// It has it. Its words go to the log: `0000H`, `B000H`.
        case taken(String)
        /// It has not, and would not take others now, either: all wait.
        case busy(String)
        /// It has not, for a reason that lies in the object.
        case refused(String)
    }

    /// Thrown when the rest of a batch is to wait.
    struct Busy: Error { var status: String }

    /// Waits for the object's turn.
    /// - Returns: its file; nil when it is not to be sent any more.
    func begin(_ delivery: Delivery, to peer: GatewayConfiguration.Peer) async throws -> SentFile? {
        if desk.isStopping { throw CancellationError() }
        guard mayGo(delivery, to: peer) else { return nil }
        if let rate = peer.rate {
            let delay = self.rate.delay(rate, now: .now)
            if delay > 0 { try await Task.sleep(for: .milliseconds(delay)) }
        }
        guard mayGo(delivery, to: peer), try desk.journal.isWaiting(delivery.id) else { return nil }
        do {
            return try SentFile(delivery, desk)
        } catch let error as SentFile.Lost {
            desk.log.write(
                .damaged,
                [
                    "destination": .string(delivery.destination), "digest": .string(delivery.digest),
                    "problem": .string(error.reason),
                ])
            if error.comesAgain {
                try desk.journal.lost(delivery, at: .now)
                desk.wake()
            } else {
                try end(delivery, .refused(error.reason), to: peer)
            }
            return nil
        }
    }

    /// A reload may have changed where it goes, or for whom: the rest of a batch is for the next round then.
    private func mayGo(_ delivery: Delivery, to peer: GatewayConfiguration.Peer) -> Bool {
        let configuration = desk.current.setup.configuration
        return configuration.peers[peer.id] == peer
            && (delivery.isNote || configuration.audiences(of: peer.id).contains(delivery.audience))
    }

    func end(_ delivery: Delivery, _ answer: Answer, to peer: GatewayConfiguration.Peer) throws {
        let now = Instant.now
        switch answer {
        case .taken(let status):
            try unwritten.write(
                delivery, status: status, awaitsCommitment: peer.commits, at: now, to: desk.journal)
            if !peer.commits { try desk.discard(delivery.file) }
            desk.log.write(
                .sent,
                [
                    "destination": .string(delivery.destination), "audience": .string(delivery.audience),
                    "digest": .string(delivery.digest), "output": .string(delivery.output), "status": .string(status),
                    "note": delivery.isNote ? .bool(true) : nil,
                ])
        case .busy(let status): throw Busy(status: status)
        case .refused(let status):
            let attempts = delivery.attempts + 1
            let isDead = attempts >= setup.configuration.retry.attempts
            let delay = Backoff(retry: setup.configuration.retry).delay(after: attempts, for: "\(delivery.id)")
            try desk.journal.failed(
                delivery, status: status, isDead: isDead, due: Instant(milliseconds: now.milliseconds + delay))
            desk.log.write(
                isDead ? .deadLetter : .notSent,
                [
                    "destination": .string(delivery.destination), "digest": .string(delivery.digest),
                    "status": .string(status), "attempts": .number(attempts),
                ])
        }
    }
}
