internal import DICOMNetwork

/// What a gateway is made of: the one place where adapters are plugged in.
///
/// - `services`: what we do for a peer that has associated with us. Looking (C-FIND, C-MOVE, C-GET) belongs here.
/// - `carrier`: how objects get to a peer. STOW-RS belongs here.
/// - `parts`: what runs beside associations: DICOMweb, MLLP, operations.
enum Composition {
    static func services(
        for peer: GatewayConfiguration.Peer, _ asker: Asker, _ desk: GatewayDesk
    ) -> Services {
        var services = Services()
        if peer.roles.contains(.send) {
            services.storage = AssociationIntake(receiver: desk.receiver, log: desk.log, peer: peer.id)
            services.commitment = CommitmentService(desk: desk, peer: peer.id)
        }
        if peer.commits { services.events = CommitmentEvents(desk: desk, destination: peer.id) }
        return services
    }

    static func carrier(for peer: GatewayConfiguration.Peer) -> any Carrier {
        AssociationCarrier()
    }

    static func parts(_ desk: GatewayDesk) async throws -> [any GatewayPart] {
        let configuration = desk.current.setup.configuration
        let counters = FeedCounters()
        // What is asked for and not there is said at the start, and nothing begins: a listener that nobody serves would look
        // like one that has no work.
        for missing in [configuration.web.isEmpty ? nil : "web", configuration.archive == nil ? nil : "archive"] {
            guard let missing else { continue }
            throw GatewayError(
                .arguments, "the configuration has `\(missing)`, which this version does not serve yet: take it out")
        }
        var parts: [any GatewayPart] = []
        for listener in configuration.mllp {
            guard let meanings = configuration.hl7 else { continue }
            parts.append(
                FeedPart(
                    listener, meanings: meanings, registry: desk.registry, person: configuration.site.person,
                    tls: try listener.tls.map { tls throws(GatewayError) in try TLSFiles.server(tls) }
                ) { report in
                    counters.add(report)
                    desk.note(report)
                })
        }
        if let operations = configuration.operations {
            parts.append(
                OperationsPart(operations, isReady: { !desk.isStopping }) { metrics in
                    desk.write(to: &metrics)
                    counters.write(to: &metrics)
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

    /// Runs until `stop`, then until what is open has ended.
    func run() async throws

    /// Nothing more is taken.
    func stop() async
}

extension GatewayPart {
    package var port: Int? { nil }
}
