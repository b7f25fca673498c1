internal import Glibc
internal import Host
internal import Synchronization

/// The gateway's folder: what leaves in another form than it came, until it has left.
///
///     DIR/gateway.sqlite   the journal
///     DIR/outgoing/ab/cd…  by digest, mode 0600
///     DIR/temporary/       what is being written
final class Spool: Sendable {
    let path: String
    let temporary: String
    private let current: CurrentSetup

    init(_ path: String, current: CurrentSetup) throws(GatewayError) {
        self.path = path
        temporary = path + "/temporary"
        self.current = current
        try GatewayError.wrapping("the spool cannot be made") {
            for folder in [path, path + "/temporary", path + "/outgoing"] {
                try FileSystem.makeFolder(folder, mode: 0o700)
            }
        }
    }

    /// Throws `full` when the spool holds what it may, or its disk has less free than it keeps: nothing more is taken then,
    /// whatever the vault could hold.
    func checkRoom() throws(GatewayError) {
        let quota = current.setup.configuration.quota
        var status = statvfs()
        guard statvfs(path, &status) == 0 else {
            throw GatewayError(SystemError.last("statvfs"), "the spool does not say what is free")
        }
        let free = Int64(status.f_bavail) * Int64(status.f_frsize)
        guard free >= quota.reserve else {
            throw GatewayError(.full, "\(free) bytes are free where the spool lies, and \(quota.reserve) are kept so")
        }
        if let limit = quota.spool, used >= limit {
            throw GatewayError(
                .full, "the spool holds \(used) of \(limit) bytes, and takes no more until some has left")
        }
    }

    /// Bytes of what waits to leave.
    var used: Int64 { usage.load() }
    private let usage = Usage()
    /// Files that were written and are not in a queue yet.
    private let held = Mutex<[String: Int]>([:])

    /// Writes a file through `body` and brings it to disk; it is called by its digest then.
    ///
    /// It stays until `release`, whether something needs it or not.
    ///
    /// - Returns: its name in the spool, its digest and size.
    func write(
        _ body: (inout DurableFile) throws -> Void
    ) throws -> (name: String, digest: ContentDigest, size: Int) {
        var random = SystemRandomNumberGenerator()
        let temporary = "\(self.temporary)/\(random.next())"
        var file = try DurableFile(temporaryPath: temporary, mode: 0o600)
        do {
            try body(&file)
            let digest = try file.finish()
            let folder = "outgoing/\(digest.hexadecimal.prefix(2))"
            let name = "\(folder)/\(digest.hexadecimal)"
            held.withLock { $0[name, default: 0] += 1 }
            try FileSystem.makeFolder("\(path)/\(folder)", mode: 0o700)
            let isNew = FileSystem.status("\(path)/\(name)") == nil
            try FileSystem.rename(temporary, to: "\(path)/\(name)")
            try FileSystem.flushFolder("\(path)/\(folder)")
            try FileSystem.flushFolder("\(path)/outgoing")
            if isNew { usage.add(Int64(file.size)) }
            return (name, digest, file.size)
        } catch {
            unlink(temporary)
            throw error
        }
    }

    func path(of name: String) -> String { "\(path)/\(name)" }

    /// The queues know the files now.
    func release(_ names: [String]) {
        held.withLock { held in
            for name in names {
                guard let count = held[name] else { continue }
                held[name] = count > 1 ? count - 1 : nil
            }
        }
    }

    /// Takes a file away, unless something needs it.
    func remove(_ name: String, unless isNeeded: () throws(GatewayError) -> Bool) throws(GatewayError) {
        let path = path(of: name)
        let result = held.withLock { held in
            Result { () throws(GatewayError) in
                guard held[name] == nil, try !isNeeded(), let status = FileSystem.status(path) else { return }
                try GatewayError.wrapping("a file of the spool cannot be removed") { try FileSystem.remove(path) }
                usage.add(-Int64(status.st_size))
            }
        }
        try result.get()
    }

    /// Takes away what somebody who died has left, and counts what is there. Nobody else works with the spool.
    func tidy(needed: Set<String>) throws(GatewayError) {
        try GatewayError.wrapping("the spool cannot be tidied") {
            for name in try Self.names(in: temporary) { try FileSystem.remove("\(temporary)/\(name)") }
            var total: Int64 = 0
            for folder in try Self.names(in: path + "/outgoing") {
                for file in try Self.names(in: "\(path)/outgoing/\(folder)") {
                    let name = "outgoing/\(folder)/\(file)"
                    guard needed.contains(name) else {
                        try FileSystem.remove(path(of: name))
                        continue
                    }
                    total += FileSystem.status(path(of: name)).map { Int64($0.st_size) } ?? 0
                }
            }
            usage.set(total)
        }
    }

    private static func names(in folder: String) throws(SystemError) -> [String] {
        guard let directory = opendir(folder) else { throw .last("opendir") }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
