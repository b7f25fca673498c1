internal import CMalloc
internal import DICOMNetwork
internal import Host
internal import Inputs
internal import NIOCore
internal import Registry
package import RuleLanguage
internal import Synchronization
internal import Vault

/// A gateway, running.
///
///     let service = try GatewayService(loaded, log: log) { … }
///     try await service.run()         // until `stop`, then until all that was begun has ended
package final class GatewayService: Sendable {
    package let desk: GatewayDesk
    private let load: @Sendable () -> (loaded: ConfigurationLoader.Loaded?, findings: [RuleLanguage.Finding])
    private let state = Mutex(State())
    /// One after the other: of two at the same time the one that read first might come last.
    private let reloading = Mutex(())

    private struct State {
        var ports: [Int] = []
        var isReady = false
        var stopped = false
    }

    /// Opens registry, vault and spool, and ends what somebody who died had begun.
    ///
    /// - Parameter load: reads the configuration anew, for a reload.
    package init(
        _ loaded: ConfigurationLoader.Loaded, log: GatewayLog,
        load: @escaping @Sendable () -> (loaded: ConfigurationLoader.Loaded?, findings: [RuleLanguage.Finding])
    ) throws(GatewayError) {
        let setup = try Setup(loaded, now: .now)
        let current = CurrentSetup(setup)
        let site = setup.configuration.site
        self.load = load
        let journal = try GatewayJournal(spool: site.spool, alone: true)
        let spool = try Spool(site.spool, current: current)
        let (registry, vault) = try GatewayError.wrapping("the site cannot be opened") {
            let registry = try Registry.open(site.registry)
            let vault = try Vault(path: site.registry + "/vault", keys: site.registry + "/keys")
            try vault.finishRemovals(registry)
            try Intake.recordUnconfirmed(vault, registry, at: .now)
            return (registry, vault)
        }
        try spool.tidy(needed: journal.neededFiles())
        desk = GatewayDesk(
            current: current, registry: registry, vault: vault, journal: journal, spool: spool, log: log)
        try desk.looking.adopt(setup)
    }

    /// Ports of the DICOM listeners, in their order, once they listen.
    package var ports: [Int] { state.withLock { $0.ports } }

    /// Listens, and could take objects now.
    package var isReady: Bool { state.withLock { $0.isReady } && !desk.isStopping }

    /// Buffers of the size of an image come and go with each object. Given back to the system each time, every one of their pages is
    /// made anew, and cleared, for the next: that was a tenth of what an object costs. Each of glibc's heaps, eight for a processor at most, keeps so much.
    private static func keepFreedMemory() {
        mallopt(M_MMAP_THRESHOLD, 4 << 20)
        mallopt(M_TRIM_THRESHOLD, 4 << 20)
    }

    /// Runs until `stop`.
    package func run() async throws {
        Self.keepFreedMemory()
        let configuration = desk.current.setup.configuration
        var servers: [AssociationServer] = []
        for (index, listener) in configuration.dicom.enumerated() {
            var settings = ConnectionSettings()
            settings.idle = .milliseconds(listener.idle)
            settings.tls = try listener.tls.map { tls throws(GatewayError) in try TLSFiles.server(tls) }
            do {
                servers.append(
                    try await AssociationServer(
                        host: listener.host, port: listener.port, settings: settings,
                        maximumAssociations: listener.associations, provider: Reception(desk: desk, listener: index)))
            } catch {
                throw GatewayError(
                    .storage,
                    "nothing can listen at \(listener.host) port \(listener.port): \(error); is the port taken?")
            }
        }
        let parts = try await Composition.parts(desk)
        for part in parts {
            do { try await part.listen() } catch {
                throw GatewayError(.storage, "nothing can listen for \(part.name): \(error); is the port taken?")
            }
        }
        state.withLock { state in
            state.ports = servers.compactMap(\.port)
            state.isReady = true
        }
        desk.log.write(
            .started,
            [
                "configuration": .string(String(configuration.digest.prefix(16))),
                "rules": .string(String(desk.current.setup.ruleSet.digest.prefix(16))),
                "ports": .array(servers.compactMap(\.port).map { .number($0) }),
            ])
        try await serve(servers, parts)
        desk.journal.close()
        desk.log.write(.stopped)
    }

    private func serve(_ servers: [AssociationServer], _ parts: [any GatewayPart]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for server in servers {
                group.addTask(executorPreference: desk.threads) { try await server.run() }
            }
            for part in parts {
                group.addTask(executorPreference: desk.threads) { try await part.run() }
            }
            let settler = Settler(desk: desk) { self.reloading.withLock { _ in self.takeOver() }.isTaken }
            group.addTask(executorPreference: desk.threads) { await settler.run() }
            let teller = AuditTeller(desk: desk)
            group.addTask(executorPreference: desk.threads) { await teller.run() }
            let reporter = CommitmentReporter(desk: desk)
            group.addTask(executorPreference: desk.threads) { await reporter.run() }
            group.addTask(executorPreference: desk.threads) { await self.follow(servers, parts) }
            do {
                while try await group.next() != nil {}
            } catch {
                // One part that fails ends all: a gateway that does half its work looks like one that works.
                stop()
                for server in servers { server.stop(within: .seconds(5)) }
                for part in parts { await part.stop() }
                while let result = await group.nextResult() { _ = result }
                throw error
            }
        }
    }

    /// Begins couriers, for destinations that a reload brings too, and stops the listeners when all is to end.
    private func follow(_ servers: [AssociationServer], _ parts: [any GatewayPart]) async {
        await withDiscardingTaskGroup { group in
            while !desk.isStopping {
                for courier in desk.newCouriers() {
                    group.addTask(executorPreference: desk.threads) { await courier.run() }
                }
                try? await Task.sleep(for: .milliseconds(100))
            }
            desk.log.write(.stopping)
            for server in servers { server.stop(within: .seconds(30)) }
            for part in parts { await part.stop() }
        }
    }

    /// Takes nothing more; what has begun is finished, and what waits is on the disk.
    package func stop() { desk.stop() }

    /// Reads the configuration and its rules anew. Associations go on. What does not load leaves the old one in force.
    ///
    /// - Returns: what was found.
    @discardableResult
    package func reload() -> [RuleLanguage.Finding] { reloading.withLock { _ in takeOver() }.findings }

    private func takeOver() -> (isTaken: Bool, findings: [RuleLanguage.Finding]) {
        let (loaded, findings) = load()
        let old = desk.current.setup
        guard let loaded else {
            desk.log.write(
                .notReloaded,
                [
                    "problem": .string(
                        findings.first { $0.severity == .error }.map { "\($0.location): \($0.message)" } ?? ""),
                    "errors": .number(findings.count { $0.severity == .error }),
                ])
            return (false, findings)
        }
        do throws(GatewayError) {
            let setup = try Setup(loaded, now: .now)
            let new = setup.configuration
            let isSamePlace =
                new.site.registry == old.configuration.site.registry && new.site.spool == old.configuration.site.spool
            guard isSamePlace else {
                throw GatewayError(.arguments, "registry and spool of a gateway that runs cannot change; stop it first")
            }
            try desk.looking.adopt(setup)
            desk.current.replace(setup)
            if Self.places(new) != Self.places(old.configuration) {
                desk.log.write(
                    .needsRestart,
                    ["problem": .string("listeners have changed; they are as they were until the next start")])
            }
            if !old.configuration.mllp.isEmpty, new.hl7 != old.configuration.hl7 {
                desk.log.write(
                    .needsRestart,
                    [
                        "problem": .string(
                            "what HL7 means has changed; to listeners for it it means what it did until the next start")
                    ])
            }
            desk.log.write(
                .reloaded,
                [
                    "configuration": .string(String(new.digest.prefix(16))),
                    "rules": .string(String(setup.ruleSet.digest.prefix(16))),
                ])
            return (true, findings)
        } catch {
            desk.log.write(.notReloaded, ["problem": .string(error.message)])
            return (false, findings)
        }
    }

    /// What a listener cannot change while it listens.
    private static func places(_ configuration: GatewayConfiguration) -> [String] {
        configuration.dicom.map {
            "dicom \($0.host) \($0.port) \(String(describing: $0.tls)) \($0.associations) \($0.idle)"
        }
            + configuration.web.map { "web \($0)" } + configuration.mllp.map { "mllp \($0)" }
            + (configuration.operations.map { ["operations \($0)"] } ?? [])
    }
}
