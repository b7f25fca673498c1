import Glibc
import Host

/// Locks between all who use a vault, threads and processes: ranges of bytes of one empty file, which the kernel gives
/// back whatever happens to their holder.
struct VaultLocks: Sendable {
    /// What a byte of the file stands for.
    enum Kind {
        /// The objects whose names begin so: held while one of them comes, goes, or gets another envelope.
        case bucket(Int)
        case allBuckets
        /// The count of what is used. Taken last.
        case room
        /// Making the vault, changing its small files.
        case settings
        /// Rotation and moving, each one at a time.
        case rotation, moving

        var range: (start: Int, count: Int) {
            switch self {
            case .bucket(let number): (number, 1)
            case .allBuckets: (0, 256)
            case .room: (256, 1)
            case .settings: (257, 1)
            case .rotation: (258, 1)
            case .moving: (259, 1)
            }
        }
    }

    let path: String

    /// F_OFD_SETLK and F_OFD_SETLKW of Linux, which the C module does not give: locks of an open file, not of a process.
    private static let tryCommand: Int32 = 37, waitCommand: Int32 = 38

    /// A lock that is held. It is given back in so many words: a child that is just being started has the open file, too, until it
    /// becomes another program, and to close ours would leave the lock with it so long.
    private final class Held {
        private let file: Descriptor
        private var lock: flock

        init(_ file: Descriptor, _ lock: flock) {
            self.file = file
            self.lock = lock
        }

        deinit {
            lock.l_type = Int16(F_UNLCK)
            _ = fcntl(file.number, VaultLocks.tryCommand, &lock)
        }
    }

    /// Runs `work` while holding the lock.
    func hold<Result>(_ kind: Kind, _ work: () throws(VaultError) -> Result) throws(VaultError) -> Result {
        guard let held = try take(kind, Self.waitCommand) else {
            throw VaultError(.system, "a lock of the vault was not given; please report this")
        }
        defer { withExtendedLifetime(held) {} }
        return try work()
    }

    /// The same, or nil when somebody holds it.
    func holdIfFree<Result>(_ kind: Kind, _ work: () throws(VaultError) -> Result) throws(VaultError) -> Result? {
        guard let held = try take(kind, Self.tryCommand) else { return nil }
        defer { withExtendedLifetime(held) {} }
        return try work()
    }

    private func take(_ kind: Kind, _ command: Int32) throws(VaultError) -> Held? {
        try VaultError.wrapping("the vault cannot be locked") { () throws(SystemError) in
            let number = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard number >= 0 else { throw .last("open") }
            let file = Descriptor(number)
            var lock = flock()
            lock.l_type = Int16(F_WRLCK)
            lock.l_whence = Int16(SEEK_SET)
            lock.l_start = off_t(kind.range.start)
            lock.l_len = off_t(kind.range.count)
            while fcntl(file.number, command, &lock) != 0 {
                if errno == EINTR { continue }
                if command == Self.tryCommand, errno == EAGAIN || errno == EACCES { return nil }
                throw .last("fcntl")
            }
            return Held(file, lock)
        }
    }
}
