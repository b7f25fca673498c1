import Glibc

/// Files without a name: nobody else opens them, and they are gone when the process is.
enum Scratch {
    /// A descriptor to read and write, -1 with `errno` set when there is none to be had.
    static func open(in folder: String?) -> Int32 {
        let folder = folder ?? temporaryFolder
        // glibc's O_TMPFILE is `__O_TMPFILE | O_DIRECTORY`, which Swift does not import.
        let withoutName = Int32(0o20_000_000) | O_DIRECTORY
        let descriptor = unsafe Glibc.open(folder, withoutName | O_RDWR | O_CLOEXEC, 0o600)
        if descriptor >= 0 { return descriptor }
        // Some file systems have no files without a name: then one that has lost it.
        var template = Array("\(folder)/.cordon-XXXXXX".utf8CString)
        // SAFETY: the template is ours, ends with NUL, and is only changed in its last six characters.
        let named = unsafe template.withUnsafeMutableBufferPointer { name in
            guard let start = name.baseAddress else { return Int32(-1) }
            let named = unsafe mkstemp(start)
            if named >= 0 { _ = unsafe unlink(start) }
            return named
        }
        if named >= 0 { _ = fcntl(named, F_SETFD, FD_CLOEXEC) }
        return named
    }

    private static var temporaryFolder: String {
        // SAFETY: the string is copied at once; nothing in this process changes the environment.
        guard let value = unsafe getenv("TMPDIR") else { return "/tmp" }
        let folder = unsafe String(cString: value)
        return folder.isEmpty ? "/tmp" : folder
    }
}

/// Writes all of the bytes; false with `errno` set when that fails.
func writeAll(_ descriptor: Int32, _ bytes: borrowing RawSpan) -> Bool {
    var done = 0
    while done < bytes.byteCount {
        // SAFETY: the system reads the bytes that are left, no more, and keeps no pointer.
        let count = unsafe bytes.extracting(done..<bytes.byteCount).withUnsafeBytes { rest in
            unsafe write(descriptor, rest.baseAddress, rest.count)
        }
        if count < 0 {
            if errno == EINTR { continue }
            return false
        }
        done += count
    }
    return true
}
