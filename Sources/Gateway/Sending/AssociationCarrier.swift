internal import DICOMNetwork
internal import Host

/// Sends by C-STORE (PS3.4 B), with the presentation contexts that the batch needs and no others.
struct AssociationCarrier: Carrier {
    func carry(_ batch: [Delivery], to peer: GatewayConfiguration.Peer, _ clerk: Clerk) async throws {
        guard let title = peer.title, let host = peer.host, let port = peer.port else {
            throw GatewayError(.arguments, "the peer `\(peer.id)` has no place to be called")
        }
        var proposals = ContextProposals()
        proposals.send(batch.map { ContextProposals.Pair(sopClass: $0.sopClass, transferSyntax: $0.syntax) })
        // What found no room goes with another association.
        let later = Set(proposals.leftOut)
        let request = AssociateRequest(
            calledTitle: title, callingTitle: clerk.setup.configuration.title, proposals)
        let settings = try clerk.setup.settings(for: peer)
        try await AssociationClient.open(host: host, port: port, request, settings: settings) { association in
            for delivery in batch {
                let pair = ContextProposals.Pair(sopClass: delivery.sopClass, transferSyntax: delivery.syntax)
                guard !later.contains(pair) else { continue }
                guard (try? association.context(sopClass: pair.sopClass, transferSyntax: pair.transferSyntax)) != nil
                else {
                    try clerk.end(delivery, .refused("no presentation context was accepted"), to: peer)
                    continue
                }
                guard let file = try await clerk.begin(delivery, to: peer) else { continue }
                try await send(delivery, file, association, peer, clerk)
            }
        }
    }

    private func send(
        _ delivery: Delivery, _ file: SentFile, _ association: Association, _ peer: GatewayConfiguration.Peer,
        _ clerk: Clerk
    ) async throws {
        let piece = file.pieces()
        let priority: Priority =
            switch delivery.priority {
            case .high: .high
            case .medium: .medium
            case .low: .low
            }
        let status: Status
        do {
            status = try await association.store(
                sopClass: delivery.sopClass, sopInstance: delivery.sop, transferSyntax: delivery.syntax,
                priority: priority
            ) { try piece($0) }
        } catch {
            // An object over which the association breaks again and again is one for a person to look at.
            try clerk.end(delivery, .refused("the association ended over it"), to: peer)
            throw error
        }
        switch status.category {
        // PS3.4 B.2.3: stored, and coerced (B000), or not what the class says (B006, B007).
        case .success, .warning: try clerk.end(delivery, .taken("\(status)"), to: peer)
        default:
            // A7xx: out of resources, which is nothing that the object could help.
            let isBusy = (0xA700...0xA7FF).contains(status.rawValue)
            try clerk.end(delivery, isBusy ? .busy("\(status)") : .refused("\(status)"), to: peer)
        }
    }
}
