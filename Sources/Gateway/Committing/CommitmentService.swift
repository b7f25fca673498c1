internal import DICOMNetwork
internal import Host
internal import Inputs
internal import Vault

/// Takes responsibility for what a peer sent us: storage commitment as SCP (PS3.4 J). What is owed is on the disk before the request
/// is answered, and only what is durable is committed to.
struct CommitmentService: CommitmentHandler {
    let desk: GatewayDesk
    /// The peer's id.
    let peer: String

    func commit(_ request: ActionRequest, _ association: Association) async -> Outcome {
        guard request.actionType == 1 else { return Outcome(.noSuchActionType) }
        guard let information = request.information, let asked = CommitmentDataSet(information),
            !asked.instances.isEmpty
        else { return Outcome(.processingFailure, comment: "no transaction, or no referenced instances") }
        do {
            try desk.journal.owe(peer, transaction: asked.transactionUID, asked.instances, at: .now)
            desk.log.write(.commitmentOwed, ["peer": .string(peer), "instances": .number(asked.instances.count)])
            return .success
        } catch {
            desk.log.write(.failed, ["peer": .string(peer), "problem": .string("\(error)")])
            return Outcome(.resourceLimitation)
        }
    }

    /// The result is known at once: it goes out on the same association where the peer has stayed.
    func answered(_ request: ActionRequest, _ association: Association) async {
        guard let information = request.information, let asked = CommitmentDataSet(information),
            let owed = try? desk.journal.owed(peer, transaction: asked.transactionUID)
        else { return }
        guard await !CommitmentReport(desk: desk, owed: owed).send(on: association) else { return }
        try? desk.journal.postpone(owed, until: .now)
        desk.wakeReporter()
    }
}

/// One answer that we owe.
struct CommitmentReport: Sendable {
    let desk: GatewayDesk
    let owed: OwedCommitment

    /// - Returns: false when the peer has not taken it: it is owed on.
    func send(on association: Association) async -> Bool {
        guard let syntax = association.reportTransferSyntax(sopClass: ServiceClasses.storageCommitment) else {
            return false
        }
        do {
            let result = try result()
            let event = EventReport.storageCommitment(
                isComplete: result.failed.isEmpty, try result.encoded(as: syntax))
            let outcome = try await association.report(event)
            guard outcome.status.category != .failure else { return false }
            try desk.journal.answered(owed)
            desk.log.write(
                .commitmentAnswered,
                [
                    "peer": .string(owed.peer), "committed": .number(result.instances.count),
                    "failed": .number(result.failed.count),
                ])
            return true
        } catch {
            return false
        }
    }

    /// What of the instances is kept: of those that this very peer sent, so that nobody learns of anything else.
    private func result() throws -> CommitmentDataSet {
        var result = CommitmentDataSet(transactionUID: owed.transactionUID)
        for instance in owed.instances {
            let arrivals = try desk.journal.arrivals(ofInstance: instance.sop).filter { $0.peer == owed.peer }
            let good = arrivals.filter { $0.problem == nil }
            if arrivals.isEmpty {
                // No such object instance (PS3.3 C.14.1.1).
                result.failed.append((instance, 0x0112))
            } else if !arrivals.contains(where: { $0.sopClass == instance.sopClass }) {
                // Class and instance conflict.
                result.failed.append((instance, 0x0119))
            } else if let arrival = good.first, try desk.vault.contains(arrival.digest) {
                result.instances.append(instance)
            } else {
                // Processing failure: it was refused when it came, or is not where it should be.
                result.failed.append((instance, 0x0110))
            }
        }
        return result
    }
}

/// Sends answers for which the asking association was gone, on associations that we open, until they are taken.
struct CommitmentReporter: Sendable {
    let desk: GatewayDesk

    func run() async {
        while !desk.isStopping, !Task.isCancelled {
            for owed in (try? desk.journal.owed(at: .now, limit: 50)) ?? [] where !desk.isStopping {
                guard await !send(owed) else { continue }
                let delay = Backoff(retry: desk.current.setup.configuration.retry).delay(
                    after: owed.attempts + 1, for: owed.transactionUID)
                try? desk.journal.postpone(owed, until: Instant(milliseconds: Instant.now.milliseconds + delay))
            }
            await desk.reporterPulse.wait(milliseconds: 2000)
        }
    }

    private func send(_ owed: OwedCommitment) async -> Bool {
        let setup = desk.current.setup
        guard let peer = setup.configuration.peers[owed.peer], let title = peer.title, let host = peer.host,
            let port = peer.port, let settings = try? setup.settings(for: peer)
        else { return false }
        var proposals = ContextProposals()
        // The SCP role is ours though we call (PS3.4 J.3.3, PS3.7 D.3.3.4).
        proposals.receive(ServiceClasses.storageCommitment, in: TransferSyntaxes.identifiers)
        let request = AssociateRequest(
            calledTitle: title, callingTitle: setup.configuration.title, proposals)
        let report = CommitmentReport(desk: desk, owed: owed)
        return
            (try? await AssociationClient.open(host: host, port: port, request, settings: settings) { association in
                await report.send(on: association)
            }) ?? false
    }
}
