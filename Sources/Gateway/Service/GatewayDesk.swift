package import Host
package import Registry
internal import Synchronization
package import Vault

/// Everything that the parts of a gateway share: what is open, what is in force, and whom to wake.
package final class GatewayDesk: Sendable {
    package let current: CurrentSetup
    package let registry: Registry
    package let vault: Vault
    package let journal: GatewayJournal
    package let log: GatewayLog
    /// Threads that may block.
    package let threads = TaskThreads(base: 4, maximum: 64)
    /// Of what decides. A modality waits until its object has been taken, and nobody for a decision: where there is not enough for both,
    /// taking has three times as much.
    let decidingThreads = TaskThreads(base: 4, maximum: 64, niceness: 5)
    let spool: Spool
    /// Who may look at what, and at the archive behind.
    let looking: LookingInForce
    let settlerPulse = Pulse()
    let reporterPulse = Pulse()
    private let couriers = Mutex<[String: Courier]>([:])
    private let stopping = Atomic<Bool>(false)

    init(
        current: CurrentSetup, registry: Registry, vault: Vault, journal: GatewayJournal, spool: Spool, log: GatewayLog
    ) {
        self.current = current
        self.registry = registry
        self.vault = vault
        self.journal = journal
        self.spool = spool
        self.log = log
        looking = LookingInForce(registry: registry, vault: vault, log: log, scratch: spool.temporary)
    }

    /// Takes objects, whoever brings them.
    package var receiver: Receiver {
        Receiver(
            vault: vault, registry: registry, journal: journal, spool: spool, current: current, log: log,
            budget: budget,
            arrived: { [settlerPulse] in settlerPulse.post() })
    }
    private let budget = MemoryBudget()

    /// Nothing more is begun.
    package var isStopping: Bool { stopping.load(ordering: .acquiring) }

    func stop() {
        stopping.store(true, ordering: .releasing)
        wake()
        reporterPulse.post()
        for courier in couriers.withLock({ Array($0.values) }) { courier.wake() }
    }

    /// Something is to be decided.
    func wake() { settlerPulse.post() }
    func wakeReporter() { reporterPulse.post() }

    func wakeCourier(_ destination: String) { couriers.withLock { $0[destination] }?.wake() }

    /// Destinations that could not be reached when they were tried last, sorted.
    package var unreachable: [String] {
        couriers.withLock { $0.values.filter { !$0.isReachable }.map(\.destination) }.sorted()
    }

    /// Couriers for destinations that have none.
    func newCouriers() -> [Courier] {
        let wanted = current.setup.configuration.peers.values.filter { $0.roles.contains(.receive) }.map(\.id)
        return couriers.withLock { couriers in
            wanted.sorted().filter { couriers[$0] == nil }.map { destination in
                let courier = Courier(destination, self)
                couriers[destination] = courier
                return courier
            }
        }
    }

    /// Takes a file out of the spool that has left, unless something else needs it.
    func discard(_ file: String?) throws(GatewayError) {
        guard let file else { return }
        try spool.remove(file) { () throws(GatewayError) in try journal.isNeeded(file: file) }
    }

    func discardUnneeded(of destination: String) throws(GatewayError) {
        for file in try journal.unneededFiles(of: destination) { try discard(file) }
    }
}
