package import Glibc

/// Calls on names, with errors.
package enum FileSystem {
    package static func rename(_ from: String, to path: String) throws(SystemError) {
        guard Glibc.rename(from, path) == 0 else { throw .last("rename") }
    }

    /// Makes the folder unless it is there.
    package static func makeFolder(_ path: String, mode: mode_t = 0o777) throws(SystemError) {
        guard mkdir(path, mode) == 0 || errno == EEXIST else { throw .last("mkdir") }
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
