package import Glibc

/// Calls on names, with errors.
package enum FileSystem {
    package static func rename(_ from: String, to path: String) throws(SystemError) {
        guard Glibc.rename(from, path) == 0 else { throw .last("rename") }
    }

    /// Makes the folder unless it is there. A link in its place is none: what is written would be led elsewhere.
    package static func makeFolder(_ path: String, mode: mode_t = 0o777) throws(SystemError) {
        if mkdir(path, mode) == 0 { return }
        guard errno == EEXIST else { throw .last("mkdir") }
        try requireFolder(path)
    }

    /// The path itself is a folder, and no link to one.
    package static func requireFolder(_ path: String) throws(SystemError) {
        guard let status = status(path) else { throw .last("lstat") }
        guard FileKind(mode: status.st_mode) == .folder else { throw SystemError(code: ENOTDIR, call: "lstat") }
    }

    /// Brings the names in a folder to disk.
    package static func flushFolder(_ path: String) throws(SystemError) {
        let number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw .last("open") }
        try Descriptor(number).flush()
    }

    package static func status(_ path: String) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }

    package static func identity(of path: PathBytes) -> FileIdentity? {
        var status = stat()
        return path.withCString { stat($0, &status) } == 0 ? FileIdentity(status) : nil
    }

    package static func remove(_ path: String) throws(SystemError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw .last("unlink") }
    }

    /// The whole file, nil when there is none.
    package static func contents(_ path: String) throws -> [UInt8]? {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        if number < 0, errno == ENOENT { return nil }
        guard number >= 0 else { throw SystemError.last("open") }
        var bytes: [UInt8] = []
        try Descriptor(number).forEachPiece { bytes += $0 }
        return bytes
    }
}
