package import Glibc

/// What the file system says of a file without reading it: enough to notice that somebody changed it.
package struct Fingerprint: Hashable, Sendable {
    package var size: Int64
    /// Nanoseconds.
    package var modified: Int64
    /// Nanoseconds; of the inode, so that a modification time that was set back is noticed too.
    package var changed: Int64
    package var inode: UInt64

    package init(_ status: stat) {
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
        changed = Int64(status.st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_ctim.tv_nsec)
        inode = UInt64(status.st_ino)
    }

    /// For a hash: a time of acquisition should not stand in the clear in a folder that is sent away.
    package var text: String { "\(size) \(modified) \(changed) \(inode)" }
}

/// Which file or folder it is, whatever it is called.
package struct FileIdentity: Hashable, Sendable {
    package var device: UInt64
    package var inode: UInt64

    package init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}

/// The kind of file that a mode says.
package enum FileKind: Sendable {
    case file, folder, link, special

    package init(mode: mode_t) {
        switch mode & S_IFMT {
        case S_IFREG: self = .file
        case S_IFDIR: self = .folder
        case S_IFLNK: self = .link
        default: self = .special
        }
    }
}
