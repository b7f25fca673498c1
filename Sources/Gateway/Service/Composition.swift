internal import Access
internal import DICOMNetwork
internal import DICOMWeb

/// What a gateway is made of: the one place where adapters are plugged in.
///
/// - `services`: what we do for a peer that has associated with us. Looking (C-FIND, C-MOVE, C-GET) belongs here.
/// - `carrier`: how objects get to a peer. STOW-RS belongs here.
/// - `parts`: what runs beside associations: DICOMweb, MLLP, operations.
enum Composition {
    /// - Parameter callers: all peers that the caller is; the one that sends or asks first.
    /// - Throws: when the peer shows a user identity that is not good: it is refused then.
    static func services(
        for callers: [GatewayConfiguration.Peer], _ asker: Asker, _ desk: GatewayDesk
    ) async throws(GatewayError) -> Services {
        var services = Services()
        guard let peer = callers.first else { return services }
        let intake = AssociationIntake(receiver: desk.receiver, log: desk.log, peer: peer.id)
        if peer.roles.contains(.send) {
            services.storage = intake
            services.commitment = CommitmentService(desk: desk, peer: peer.id)
        }
        let committing = callers.filter(\.commits).map(\.id)
        if !committing.isEmpty { services.events = CommitmentEvents(desk: desk, destinations: committing) }
        guard let looking = desk.looking.looking else { return services }
        let configuration = desk.current.setup.configuration
        // What we asked an archive for may come from another title of it, or after a reload that asks for it in another way.
        let isArchive = looking.arrivals != nil && callers.contains { $0.id == configuration.archive?.peer }
        if isArchive || peer.roles.contains(.send) {
            services.storage = ArchiveIntake(
                arrivals: desk.looking.arrivals, title: configuration.title, isArchive: isArchive,
                others: peer.roles.contains(.send) ? intake : nil)
        }
        if peer.roles.contains(.ask) {
            let evidence = try await desk.looking.identities.evidence(of: asker.request.user.identity)
            let principal = Principal(
                asker, peer: peer.id, subject: { ClientCertificate(der: $0)?.subject }, proof: evidence.proof)
            let service = LookingService(
                principal: principal, title: asker.request.calledTitle,
                isProved: { [desk] in desk.looking.identities.holds(evidence) },
                looking: { [desk] in
                    let looking = try desk.looking.current()
                    return (looking.core, looking.destinations)
                })
            services.query = service
            services.move = service
            services.get = service
        }
        return services
    }

    /// By associations where the peer can be called so, else by STOW-RS.
    static func carrier(for peer: GatewayConfiguration.Peer) -> any Carrier {
        let isCalled = peer.title != nil && peer.host != nil && peer.port != nil
        return isCalled || peer.url == nil ? AssociationCarrier() : WebCarrier()
    }

    static func parts(_ desk: GatewayDesk) async throws -> [any GatewayPart] {
        let configuration = desk.current.setup.configuration
        let counters = FeedCounters()
        let heard: @Sendable (FeedReport) -> Void = { report in
            counters.add(report)
            desk.note(report)
        }
        var parts: [any GatewayPart] = [GlassPart(desk)]
        for listener in configuration.mllp {
            guard let meanings = configuration.hl7 else { continue }
            parts.append(
                FeedPart(
                    listener, meanings: meanings, registry: desk.registry, person: configuration.site.person,
                    tls: try listener.tls.map { tls throws(GatewayError) in try TLSFiles.server(tls) }, report: heard))
        }
        for listener in configuration.web { parts.append(try WebService(listener, desk, heard: heard)) }
        if let operations = configuration.operations {
            parts.append(
                OperationsPart(operations, isReady: { !desk.isStopping }) { metrics in
                    desk.write(to: &metrics)
                    counters.write(to: &metrics)
                    desk.looking.glass.write(to: &metrics, desk.registry)
                })
        }
        return parts
    }
}

/// Something that runs beside the associations, from the start of the service to its end.
package protocol GatewayPart: Sendable {
    /// In logs.
    var name: String { get }

    /// Where it listens, once it does: for whoever chose port 0.
    var port: Int? { get }

    /// Begins to listen, where `run` need not be called for that. Once, before `run`.
    func listen() async throws

    /// Runs until `stop`, then until what is open has ended.
    func run() async throws

    /// Nothing more is taken.
    func stop() async
}

extension GatewayPart {
    package var port: Int? { nil }
    package func listen() async throws {}
}
