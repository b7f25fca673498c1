import Synchronization

/// What a program says of itself, once it was asked: the versions of what it works with.
final class WorkerDescription: Sendable {
    private let known = Mutex<String?>(nil)

    /// - Parameter code: of the request for it.
    func text(from pool: WorkerPool, code: UInt32) throws(WorkerError) -> String {
        if let text = known.withLock({ $0 }) { return text }
        let answer = try pool.answer(to: WorkerMessage(code, [], []), most: 4096)
        let text = String(decoding: answer.bytes, as: UTF8.self)
        known.withLock { $0 = text }
        return text
    }
}
