import Glibc
import Synchronization

/// Threads beside those of a run's jobs. What is handed to them is done while the job goes on; when enough waits for them, and where
/// there are none, whoever hands it over does it himself, at once.
package final class Companions: Sendable {
    /// What something that was handed over comes to.
    package final class Promise<Value: Sendable>: Sendable {
        private let result: Mutex<Result<Value, any Error>?>
        private let arrival = Semaphore()

        /// Of what is there already.
        package init(_ value: Value) { result = Mutex(.success(value)) }

        fileprivate init() { result = Mutex(nil) }

        /// Waits for it; throws what it threw. Of several who ask, one at a time may wait.
        package func value() throws -> Value {
            while true {
                if let result = result.withLock({ $0 }) { return try result.get() }
                arrival.wait()
            }
        }

        fileprivate func keep(_ body: () throws -> Value) {
            let outcome = Result { try body() }
            result.withLock { $0 = outcome }
            arrival.post()
        }
    }

    private final class Queue: Sendable {
        struct State {
            var waiting: [(weight: Int, body: @Sendable () -> Void)] = []
            /// Of what waits and of what is being done.
            var weight = 0
            var isOver = false
        }

        let state = Mutex(State())
        /// Posted for each that waits, and for each thread when all is over.
        let signal = Semaphore()
        let ended = Semaphore()

        /// What a thread does: one after another until all is over and nothing waits.
        func serve() {
            while true {
                signal.wait()
                let next = state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
                guard let next else {
                    if state.withLock({ $0.isOver }) { break }
                    continue
                }
                next.body()
                state.withLock { $0.weight -= next.weight }
            }
            ended.post()
        }
    }

    /// How many threads a run with so many jobs leaves without one: as many as it has jobs at most.
    package static func spare(besides jobs: Int) -> Int { max(0, min(jobs, Processors.count - jobs)) }

    private let queue = Queue()
    private let threads: Int
    private let most: Int

    /// - Parameters:
    ///   - threads: how many; fewer where the system gives no more.
    ///   - most: how much may be handed over and not be done, in the unit of `weight`.
    package init(_ threads: Int, most: Int) {
        let queue = queue
        self.threads = (0..<max(0, threads)).prefix { _ in DetachedThread.begin { queue.serve() } }.count
        self.most = most
    }

    /// All that was handed over is done before this ends.
    deinit {
        queue.state.withLock { $0.isOver = true }
        for _ in 0..<threads { queue.signal.post() }
        for _ in 0..<threads { queue.ended.wait() }
    }

    package func begin<Value: Sendable>(
        weight: Int, _ body: @escaping @Sendable () throws -> Value
    ) -> Promise<Value> {
        let promise = Promise<Value>()
        let isTaken = queue.state.withLock { state in
            guard threads > 0, weight <= most - state.weight else { return false }
            state.weight += weight
            state.waiting.append((weight, { promise.keep(body) }))
            return true
        }
        if isTaken { queue.signal.post() } else { promise.keep(body) }
        return promise
    }
}
