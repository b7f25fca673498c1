internal import Glibc

extension FileSystem {
    /// Writes a small file so that whoever looks sees all of it or what was there before, and a power cut loses nothing.
    ///
    /// - Parameters:
    ///   - mode: a `mode_t`, exactly, whatever the umask. Spelled out, since a build of the whole module finds Glibc unused.
    ///   - replacing: whether a file of that name may be there already; otherwise that is an error (`EEXIST`).
    package static func place(
        _ bytes: [UInt8], at path: String, mode: UInt32, replacing: Bool
    ) throws(SystemError) {
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).tmp"
        do throws(SystemError) {
            // Under the umask the file may have less than it should, never more.
            var file = try DurableFile(temporaryPath: temporary, mode: mode)
            guard chmod(temporary, mode) == 0 else { throw .last("chmod") }
            let written = bytes.withUnsafeBytes { bytes in Result { () throws(SystemError) in try file.write(bytes) } }
            try written.get()
            _ = try file.finish()
            if replacing {
                try rename(temporary, to: path)
            } else {
                try give(temporary, its: path)
            }
        } catch {
            unlink(temporary)
            throw error
        }
        try flushFolder(PathBytes(path).folder.text)
    }

    /// Gives a file that is whole and on the disk its name, where nobody may have it yet (`EEXIST`). Where there are no hard links (FAT,
    /// some shares of a network) the name is that of a copy: a crash may then leave part of it, and nothing else does. The folder is the
    /// caller's to bring to the disk.
    package static func give(_ temporary: String, its path: String) throws(SystemError) {
        if link(temporary, path) != 0 {
            let error = SystemError.last("link")
            guard [EPERM, EOPNOTSUPP, ENOSYS, EMLINK].contains(error.code) else { throw error }
            try copy(temporary, to: path)
        }
        do throws(SystemError) { try remove(temporary) } catch {
            unlink(path)
            throw error
        }
    }

    /// Copies a file to where there is none, for its owner alone until it is whole. What fails leaves nothing.
    package static func copy(_ original: String, to path: String) throws(SystemError) {
        let number = open(original, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard number >= 0 else { throw .last("open") }
        let source = Descriptor(number)
        var status = stat()
        guard fstat(number, &status) == 0 else { throw .last("fstat") }
        var file = try DurableFile(temporaryPath: path, mode: 0o600)
        do {
            try source.forEachPiece { try file.write($0) }
            guard chmod(path, status.st_mode & 0o7777) == 0 else { throw SystemError.last("chmod") }
            _ = try file.finish()
        } catch {
            unlink(path)
            throw error as? SystemError ?? SystemError(code: EIO, call: "write")
        }
    }
}
