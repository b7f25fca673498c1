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
                guard link(temporary, path) == 0 else { throw .last("link") }
                try remove(temporary)
            }
        } catch {
            unlink(temporary)
            throw error
        }
        try flushFolder(PathBytes(path).folder.text)
    }
}
