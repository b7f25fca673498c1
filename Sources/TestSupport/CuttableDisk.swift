import Foundation
import Glibc

/// An ext4 file system in a file, whose power can be cut at any moment: what had not been brought to disk is gone.
///
/// `commit=300` keeps ext4 from writing of its own accord within a test. The cut is EXT4_IOC_SHUTDOWN without flushing the
/// journal, as xfstests do it: from that instant nothing more reaches the file, which is then copied and mounted anew.
public final class CuttableDisk {
    /// What of the system failed.
    public struct Failure: Error {
        public var call: String
        public var code: Int32
    }

    private let folder: String
    private var image: String
    public let mountPoint: String
    private var isMounted = false
    private var copies = 0

    /// Whether there can be one here: root, loop devices and `mkfs.ext4`. Says why not.
    public static let obstacle: String? = {
        guard geteuid() == 0 else { return "mounting needs root" }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("disk-\(UUID().uuidString)").path
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        guard let disk = try? CuttableDisk(in: folder, megabytes: 8) else {
            return "a loop device cannot be mounted here"
        }
        defer { disk.unmount() }
        return (try? disk.cut()) == nil ? "the file system cannot be shut down" : nil
    }()

    public init(in folder: String, megabytes: Int) throws {
        self.folder = folder
        image = folder + "/disk0"
        mountPoint = folder + "/mnt"
        mkdir(mountPoint, 0o700)
        _ = FileManager.default.createFile(atPath: image, contents: nil)
        truncate(image, megabytes << 20)
        try Self.run("mkfs.ext4", ["-q", "-F", "-m", "0", image])
        try mount()
    }

    deinit { unmount() }

    private func mount() throws {
        try Self.run("mount", ["-o", "loop,commit=300", image, mountPoint])
        isMounted = true
    }

    public func unmount() {
        guard isMounted else { return }
        // Whoever was killed may hold it for a moment longer.
        for _ in 0..<100 where umount(mountPoint) != 0 && errno == EBUSY { usleep(20_000) }
        umount2(mountPoint, Int32(MNT_DETACH))
        isMounted = false
    }

    /// EXT4_IOC_SHUTDOWN and EXT4_GOING_FLAGS_NOLOGFLUSH of Linux, which are macros.
    private static let shutdown: UInt = 0x8004_587D

    /// Cuts the power. Nothing that is done on the file system from now on reaches the disk.
    public func cut() throws {
        let descriptor = open(mountPoint, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(call: "open", code: errno) }
        defer { close(descriptor) }
        var flags: UInt32 = 2
        guard ioctl(descriptor, Self.shutdown, &flags) == 0 else { throw Failure(call: "ioctl", code: errno) }
    }

    /// Mounts a copy of what was on the disk at the cut. All who used it have ended.
    public func restore() throws {
        unmount()
        copies += 1
        let copy = folder + "/disk\(copies)"
        try Self.run("cp", ["--sparse=always", image, copy])
        unlink(image)
        image = copy
        try mount()
    }

    private static func run(_ program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        var variables = ProcessInfo.processInfo.environment
        variables["PATH"] = "/usr/sbin:/sbin:/usr/bin:/bin"
        process.environment = variables
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(call: program, code: EIO) }
    }
}
