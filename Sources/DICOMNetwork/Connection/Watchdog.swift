import NIOCore
import Synchronization

/// Closes a connection when its peer takes too long. Setting the time anew costs no word with the event loop, for it is done
/// for each PDU.
final class Watchdog: Sendable {
    private struct State {
        var deadline: NIODeadline?
        var wakes: NIODeadline?
        var scheduled: Scheduled<Void>?
        var isOver = false
    }

    private let state = Mutex(State())
    private let channel: any Channel

    init(_ channel: any Channel) { self.channel = channel }

    /// From now on the peer has so long.
    func set(_ time: TimeAmount) {
        state.withLock { state in
            let deadline = NIODeadline.now() + time
            state.deadline = deadline
            guard !state.isOver, state.wakes.map({ deadline < $0 }) ?? true else { return }
            state.scheduled?.cancel()
            schedule(deadline, &state)
        }
    }

    /// The peer has all the time it wants.
    func clear() { state.withLock { $0.deadline = nil } }

    /// Nothing more to watch.
    func end() {
        state.withLock { state in
            state.isOver = true
            state.scheduled?.cancel()
            state.scheduled = nil
        }
    }

    private func schedule(_ deadline: NIODeadline, _ state: inout State) {
        state.wakes = deadline
        state.scheduled = channel.eventLoop.scheduleTask(deadline: deadline) { [weak self] in self?.wake() }
    }

    private func wake() {
        let closes = state.withLock { state in
            state.wakes = nil
            guard !state.isOver, let deadline = state.deadline else { return false }
            guard deadline > .now() else { return true }
            schedule(deadline, &state)
            return false
        }
        if closes { channel.close(promise: nil) }
    }
}
