import AuditTrail
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
}
