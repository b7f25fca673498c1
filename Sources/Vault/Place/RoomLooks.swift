import Glibc
import Synchronization

/// When it was last seen how much room there is. Whoever begins an object asks whether there is any, many at a time; where there is much,
/// they need not all wait for the lock of the count. What comes is counted under the lock, whatever was seen before.
final class RoomLooks: Sendable {
    private struct State {
        /// Of the clock that nobody sets, milliseconds.
        var ends: Int64 = 0
        var rest: Int64 = 0
    }

    /// Milliseconds for which a look is good, and bytes that others may have brought in that time.
    private static let lasts: Int64 = 100, slack: Int64 = 1 << 30

    private let state = Mutex(State())

    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Whether there was so much room a moment ago that there is room for this.
    func allow(_ size: Int64) -> Bool {
        state.withLock { state in
            guard Self.now < state.ends, state.rest - size > Self.slack else { return false }
            state.rest -= size
            return true
        }
    }

    func saw(_ rest: Int64) { state.withLock { $0 = State(ends: Self.now + Self.lasts, rest: rest) } }

    func forget() { state.withLock { $0 = State() } }
}
