import Glibc
import Host

/// The flag that keeps everybody from changing, renaming or removing a file, as `chattr +i` sets it. ext4, XFS and Btrfs
/// know it; only who has CAP_LINUX_IMMUTABLE sets it, as root has.
enum ImmutableFlag {
    /// FS_IOC_GETFLAGS, FS_IOC_SETFLAGS and FS_IMMUTABLE_FL of Linux, which are macros.
    private static let get: UInt = 0x8008_6601, set: UInt = 0x4008_6602
    private static let immutable: Int32 = 0x10

    /// Nil where the file system has no such flag.
    static func isSet(_ file: Descriptor) -> Bool? {
        var flags: Int32 = 0
        guard ioctl(file.number, get, &flags) == 0 else { return nil }
        return flags & immutable != 0
    }

    /// Whether it now is as it should be.
    @discardableResult
    static func put(_ isImmutable: Bool, _ file: Descriptor) -> Bool {
        var flags: Int32 = 0
        guard ioctl(file.number, get, &flags) == 0 else { return !isImmutable }
        if (flags & immutable != 0) == isImmutable { return true }
        flags = isImmutable ? flags | immutable : flags & ~immutable
        return ioctl(file.number, set, &flags) == 0
    }

    /// Sets it, unless the file has a second name, which could then not be removed.
    static func protect(_ file: Descriptor) {
        guard (try? file.status())?.st_nlink == 1 else { return }
        put(true, file)
    }

    @discardableResult
    static func put(_ isImmutable: Bool, path: String) -> Bool {
        guard let file = try? Descriptor(reading: PathBytes(path)) else { return false }
        return put(isImmutable, file)
    }
}
