internal import Access
internal import DICOMFile
internal import Deidentification
internal import DICOMWeb
internal import Host
internal import Inputs
internal import NIOSSL
internal import Registry
internal import Synchronization
internal import Vault

/// Looking as the setup in force has it: the core, the archive behind, and how people prove who they are. A reload makes it anew;
/// whoever asks next is answered by the new one, on associations and connections that were open before, too.
package final class LookingInForce: Sendable {
    private struct State {
        var looking: Looking?
        var identities = IdentityCheck()
        var provider: GatewayConfiguration.IdentityProvider?
        /// Who vouched for the provider.
        var roots: [NIOSSLCertificate] = []
    }

    private let registry: Registry
    private let vault: Vault
    private let log: GatewayLog
    /// Where an object lies while it is handed over.
    private let scratch: String
    private let state = Mutex(State())
    /// Of all setups: what was asked for before a reload may come after it.
    let arrivals = ArchiveArrivals()
    let glass = GlassCounters()

    init(registry: Registry, vault: Vault, log: GatewayLog, scratch: String) {
        self.registry = registry
        self.vault = vault
        self.log = log
        self.scratch = scratch
    }

    /// Puts a setup in force, or throws and leaves the one before: a core that cannot be made answers nobody.
    func adopt(_ setup: Setup) throws(GatewayError) {
        let configuration = setup.configuration
        do {
            let looking = try make(setup)
            let known = state.withLock { $0 }
            var roots: [NIOSSLCertificate] = []
            if let path = configuration.identityProvider?.roots { roots = try WebService.certificates(path) }
            // The provider's keys stay known when it is the same, vouched for by the same: the file may have others in it now.
            var verifier = known.identities.verifier
            if known.provider != configuration.identityProvider || known.roots != roots {
                verifier = try configuration.identityProvider.map { try Self.verifier($0, roots) }
            }
            let identities = IdentityCheck(
                users: try configuration.users.map { path throws(GatewayError) in try UserList(path: path) },
                verifier: verifier, nameClaim: configuration.identityProvider?.subject ?? "sub")
            state.withLock {
                $0 = State(
                    looking: looking, identities: identities, provider: configuration.identityProvider, roots: roots)
            }
        } catch let error as GatewayError {
            throw error
        } catch let error as AccessError {
            throw GatewayError(.arguments, "looking: \(error)")
        } catch let error as DeidentificationKey.KeyError {
            throw GatewayError(.arguments, error.message)
        } catch {
            throw GatewayError(error, "looking cannot be set up")
        }
    }

    /// Nil where the configuration has no archive.
    var looking: Looking? { state.withLock { $0.looking } }

    /// Of requests that begin now.
    func current() throws(GatewayError) -> Looking {
        guard let looking else { throw GatewayError(.arguments, "the configuration has no archive any more") }
        return looking
    }

    var identities: IdentityCheck { state.withLock { $0.identities } }

    private func make(_ setup: Setup) throws -> Looking? {
        let configuration = setup.configuration
        var key: DeidentificationKey?
        if let path = configuration.site.key { key = try DeidentificationKey(path: path) }
        var archive: (any Access.Archive)?
        if let behind = configuration.archive, behind.access == .web, let peer = configuration.peers[behind.peer],
            let client = try DICOMWebClient.of(peer)
        {
            archive = WebArchive(client: client, scratch: scratch, mostBytes: configuration.quota.object)
        }
        return try Looking(
            configuration, ruleSet: setup.ruleSet, evaluator: setup.evaluator, registry: registry, key: key,
            archive: archive, arrivals: arrivals, originals: Self.originals(vault, scratch), scratch: scratch,
            connection: { peer in try setup.settings(for: peer) },
            alert: { [log, glass] grant, isStarted in
                glass.add(isStarted: isStarted)
                // Whom it is about stands in the registry: `cordon gateway grants list`.
                log.write(
                    isStarted ? .glassBroken : .glassMended,
                    ["grant": .number(Int(grant.id)), "until": .string("\(grant.until)")])
            })
    }

    /// Originals as they were received: what nobody kept, or can be read no more, says nothing.
    private static func originals(_ vault: Vault, _ scratch: String) -> KeptOriginals {
        { digest, read in
            let original: Descriptor
            do throws(VaultError) {
                original = try vault.original(digest, scratch: scratch)
            } catch {
                guard error.code == .missing else { throw error }
                return
            }
            try withExtendedLifetime(original) {
                guard let file = try? DICOMFile(path: original.path, scratch: scratch) else { return }
                try read(file)
            }
        }
    }

    private static func verifier(
        _ provider: GatewayConfiguration.IdentityProvider, _ roots: [NIOSSLCertificate]
    ) throws -> TokenVerifier {
        var settings = TokenSettings(issuer: provider.issuer, audiences: [provider.audience])
        settings.leeway = provider.skew / 1000
        if provider.roots != nil { settings.roots = .certificates(roots) }
        do { return try TokenVerifier(settings) } catch let error as UnprotectedProvider {
            throw GatewayError(.arguments, error.description)
        }
    }
}
