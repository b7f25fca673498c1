import Synchronization

/// Hands elements from one task to another, one at a time: whoever puts the next waits until the last has been taken.
final class Mailbox<Element: Sendable>: Sendable {
    private struct State {
        /// More than one only while `isDraining`.
        var elements: [Element] = []
        var end: Result<Void, AssociationError>?
        /// Nobody is waited for any more; what still comes is kept.
        var isDraining = false
        /// Nobody takes any more.
        var isAbandoned = false
        var taker: CheckedContinuation<Void, Never>?
        var putter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// What is kept at most of what comes after `drain`; with more, the end is that of a lost association.
    private static var most: Int { 1000 }

    /// Puts an element, when there is room for it. What comes after the end, or for nobody, is dropped.
    func put(_ element: Element) async {
        await withCheckedContinuation { continuation in
            let hasRoom = state.withLock { state in
                guard !state.elements.isEmpty, !state.isDraining, !state.isAbandoned, state.end == nil else {
                    return true
                }
                state.putter = continuation
                return false
            }
            if hasRoom { continuation.resume() }
        }
        let taker = state.withLock { state in
            guard !state.isAbandoned, state.end == nil else { return CheckedContinuation<Void, Never>?.none }
            if state.elements.count < Self.most {
                state.elements.append(element)
            } else {
                state.end = .failure(.lost)
            }
            return state.taker.take()
        }
        taker?.resume()
    }

    /// No more will come; what is there can still be taken. Only the first end counts.
    func end(_ result: Result<Void, AssociationError>) {
        let (taker, putter) = state.withLock { state in
            if state.end == nil { state.end = result }
            return (state.taker.take(), state.putter.take())
        }
        taker?.resume()
        putter?.resume()
    }

    /// Whoever puts waits no longer: what is to come is little, since whoever sends it has gone, and who would have to be waited
    /// for may wait for the end of that himself.
    func drain() {
        let putter = state.withLock { state in
            state.isDraining = true
            return state.putter.take()
        }
        putter?.resume()
    }

    /// Nobody will take any more.
    func abandon() {
        let putter = state.withLock { state in
            state.isAbandoned = true
            state.elements = []
            return state.putter.take()
        }
        putter?.resume()
    }

    /// The next element, or nil at the end. Not ended by cancellation: there is always an end.
    func next() async throws(AssociationError) -> Element? {
        while true {
            let (element, end, putter) = state.withLock { state in
                let element: Element? = state.elements.isEmpty ? nil : state.elements.removeFirst()
                return (element, state.end, element == nil ? nil : state.putter.take())
            }
            putter?.resume()
            if let element { return element }
            if let end {
                try end.get()
                return nil
            }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    guard state.elements.isEmpty, state.end == nil else { return true }
                    state.taker = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }
}
