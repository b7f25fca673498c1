internal import Synchronization

/// A count of bytes that several threads change.
final class Usage: Sendable {
    private let bytes = Atomic<Int64>(0)

    func load() -> Int64 { bytes.load(ordering: .relaxed) }
    func add(_ count: Int64) { bytes.add(count, ordering: .relaxed) }
    func set(_ count: Int64) { bytes.store(count, ordering: .relaxed) }
}
