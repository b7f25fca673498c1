package import Access
package import Deidentification
package import DICOMNetwork
package import Registry
package import RuleEngine
package import RuleLanguage

/// Looking, as a configuration says it: the core, the archive behind it, and the services for whoever asks. Made anew when the
/// configuration or the rules are reloaded; associations that are open keep theirs.
package struct Looking: Sendable {
    package let core: AccessCore
    /// Where the archive's objects arrive, when it sends them by C-MOVE; nil when it gives them by C-GET.
    package let arrivals: ArchiveArrivals?
    let destinations: MoveDestinations

    /// Nil where the configuration has no archive.
    ///
    /// - Parameters:
    ///   - evaluator: of the rule set, with whatever else rules may ask.
    ///   - archive: asks the archive; nil takes the configuration's, by DIMSE.
    ///   - arrivals: where objects are waited for that the archive sends by C-MOVE.
    ///   - originals: instances that were kept, for what they say of people.
    ///   - scratch: a folder for objects on their way.
    ///   - connection: how a peer is called, TLS and time limits among it.
    ///   - alert: told when somebody breaks the glass, and when it is over.
    /// - Throws: `AccessError` with code `configuration`.
    package init?(
        _ configuration: GatewayConfiguration, ruleSet: RuleSet, evaluator: Evaluator? = nil, registry: Registry,
        key: DeidentificationKey?, archive: (any Access.Archive)? = nil, arrivals: ArchiveArrivals = ArchiveArrivals(),
        originals: KeptOriginals? = nil, scratch: String,
        connection: (GatewayConfiguration.Peer) throws -> ConnectionSettings,
        alert: @escaping @Sendable (_ grant: Grant, _ isStarted: Bool) -> Void = { _, _ in }
    ) throws {
        guard let behind = configuration.archive, let peer = configuration.peers[behind.peer] else { return nil }
        self.arrivals = behind.access == .dimse && behind.retrieval == .move ? arrivals : nil
        var asked = archive
        if asked == nil, behind.access == .dimse, let host = peer.host, let port = peer.port, let title = peer.title {
            asked = DIMSEArchive(
                host: host, port: port, calledTitle: title, callingTitle: configuration.title,
                settings: try connection(peer), scratch: scratch, arrivals: self.arrivals,
                mostBytes: configuration.quota.object)
        }
        guard let asked else {
            throw AccessError(
                .configuration, "there is no way to ask the archive `\(peer.id)`",
                advice: "give its peer `title`, `host` and `port`")
        }
        core = try AccessCore(
            ruleSet: ruleSet, evaluator: evaluator, policy: AccessPolicy(configuration), registry: registry,
            archive: asked, key: key, originals: originals, scratch: scratch, alert: alert)
        var places: [MoveDestinations.Place] = []
        for peer in configuration.peers.values.sorted(by: { $0.id < $1.id }) {
            guard peer.roles.contains(.receive) || peer.roles.contains(.ask), let title = peer.title,
                let host = peer.host, let port = peer.port
            else { continue }
            places.append(
                MoveDestinations.Place(
                    host: host, port: port, title: title, settings: try connection(peer),
                    principal: Principal(peer: peer.id, callingAETitle: title, address: host)))
        }
        destinations = MoveDestinations(places)
    }
}
