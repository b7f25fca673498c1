import Glibc
import Synchronization

/// SIGHUP as a wish: whatever was read at the start is to be read anew.
public enum ReloadSignal {
    private static let received = Atomic<Bool>(false)

    /// Takes the signal over.
    public static func install() {
        // Made now: a handler is no place for the first use of a static.
        _ = take()
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in ReloadSignal.received.store(true, ordering: .relaxed) }
        action.sa_flags = SA_RESTART
        sigaction(SIGHUP, &action, nil)
        StopSignal.unblock([SIGHUP])
    }

    /// Whether one came since the last time.
    public static func take() -> Bool { received.exchange(false, ordering: .relaxed) }
}
