internal import Dispatch
import Glibc
import Host
import Synchronization

/// Those who wait for the disk at the same time are brought to it together: one sync of the file system for all of them, by a
/// thread of its own, in place of several of every file.
///
///     let pass = group.pass()                            // before the first byte is written
///     …
///     try group.begin(pass) { try file.flush() }.wait()  // on the disk now
///
/// - Nobody is told of a sync that began before he asked for one.
/// - One that fails is told to all whom it may concern: those who wait for it, and those who had begun to write by then. The
///   kernel tells of an error once, and what was not written it forgets: no later sync brings it to disk.
/// - Where the file system or the kernel does not do it reliably, and for a while after a sync that failed, or took long because others write
///   much on the same file system, each brings its own files to disk; so does who comes while such a long one goes on.
final class SyncGroup: Sendable {
    /// What somebody has who writes: how many syncs had failed when he began.
    struct Pass: Sendable {
        fileprivate let failures: Int
        /// His files lie on another file system than the one that is brought to disk.
        fileprivate let isElsewhere: Bool
    }

    /// A sync that somebody waits for, or may wait for later.
    final class Ticket: Sendable {
        fileprivate let pass: Pass
        /// Whether it is one sync of everything, which brings names in every folder to disk, too.
        let isGrouped: Bool
        private let outcome = Mutex<Result<Void, SystemError>?>(nil)
        private let settled = DispatchSemaphore(value: 0)

        fileprivate init(_ pass: Pass, isGrouped: Bool) {
            self.pass = pass
            self.isGrouped = isGrouped
        }

        fileprivate func settle(_ result: Result<Void, SystemError>) {
            outcome.withLock { $0 = result }
            settled.signal()
        }

        /// Throws what the sync threw.
        func wait() throws(SystemError) {
            settled.wait()
            // For whoever asks again.
            settled.signal()
            guard let result = outcome.withLock({ $0 }) else { return }
            try result.get()
        }
    }

    private struct State {
        var waiting: [Ticket] = []
        var isRunning = false
        /// When the sync that goes on began; of the disk's clock.
        var began: Int64?
        var failures = 0
        /// Until when each syncs its own files; of the disk's clock.
        var singlyUntil: Int64 = .min
    }

    /// Milliseconds: a sync that takes longer writes what others have written; then they are left alone for so long.
    static let patience: Int64 = 1000, pause: Int64 = 60_000

    /// Nil where there is no reliable sync of everything.
    private let disk: SyncedDisk?
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "cordon.vault.sync")

    init(_ disk: SyncedDisk?) { self.disk = disk }

    /// - Parameter device: `st_dev` of the file that is written; nil where that is known to be the disk's.
    func pass(on device: dev_t? = nil) -> Pass {
        let isElsewhere = if let device, let own = disk?.device { device != own } else { false }
        return Pass(failures: state.withLock { $0.failures }, isElsewhere: isElsewhere)
    }

    /// Asks that all that has been written so far be brought to disk.
    ///
    /// - Parameter alone: brings what the caller has written to disk, where it cannot be done for all; that is done when this returns.
    func begin(_ pass: Pass, alone: () throws(SystemError) -> Void) throws(SystemError) -> Ticket {
        let now = disk?.now()
        let (joined, begins) = state.withLock { state -> (Ticket?, Bool) in
            guard let now, !pass.isElsewhere, now >= state.singlyUntil,
                now - (state.began ?? now) <= Self.patience
            else { return (nil, false) }
            let ticket = Ticket(pass, isGrouped: true)
            state.waiting.append(ticket)
            defer { state.isRunning = true }
            return (ticket, !state.isRunning)
        }
        if begins { queue.async { self.run() } }
        if let joined { return joined }
        try alone()
        // The kernel may have told a sync of all of it, and tells nobody again.
        guard state.withLock({ $0.failures }) == pass.failures else { throw Self.earlierFailure }
        let ticket = Ticket(pass, isGrouped: false)
        ticket.settle(.success(()))
        return ticket
    }

    private static var earlierFailure: SystemError { SystemError(code: EIO, call: "syncfs") }

    /// Syncs for those who wait, until nobody does.
    private func run() {
        guard let disk else { return }
        while true {
            let group = state.withLock { state in
                let group = state.waiting
                state.waiting = []
                state.isRunning = !group.isEmpty
                state.began = group.isEmpty ? nil : disk.now()
                return group
            }
            if group.isEmpty { return }
            let start = disk.now()
            var failure: SystemError?
            do throws(SystemError) { try disk.sync() } catch { failure = error }
            let end = disk.now()
            let failures = state.withLock { state in
                if failure != nil { state.failures += 1 }
                if failure != nil || end - start > Self.patience { state.singlyUntil = end + Self.pause }
                return state.failures
            }
            for ticket in group {
                if let failure {
                    ticket.settle(.failure(failure))
                } else if ticket.pass.failures != failures {
                    // What failed then may have been his.
                    ticket.settle(.failure(Self.earlierFailure))
                } else {
                    ticket.settle(.success(()))
                }
            }
        }
    }
}
