import Glibc
import Synchronization

/// SIGINT and SIGTERM as a wish: what is being written is finished, and nothing more is begun.
public enum StopSignal {
    private static let received = Atomic<Int32>(0)

    /// Takes both signals over, and ignores SIGPIPE, so that a reader who goes away is an error of a write. A second
    /// signal of the kind ends the process at once, which loses nothing either.
    public static func install() {
        // Made now: a handler is no place for the first use of a static.
        _ = number
        for number in [SIGINT, SIGTERM] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { StopSignal.received.store($0, ordering: .relaxed) }
            action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
            sigaction(number, &action, nil)
        }
        unblock([SIGINT, SIGTERM])
        signal(SIGPIPE, SIG_IGN)
    }

    /// Lets signals in, for whose handlers all is made: whoever starts a process may have blocked them for itself, and the process inherits
    /// that. Then nothing would end it.
    static func unblock(_ numbers: [Int32]) {
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in numbers { sigaddset(&signals, number) }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// The signal that came; nil when none did.
    public static var number: Int32? {
        let number = received.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }
}
