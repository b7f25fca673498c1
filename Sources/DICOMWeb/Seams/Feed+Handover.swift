import Synchronization

extension Feed {
    /// Values that somebody hands over one by one: a query of an archive, whose answers come as they come. `each` returns when
    /// the reader is done with its value and asks for the next, so that what belongs to a value may go away then.
    ///
    /// The work begins when the first value is asked for. When the feed is dropped before its end the work is cancelled, and
    /// `each` throws.
    public init(
        handing work:
            @escaping @Sendable (_ each: @escaping @Sendable (Element) async throws -> Void) async throws -> Void
    ) {
        let reader = HandoverReader(work)
        self.init { try await reader.next() }
    }
}

/// The reader's end. With it goes the work.
private final class HandoverReader<Element: Sendable>: Sendable {
    private let handover = Handover<Element>()
    private let task = Mutex<Task<Void, Never>?>(nil)
    private let work: @Sendable (@escaping @Sendable (Element) async throws -> Void) async throws -> Void

    init(_ work: @escaping @Sendable (@escaping @Sendable (Element) async throws -> Void) async throws -> Void) {
        self.work = work
    }

    deinit {
        handover.drop()
        task.withLock { $0?.cancel() }
    }

    func next() async throws -> Element? {
        task.withLock { task in
            guard task == nil else { return }
            // The closure must not hold the reader, whose end is the work's.
            task = Task { [handover, work] in
                do {
                    try await work { try await handover.give($0) }
                    handover.finish(nil)
                } catch {
                    handover.finish(error)
                }
            }
        }
        return try await handover.take()
    }
}

/// One value between two tasks.
private final class Handover<Element: Sendable>: Sendable {
    private enum State {
        /// Nobody waits.
        case idle
        /// A value that was not asked for yet, and who waits for its end.
        case offered(Element, CheckedContinuation<Void, any Error>)
        /// A value that the reader has, and who waits for its end.
        case given(CheckedContinuation<Void, any Error>)
        /// The reader waits.
        case wanted(CheckedContinuation<Element?, any Error>)
        case finished((any Error)?)
        case dropped
    }

    private let state = Mutex(State.idle)

    func give(_ element: Element) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            state.withLock { state in
                switch state {
                case .wanted(let reader):
                    state = .given(done)
                    reader.resume(returning: element)
                case .idle: state = .offered(element, done)
                // Two values at once are against the contract of `each`.
                case .offered, .given, .finished, .dropped: done.resume(throwing: CancellationError())
                }
            }
        }
    }

    func take() async throws -> Element? {
        try await withCheckedThrowingContinuation { (reader: CheckedContinuation<Element?, any Error>) in
            state.withLock { state in
                switch state {
                case .idle: state = .wanted(reader)
                case .given(let done):
                    state = .wanted(reader)
                    done.resume()
                case .offered(let element, let done):
                    state = .given(done)
                    reader.resume(returning: element)
                case .finished(let error):
                    state = .finished(nil)
                    if let error { reader.resume(throwing: error) } else { reader.resume(returning: nil) }
                case .wanted, .dropped: reader.resume(throwing: CancellationError())
                }
            }
        }
    }

    func finish(_ error: (any Error)?) {
        state.withLock { state in
            switch state {
            case .wanted(let reader):
                state = .finished(nil)
                if let error { reader.resume(throwing: error) } else { reader.resume(returning: nil) }
            case .given(let done), .offered(_, let done):
                state = .finished(error)
                done.resume(throwing: CancellationError())
            case .idle: state = .finished(error)
            case .finished, .dropped: break
            }
        }
    }

    func drop() {
        state.withLock { state in
            switch state {
            case .given(let done), .offered(_, let done): done.resume(throwing: CancellationError())
            case .wanted(let reader): reader.resume(throwing: CancellationError())
            case .idle, .finished, .dropped: break
            }
            state = .dropped
        }
    }
}
