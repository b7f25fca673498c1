internal import Synchronization

/// Wakes one task that waits for something to do. A pulse that comes while nobody waits is remembered.
final class Pulse: Sendable {
    private struct State {
        var isPosted = false
        var turn: UInt64 = 0
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func post() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard let waiter = state.waiter else {
                state.isPosted = true
                return nil
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume()
    }

    /// Returns when there was a pulse, when the time is over, or when the task is cancelled. For one task at a time.
    func wait(milliseconds: Int64) async {
        let turn = state.withLock { state in
            state.turn += 1
            return state.turn
        }
        let timer = Task {
            try? await Task.sleep(for: .milliseconds(max(1, milliseconds)))
            self.end(turn)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    if state.isPosted || state.turn != turn {
                        state.isPosted = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if goesOn { continuation.resume() }
            }
        } onCancel: {
            end(turn)
        }
        timer.cancel()
    }

    /// Whoever waited since then waits no longer.
    private func end(_ turn: UInt64) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.turn == turn else { return nil }
            state.turn += 1
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
