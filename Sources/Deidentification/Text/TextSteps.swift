import Synchronization

/// How many steps the loops over a text take, for tests that hold them against its length: time says nothing on a busy
/// machine. Counted in debug builds where a test asks for it; in others there is nothing of it. RE2 is not in the count:
/// it is linear by its design.
enum TextSteps {
    #if DEBUG
        final class Counter: Sendable {
            fileprivate let steps = Atomic<Int>(0)
        }

        @TaskLocal fileprivate static var counter: Counter?
    #endif

    /// A loop has gone so many steps on: bytes, units, states, hits.
    @inline(__always)
    static func add(_ count: Int = 1) {
        #if DEBUG
            counter?.steps.add(count, ordering: .relaxed)
        #endif
    }
}

#if DEBUG
    extension TextSteps {
        /// The steps of what `body` does.
        static func count(_ body: () -> Void) -> Int {
            let counter = Counter()
            $counter.withValue(counter, operation: body)
            return counter.steps.load(ordering: .relaxed)
        }
    }
#endif
