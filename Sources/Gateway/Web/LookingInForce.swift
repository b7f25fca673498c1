internal import Access
internal import Deidentification
internal import DICOMWeb
internal import RuleLanguage
internal import Synchronization

/// The access core of the setup in force: made anew when a reload brings other rules or another configuration.
final class LookingInForce: Sendable {
    private let desk: GatewayDesk
    private let scratch: String
    private let made: Mutex<(mark: String, core: AccessCore)?>

    /// - Throws: when what is in force now cannot be looked at.
    init(_ desk: GatewayDesk, scratch: String) throws {
        self.desk = desk
        self.scratch = scratch
        made = Mutex(nil)
        _ = try core()
    }

    /// Of requests that begin now.
    func core() throws -> AccessCore {
        let setup = desk.current.setup
        let mark = "\(setup.configuration.digest) \(setup.ruleSet.digest)"
        return try made.withLock { made in
            if let made, made.mark == mark { return made.core }
            let core = try make(setup)
            made = (mark, core)
            return core
        }
    }

    private func make(_ setup: Setup) throws -> AccessCore {
        let configuration = setup.configuration
        var key: DeidentificationKey?
        if let path = configuration.site.key { key = try DeidentificationKey(path: path) }
        var archive: (any Access.Archive)?
        if let behind = configuration.archive, behind.access == .web, let peer = configuration.peers[behind.peer],
            let client = try DICOMWebClient.of(peer)
        {
            archive = WebArchive(client: client, scratch: scratch, mostBytes: configuration.quota.object)
        }
        let looking = try Looking(
            configuration, ruleSet: setup.ruleSet, registry: desk.registry, key: key, archive: archive,
            scratch: scratch,
            connection: { peer in try setup.settings(for: peer) })
        guard let looking else { throw GatewayError(.arguments, "the configuration has no archive any more") }
        return looking.core
    }
}
