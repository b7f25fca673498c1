internal import CFlush
import Glibc
import Host

/// A file system that is brought to disk as a whole. Tests put one of their own in its place.
struct SyncedDisk: Sendable {
    /// Returns when all that was written before it was called is on the disk, bytes and names.
    var sync: @Sendable () throws(SystemError) -> Void
    /// Milliseconds of a clock that nobody sets.
    var now: @Sendable () -> Int64 = SyncedDisk.clock
    /// `st_dev` of what lies on it; nil where nobody asks.
    var device: dev_t?

    init(
        now: @escaping @Sendable () -> Int64 = SyncedDisk.clock,
        sync: @escaping @Sendable () throws(SystemError) -> Void
    ) {
        self.sync = sync
        self.now = now
    }

    /// The file system that a folder lies on.
    ///
    /// Nil unless `syncfs` tells there of what it could not write: since Linux 5.8 it does of bytes, since 5.17 of what a file system
    /// keeps of itself. And unless it is one that refuses every change once its journal has failed, which `syncfs` of ext4 does not tell:
    /// whoever has waited then changes a name, and that tells.
    init?(of folder: String) {
        guard let release = try? FolderListing.bytes("/proc/sys/kernel/osrelease", limit: 64),
            Self.reportsErrors(release: String(decoding: release, as: UTF8.self))
        else { return nil }
        let number = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        // Kept open: the kernel tells each open file of the errors since it was opened.
        let file = Descriptor(number)
        var status = statfs()
        guard fstatfs(number, &status) == 0, Self.kinds.contains(Int(status.f_type)) else { return nil }
        guard let device = try? file.status().st_dev else { return nil }
        self.init { () throws(SystemError) in
            guard syncfs(file.number) == 0 else { throw .last("syncfs") }
        }
        self.device = device
    }

    /// ext4, XFS and Btrfs, as `linux/magic.h` has them.
    private static let kinds: Set<Int> = [0xEF53, 0x5846_5342, 0x9123_683E]

    static func reportsErrors(release: String) -> Bool {
        let parts = release.split(separator: ".").prefix(2).map { Int($0.prefix { $0.isNumber }) ?? 0 }
        guard parts.count == 2 else { return false }
        return (parts[0], parts[1]) >= (5, 17)
    }

    @Sendable static func clock() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
