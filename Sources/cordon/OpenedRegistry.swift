import AuditTrail
import CustodyLog
import Inputs
import Registry
import Synchronization

/// The registry that the command opened, so that audit messages of what it did leave when it ends, however it ends.
enum OpenedRegistry {
    private static let opened = Mutex<(registry: Registry, folder: String)?>(nil)

    static func remember(_ registry: Registry, _ folder: String) { opened.withLock { $0 = (registry, folder) } }

    /// Tells whoever keeps audit messages, where a registry was opened and is set up for it.
    static func tell() throws(RunError) {
        guard let (registry, folder) = opened.withLock({ $0 }) else { return }
        try AuditSink.tell(registry, in: folder)
    }

    /// Signs what the custody log is now, where it has a key: from the next time stamp or witness on, nobody can say that what
    /// was just done was done later.
    ///
    /// - Parameter isKeyExpected: whether to tell it when there is none.
    /// - Returns: how many leaves the checkpoint speaks of; nil when the log has no key, which is told.
    /// - Throws: what the log refuses. What was done before is done and on record.
    @discardableResult
    static func sign(isKeyExpected: Bool = true) throws(RunError) -> Int? {
        guard let (registry, path) = opened.withLock({ $0 }) else { return nil }
        let folder = try proving { try LogFolder(registry: path) }
        guard folder.hasKey else {
            if isKeyExpected {
                StandardError.print("note: no checkpoint is signed; the log has no key yet: cordon log key new NAME")
            }
            return nil
        }
        let note = try registry.onLog { try folder.sign($0) }
        return try proving { try Checkpoint(text: note.text).size }
    }
}
