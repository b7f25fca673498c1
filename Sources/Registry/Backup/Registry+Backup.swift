internal import CustodyLog
internal import GRDB
internal import Glibc
public import Host

/// A copy of a registry: one file, and beside it `FILE.sha256`, as `sha256sum -c` reads it.
public struct RegistryBackup: Hashable, Sendable {
    /// SHA-256 of the file, 64 hexadecimal digits.
    public var digest: String
    /// How many leaves of the custody log are in it.
    public var logSize: Int
    /// Of the log at this size, 64 hexadecimal digits.
    public var root: String
    /// In bytes.
    public var size: Int64
}

extension Registry {
    /// Copies the registry to a new file while others go on using it. When this returns, the copy is on the disk, sound,
    /// and the custody log says that it was made.
    public func backUp(to path: String, by person: Person, at time: Instant) throws -> RegistryBackup {
        guard let file = storage as? SQLiteStorage else {
            throw RegistryError(.invalid, "this registry is not in a file", advice: "back up where it is kept")
        }
        let backup = try file.copy(to: path)
        try record(
            CustodyEvent(
                .backedUp, time: time, actor: person.name,
                facts: [
                    CustodyEvent.Fact("digest", backup.digest), CustodyEvent.Fact("log-size", String(backup.logSize)),
                    CustodyEvent.Fact("root", backup.root),
                ]))
        return backup
    }
}

extension SQLiteStorage {
    /// Copies all into a new file, its digest into another.
    ///
    /// - Parameter reducing: takes out of the copy what is not to be in it; is told what the log was.
    func copy(
        to path: String, reducing reduce: (Database, (size: Int, root: String)) throws -> Void = { _, _ in }
    ) throws -> RegistryBackup {
        let temporary = path + ".partial"
        return try Self.translated {
            for name in [path, path + ".sha256"] where FileSystem.status(name) != nil {
                throw RegistryError(.conflict, "the file of the copy is there already", advice: "give a new name")
            }
            // What an earlier try left behind.
            try FileSystem.remove(temporary)
            let made = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard made >= 0 else { throw SystemError.last("open") }
            let file = Descriptor(made)
            do {
                let backup = try fill(temporary, reduce)
                try file.flush()
                let digest = try ContentDigest(of: file).hexadecimal
                let size = Int64(try file.status().st_size)
                let name = String(decoding: PathBytes(path).lastComponent, as: UTF8.self)
                try Self.write("\(digest)  \(name)\n", to: path + ".sha256")
                try FileSystem.rename(temporary, to: path)
                try FileSystem.flushFolder(PathBytes(path).folder.text)
                return RegistryBackup(digest: digest, logSize: backup.size, root: backup.root, size: size)
            } catch {
                try? FileSystem.remove(temporary)
                throw error
            }
        }
    }

    private static func write(_ text: String, to path: String) throws {
        var file = try DurableFile(temporaryPath: path, mode: 0o600)
        try file.write(text)
        _ = try file.finish()
    }

    /// Copies all pages, in one state, into an empty file, which then stands for itself, without a WAL.
    private func fill(
        _ path: String, _ reduce: (Database, (size: Int, root: String)) throws -> Void
    ) throws -> (size: Int, root: String) {
        let copy = try DatabaseQueue(path: path, configuration: Self.loneConfiguration)
        try withPool { try $0.backup(to: copy) }
        let state = try copy.read { try SQLiteTransaction(database: $0).logState() }
        try copy.writeWithoutTransaction { database in
            try reduce(database, state)
            let sound = try String.fetchOne(database, sql: "PRAGMA integrity_check(1)")
            guard sound == "ok" else { throw SQLiteRow.damaged }
            try Self.leaveWAL(database)
        }
        try copy.close()
        return state
    }

    /// For a file that nobody else has open.
    static var loneConfiguration: Configuration {
        var configuration = Configuration()
        configuration.label = "registry.copy"
        configuration.foreignKeysEnabled = true
        return configuration
    }

    static func leaveWAL(_ database: Database) throws {
        guard try String.fetchOne(database, sql: "PRAGMA journal_mode = DELETE") == "delete" else {
            throw SQLiteRow.damaged
        }
    }
}

extension StorageReading {
    /// How much the custody log has, and its root.
    func logState() throws -> (size: Int, root: String) {
        let size = try logSize()
        return (size, hexadecimalDigits(try root(size: size).bytes))
    }
}
