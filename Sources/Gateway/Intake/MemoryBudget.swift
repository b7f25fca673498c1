internal import Synchronization

/// How many bytes of objects may be in memory at once, over all associations (P9).
final class MemoryBudget: Sendable {
    private let used = Atomic<Int64>(0)
    private let limit: Int64

    init(limit: Int64) { self.limit = limit }

    /// - Returns: false when there is no room; nothing was taken then.
    func take(_ count: Int) -> Bool {
        let total = used.add(Int64(count), ordering: .relaxed).newValue
        guard total > limit else { return true }
        used.subtract(Int64(count), ordering: .relaxed)
        return false
    }

    func give(_ count: Int) { used.subtract(Int64(count), ordering: .relaxed) }
}
