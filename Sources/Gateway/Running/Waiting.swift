internal import Synchronization

/// Something that is waited for until it happens, once.
final class Waiting: Sendable {
    private struct State {
        var isOver = false
        var continuations: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Returns when `end` has been called, at once if it was before.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.isOver { state.continuations.append(continuation) }
                return state.isOver
            }
            if isOver { continuation.resume() }
        }
    }

    func end() {
        let continuations = state.withLock { state in
            defer { state = State(isOver: true, continuations: []) }
            return state.continuations
        }
        for continuation in continuations { continuation.resume() }
    }
}
