import Glibc
import Synchronization

/// Threads of our own that tasks run on, for work that must go on whatever Swift's shared pool does.
///
/// That pool has one thread for each core and no more: a few calls that block, anywhere in the process, and nothing that
/// needs it moves on. A task that prefers these threads (`withTaskExecutorPreference`) needs none of the pool. What runs here
/// may block (`fsync`, `read`): a job that has waited for 2 ms behind others that do not end gets another thread, up to
/// `maximum`. A thread that has had nothing to do for ten seconds ends.
public final class TaskThreads: TaskExecutor {
    private struct State {
        /// Jobs in their order; those before `first` are taken.
        var jobs: [UnownedJob] = []
        var first = 0
        var threads = 0
        var idle = 0
        /// How many jobs have been taken; the watcher sees by it whether there is progress.
        var taken: UInt64 = 0
        var isWatched = false

        var hasJob: Bool { first < jobs.count }

        mutating func take() -> UnownedJob? {
            guard hasJob else { return nil }
            let job = jobs[first]
            first += 1
            taken &+= 1
            if first == jobs.count {
                jobs.removeAll(keepingCapacity: true)
                first = 0
            } else if first >= 1024 {
                jobs.removeFirst(first)
                first = 0
            }
            return job
        }
    }

    private let state = Mutex(State())
    private let signal = Semaphore()
    private let watcher = Semaphore()
    private let base: Int
    private let maximum: Int
    private let thread: @Sendable (@escaping @Sendable () -> Void) -> Bool

    /// - Parameters:
    ///   - base: threads that are begun as soon as there is work for them.
    ///   - maximum: threads there may be when those that run are blocked.
    ///   - niceness: by how much other threads of the process go before these when there is not enough for all: 0 to 19 (`nice(1)`).
    public convenience init(base: Int = 4, maximum: Int = 256, niceness: Int32 = 0) {
        self.init(base: base, maximum: maximum) { body in
            DetachedThread.begin {
                // On Linux of the thread that calls it. Where it may not be, they are like the others.
                if niceness > 0 { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness) }
                body()
            }
        }
    }

    /// - Parameter thread: begins a thread, or says that the system gives none.
    init(base: Int, maximum: Int, thread: @escaping @Sendable (@escaping @Sendable () -> Void) -> Bool) {
        self.base = max(1, base)
        self.maximum = max(base, maximum, 1)
        self.thread = thread
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let (wakes, begins, watches) = state.withLock { state in
            state.jobs.append(job)
            let waiting = state.jobs.count - state.first
            let begins = waiting > state.idle && state.threads < base
            if begins { state.threads += 1 }
            let watches = !begins && waiting > state.idle && state.threads < maximum && !state.isWatched
            if watches { state.isWatched = true }
            return (state.idle > 0, begins, watches)
        }
        if wakes { signal.post() }
        if begins { begin() }
        if watches { watch() }
    }

    /// Runs something that blocks on one of these threads, for tasks that run elsewhere.
    public func run<Value: Sendable>(_ body: @Sendable () throws -> Value) async rethrows -> Value {
        try await withTaskExecutorPreference(self) { try body() }
    }

    private func begin() {
        while !thread({ self.work() }) {
            // The job waits for one of those that are there. Where there is none, nothing would ever run, and nobody else would try:
            // a process that is given no thread now may be given one soon.
            let isAlone = state.withLock { state in
                guard state.threads > 1 else { return true }
                state.threads -= 1
                return false
            }
            guard isAlone else { return }
            _ = watcher.wait(milliseconds: 10)
        }
    }

    private func work() {
        while true {
            let job = state.withLock { state in
                if let job = state.take() { return UnownedJob?.some(job) }
                state.idle += 1
                return nil
            }
            if let job {
                job.runSynchronously(on: asUnownedTaskExecutor())
                continue
            }
            let wasWoken = signal.wait(milliseconds: 10_000)
            let ends = state.withLock { state in
                state.idle -= 1
                guard !wasWoken, !state.hasJob else { return false }
                state.threads -= 1
                return true
            }
            if ends { return }
        }
    }

    /// Looks every 2 ms whether jobs that wait are taken, for as long as any do, and begins a thread when none was.
    private func watch() {
        let isBegun = thread {
            var seen = self.state.withLock { $0.taken }
            while true {
                _ = self.watcher.wait(milliseconds: 2)
                let (goes, begins) = self.state.withLock { state in
                    guard state.hasJob else {
                        state.isWatched = false
                        return (false, false)
                    }
                    let isStuck = state.taken == seen && state.idle == 0 && state.threads < self.maximum
                    if isStuck { state.threads += 1 }
                    seen = state.taken
                    return (true, isStuck)
                }
                if begins { self.begin() }
                if !goes { return }
            }
        }
        if !isBegun { state.withLock { $0.isWatched = false } }
    }
}
