internal import DICOMNetwork
internal import Host
internal import Inputs

/// Asks a peer to commit to what it got: storage commitment as SCU (PS3.4 J). Until it has, an object does not count as delivered, and
/// what leaves in a form of its own stays in the spool.
struct CommitmentAsker: Sendable {
    let desk: GatewayDesk
    let setup: Setup

    private static let batchSize = 1000
    /// A peer that has not answered for so long is asked again. Milliseconds.
    private static let patience: Int64 = 600_000

    /// Asks for what has not been asked for.
    /// - Returns: how long to wait until there may be something to ask again. Milliseconds.
    func ask(_ peer: GatewayConfiguration.Peer) async throws -> Int64 {
        guard peer.commits, let title = peer.title, let host = peer.host, let port = peer.port else { return 60_000 }
        let now = Instant.now
        let open = try desk.journal.uncommitted(
            of: peer.id, notAskedSince: Instant(milliseconds: now.milliseconds - Self.patience), limit: Self.batchSize)
        guard !open.isEmpty else { return 60_000 }
        var asked = CommitmentDataSet(transactionUID: NewUID.make())
        asked.instances = open.map { OwedCommitment.Instance(sopClass: $0.sopClass, sop: $0.sop) }
        // Before it is asked: the answer may come on another association at once.
        try desk.journal.asked(open, transaction: asked.transactionUID, at: now)
        desk.log.write(.commitmentAsked, ["destination": .string(peer.id), "instances": .number(open.count)])
        var proposals = ContextProposals()
        proposals.ask(ServiceClasses.storageCommitment)
        let request = AssociateRequest(
            calledTitle: title, callingTitle: setup.configuration.title, proposals)
        let services = Services(events: CommitmentEvents(desk: desk, destinations: [peer.id]))
        let data = asked, journal = desk.journal
        try await AssociationClient.open(
            host: host, port: port, request, settings: try setup.settings(for: peer), services: services
        ) { association in
            let context = try association.context(sopClass: ServiceClasses.storageCommitment)
            let outcome = try await association.commit(try data.encoded(as: context.transferSyntax))
            guard outcome.status.category != .failure else { throw AssociationError.failed(outcome) }
            // Many answer on the same association, if it is there for a moment.
            for _ in 0..<20 {
                guard try journal.isAwaited(data.transactionUID, of: peer.id) else { return }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        return 1000
    }
}

/// Hears what a peer has committed to, on whichever association it says so.
struct CommitmentEvents: EventReportHandler {
    let desk: GatewayDesk
    /// Peers that the caller is: of one of them it was asked.
    let destinations: [String]

    func receive(_ event: EventReport, _ association: Association) async -> Outcome {
        guard event.sopClass == ServiceClasses.storageCommitment, let information = event.information,
            let told = CommitmentDataSet(information)
        else { return Outcome(.processingFailure) }
        do {
            // Told twice, or of nothing that we asked: no harm.
            guard
                let destination = try destinations.first(where: { destination in
                    try desk.journal.isAwaited(told.transactionUID, of: destination)
                })
            else { return .success }
            let retry = desk.current.setup.configuration.retry
            let failed = Dictionary(told.failed.map { ($0.instance.sop, "\(Status(rawValue: $0.reason))") }) {
                first, _ in first
            }
            let counts = try desk.journal.committed(
                told.transactionUID, by: destination, instances: Set(told.instances.map(\.sop)), failed: failed,
                mostAttempts: retry.attempts, at: .now)
            guard let counts else { return .success }
            desk.log.write(
                .committed,
                [
                    "destination": .string(destination), "committed": .number(counts.committed),
                    "failed": .number(counts.failed),
                ])
            try desk.discardUnneeded(of: destination)
            desk.wakeCourier(destination)
            return .success
        } catch {
            desk.log.write(
                .failed,
                ["destination": .string(destinations.joined(separator: " ")), "problem": .string("\(error)")])
            return Outcome(.processingFailure)
        }
    }
}
