internal import Synchronization

/// How many bytes of objects are in memory at once, over all associations (P9).
final class MemoryBudget: Sendable {
    private let used = Atomic<Int64>(0)

    /// - Returns: false when that would be more than the limit; nothing was taken then.
    func take(_ count: Int, of limit: Int64) -> Bool {
        let total = used.add(Int64(count), ordering: .relaxed).newValue
        guard total > limit else { return true }
        used.subtract(Int64(count), ordering: .relaxed)
        return false
    }

    /// Of the object that was in memory last: the next one of its series is as large.
    private let size = Atomic<Int>(0)
    var expected: Int { size.load(ordering: .relaxed) }
    func expect(_ count: Int) { size.store(count, ordering: .relaxed) }

    func give(_ count: Int) { used.subtract(Int64(count), ordering: .relaxed) }
}
