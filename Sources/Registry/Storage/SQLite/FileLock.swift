internal import Glibc
internal import Host

/// A lock on a file of its own, which goes with the process that has it.
final class FileLock: Sendable {
    enum Mode { case shared, exclusive }

    private let file: Descriptor

    /// Waits for the lock.
    convenience init(path: String, mode: Mode) throws(SystemError) {
        guard let lock = try FileLock(path: path, mode: mode, waiting: true) else { throw .last("flock") }
        self.init(lock.file)
    }

    private init(_ file: Descriptor) { self.file = file }

    /// Nil when somebody has it.
    static func ifFree(path: String, mode: Mode) throws(SystemError) -> FileLock? {
        try FileLock(path: path, mode: mode, waiting: false)
    }

    private init?(path: String, mode: Mode, waiting: Bool) throws(SystemError) {
        let number = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw .last("open") }
        file = Descriptor(number)
        let operation = (mode == .shared ? LOCK_SH : LOCK_EX) | (waiting ? 0 : LOCK_NB)
        while flock(number, operation) != 0 {
            if errno == EWOULDBLOCK { return nil }
            guard errno == EINTR else { throw .last("flock") }
        }
    }

    func unlock() { flock(file.number, LOCK_UN) }
}
