internal import Dispatch
internal import Synchronization

/// Makes one transaction, and one wait for the disk, of what several threads write at the same time. The first to come
/// leads: it runs what has come meanwhile, and then gives the lead to one who waits.
///
/// - `Transaction`: what the callers write to.
package final class GroupCommit<Transaction>: Sendable {
    /// What one caller writes.
    package final class Job: Sendable {
        private let body: @Sendable (Transaction) throws -> Void
        private let failure = Mutex<(any Error)?>(nil)
        fileprivate let woken = DispatchSemaphore(value: 0)
        fileprivate let isLeader = Atomic<Bool>(false)

        fileprivate init(_ body: @escaping @Sendable (Transaction) throws -> Void) { self.body = body }

        package func run(_ transaction: Transaction) throws { try body(transaction) }

        package func fail(_ error: any Error) { failure.withLock { $0 = error } }

        fileprivate func result() throws {
            if let error = failure.withLock({ $0 }) { throw error }
        }
    }

    private struct State {
        var waiting: [Job] = []
        var isLed = false
    }

    private let state = Mutex(State())

    /// So many are brought to disk together; the more, the longer the first one waits.
    private static var largestGroup: Int { 256 }

    package init() {}

    /// Runs `body` in a transaction that `commit` makes for a group, and returns what it returned once the group is on disk.
    ///
    /// - Parameter commit: runs the jobs in one transaction. A job that fails alone is told so; when `commit` throws, nothing
    ///   of the group was written.
    package func run<Result: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Result, commit: ([Job]) throws -> Void
    ) throws -> Result {
        let answer = Answer<Result>()
        let job = Job { answer.set(try body($0)) }
        let leads = state.withLock { state in
            state.waiting.append(job)
            defer { state.isLed = true }
            return !state.isLed
        }
        if !leads {
            job.woken.wait()
            if !job.isLeader.load(ordering: .acquiring) { return try answer.get(job) }
        }
        let group = state.withLock { state in
            let group = Array(state.waiting.prefix(Self.largestGroup))
            state.waiting.removeFirst(group.count)
            return group
        }
        do {
            try commit(group)
        } catch {
            for job in group { job.fail(error) }
        }
        let next = state.withLock { state in
            state.isLed = !state.waiting.isEmpty
            return state.waiting.first
        }
        if let next {
            next.isLeader.store(true, ordering: .releasing)
            next.woken.signal()
        }
        for other in group where other !== job { other.woken.signal() }
        return try answer.get(job)
    }

    /// What a job returned.
    private final class Answer<Result: Sendable>: Sendable {
        private let value = Mutex<Result?>(nil)

        func set(_ result: Result) { value.withLock { $0 = result } }

        func get(_ job: Job) throws -> Result {
            try job.result()
            guard let result = value.withLock({ $0 }) else { throw SQLiteRow.damaged }
            return result
        }
    }
}
