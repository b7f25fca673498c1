import Glibc

/// Reads regular files whole, up to a limit. Plain `open` and `read`; nothing else is ever opened.
package enum FileAccess {
    /// The same file under whatever name.
    package struct Identity: Hashable, Sendable {
        package var device: UInt64
        package var inode: UInt64
    }

    package struct Contents {
        package var bytes: [UInt8]
        package var identity: Identity
    }

    package enum Failure: Error, Hashable {
        /// What the system says, lower case.
        case system(String)
        case notAFile
        case tooLarge(limit: Int)

        package var reason: String {
            switch self {
            case .system(let text): text
            case .notAFile: "it is no regular file"
            case .tooLarge(let limit): "it has more than \(limit >> 20) MiB"
            }
        }
    }

    package static func read(_ path: String, limit: Int) throws(Failure) -> Contents {
        let (file, status) = try opened(path)
        defer { close(file) }
        guard status.st_size <= limit else { throw .tooLarge(limit: limit) }
        let identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))

        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(status.st_size) + 1)
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            // SAFETY: `read` writes at most `count` bytes into the buffer.
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(file, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw lastError()
            }
            if count == 0 { break }
            bytes.append(contentsOf: buffer[..<count])
            guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
        }
        return Contents(bytes: bytes, identity: identity)
    }

    /// The first bytes of a file of any size; fewer where it ends before.
    package static func beginning(_ path: String, count: Int) throws(Failure) -> [UInt8] {
        let (file, _) = try opened(path)
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            // SAFETY: `pread` writes at most as many bytes as the buffer has.
            let part = unsafe bytes.withUnsafeMutableBytes { buffer in
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
                return unsafe pread(file, rest.baseAddress, rest.count, off_t(done))
            }
            if part < 0 {
                if errno == EINTR { continue }
                throw lastError()
            }
            if part == 0 { break }
            done += part
        }
        return Array(bytes.prefix(done))
    }

    /// A regular file, to be closed by whoever asked.
    private static func opened(_ path: String) throws(Failure) -> (file: Int32, status: stat) {
        guard !path.utf8.contains(0) else { throw .system("no such file or directory") }
        // Without O_NONBLOCK, a named pipe would keep us waiting for a writer.
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw lastError() }
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else {
            let error = lastError()
            close(file)
            throw error
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(file)
            throw .notAFile
        }
        return (file, status)
    }

    private static func lastError() -> Failure {
        guard let text = unsafe strerror(errno) else { return .system("error \(errno)") }
        return .system(unsafe String(cString: text).lowercased())
    }
}

/// Paths as text.
package enum FilePath {
    /// `name`, seen from the folder that `file` is in.
    package static func resolve(_ name: String, from file: String) -> String {
        guard !name.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return name }
        return file[...slash] + name
    }

    /// Without `.` and `folder/..`: for people. Files are opened by the unchanged path, since a link may lead elsewhere.
    package static func simplified(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else {
                parts.append(part)
            }
        }
        return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }
}
