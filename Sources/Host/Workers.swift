import Glibc
import Synchronization

/// Threads of our own for work that blocks: the pool of Swift's tasks is for work that does not.
package enum Workers {
    /// Runs `body` on so many threads and returns when all have returned. Meanwhile `tick` is called on the caller's
    /// thread, about ten times a second.
    package static func run(_ count: Int, tick: () -> Void, _ body: @escaping @Sendable (Int) -> Void) {
        let gate = Semaphore()
        var threads: [pthread_t] = []
        for index in 0..<max(1, count) {
            let job = Unmanaged.passRetained(
                Job {
                    body(index)
                    gate.post()
                })
            var thread = pthread_t()
            let status = pthread_create(&thread, nil, runJob, job.toOpaque())
            if status == 0 {
                threads.append(thread)
            } else {
                job.release()
                // Fewer threads do the same work; without any, this one does it.
                if threads.isEmpty { body(index) }
                break
            }
        }
        for _ in threads {
            while !gate.wait(milliseconds: 100) { tick() }
        }
        for thread in threads { pthread_join(thread, nil) }
        tick()
    }

    /// Hands out the numbers below `count` in runs of `size` until there are none left or somebody said stop.
    package final class Chunks: Sendable {
        private let next = Atomic<Int>(0)
        private let count: Int
        private let size: Int

        package init(count: Int, size: Int) {
            self.count = count
            self.size = max(1, size)
        }

        package func take() -> Range<Int>? {
            let start = next.add(size, ordering: .relaxed).oldValue
            return start < count ? start..<min(start + size, count) : nil
        }
    }
}

private final class Job: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private func runJob(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<Job>.fromOpaque(context).takeRetainedValue().body()
    return nil
}
