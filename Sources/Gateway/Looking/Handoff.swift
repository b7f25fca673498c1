internal import Synchronization

/// Hands values from one task to another, one at a time: who gives waits until who takes is done with it. So what comes from an
/// archive is never ahead of who reads it.
package final class Handoff<Value: Sendable>: Sendable {
    private enum Phase {
        case open
        /// Nobody gives any more.
        case finished((any Error)?)
        /// Nobody takes any more.
        case abandoned
    }

    private struct State {
        var phase = Phase.open
        /// Given, and not taken yet.
        var offered: [(value: Value, giver: CheckedContinuation<Bool, Never>)] = []
        /// Taken, and not done with.
        var giver: CheckedContinuation<Bool, Never>?
        var taker: CheckedContinuation<Result<Value?, any Error>, Never>?
    }

    private let state = Mutex(State())

    package init() {}

    /// Returns when the value was taken and done with; false when nobody takes any more.
    package func give(_ value: Value) async -> Bool {
        await withCheckedContinuation { giver in
            let taker = state.withLock { state -> CheckedContinuation<Result<Value?, any Error>, Never>? in
                guard case .open = state.phase else {
                    giver.resume(returning: false)
                    return nil
                }
                if let taker = state.taker {
                    state.taker = nil
                    state.giver = giver
                    return taker
                }
                state.offered.append((value, giver))
                return nil
            }
            taker?.resume(returning: .success(value))
        }
    }

    /// The next value, or nil after the last. Asking for it says that one is done with the one before.
    package func take() async throws -> Value? {
        done()
        return try await withCheckedContinuation { taker in
            let result = state.withLock { state -> Result<Value?, any Error>? in
                if !state.offered.isEmpty {
                    let (value, giver) = state.offered.removeFirst()
                    state.giver = giver
                    return .success(value)
                }
                switch state.phase {
                case .finished(let error): return error.map { .failure($0) } ?? .success(nil)
                case .abandoned: return .success(nil)
                case .open:
                    state.taker = taker
                    return nil
                }
            }
            if let result { taker.resume(returning: result) }
        }.get()
    }

    private func done() {
        let giver = state.withLock { state in
            defer { state.giver = nil }
            return state.giver
        }
        giver?.resume(returning: true)
    }

    /// No more will be given.
    package func finish(throwing error: (any Error)? = nil) {
        let taker = state.withLock { state -> CheckedContinuation<Result<Value?, any Error>, Never>? in
            guard case .open = state.phase else { return nil }
            state.phase = .finished(error)
            defer { state.taker = nil }
            return state.taker
        }
        taker?.resume(returning: error.map { .failure($0) } ?? .success(nil))
    }

    /// No more will be taken: whoever gives hears it.
    package func abandon() {
        let (offered, giver) = state.withLock { state in
            if case .open = state.phase { state.phase = .abandoned }
            defer {
                state.offered = []
                state.giver = nil
            }
            return (state.offered.map(\.giver), state.giver)
        }
        for giver in offered { giver.resume(returning: false) }
        giver?.resume(returning: false)
    }
}
