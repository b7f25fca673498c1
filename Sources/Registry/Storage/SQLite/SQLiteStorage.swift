internal import Foundation
internal import GRDB
internal import Glibc
internal import Host

/// A registry in one SQLite file. WAL with `synchronous=FULL`: what was acknowledged survives a power cut.
package final class SQLiteStorage: RegistryStorage {
    private let pool: DatabasePool
    private let commits: GroupCommit<any StorageWriting>
    private let use: FileLock

    /// How long a writer waits for those in other processes before it gives up, in seconds.
    package static let patience = 120.0

    /// Opens the file; makes it, for its owner alone, when it is not there; brings an older one up to date.
    package init(path: String, patience: Double = SQLiteStorage.patience) throws {
        use = try FileLock(path: path + ".lock", mode: .shared)
        pool = try Self.translated {
            // One process at a time: turning WAL on, and migrations, cannot wait for each other in SQLite alone.
            let setUp = try FileLock(path: path + ".setup", mode: .exclusive)
            defer { setUp.unlock() }
            try Self.makeFile(path)
            let pool = try DatabasePool(path: path, configuration: Self.configuration(patience: patience))
            // GRDB sets NORMAL whenever it opens a pool; what is read back is what counts.
            try pool.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = FULL")
                guard try Int.fetchOne(database, sql: "PRAGMA synchronous") == 2,
                    try String.fetchOne(database, sql: "PRAGMA journal_mode") == "wal",
                    try Int.fetchOne(database, sql: "PRAGMA foreign_keys") == 1
                else {
                    throw RegistryError(
                        .storage, "SQLite does not write as it was told to",
                        advice: "keep the registry on a local disk, which can share memory between processes")
                }
            }
            let migrator = SQLiteMigrations.all
            guard try pool.read({ try !migrator.hasBeenSuperseded($0) }) else {
                throw RegistryError(
                    .newer, "a later version of Cordon wrote this registry", advice: "use that version, or a later one")
            }
            try migrator.migrate(pool)
            return pool
        }
        commits = GroupCommit()
    }

    private static func configuration(patience: Double) -> Configuration {
        var configuration = Configuration()
        configuration.label = "registry"
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = 8
        // Waits longer the longer it has waited, up to a tenth of a second each time.
        configuration.busyMode = .callback { attempt in
            let pause = min(0.1, 0.001 * Double(attempt + 1))
            let waited = attempt < 100 ? 0.0005 * Double(attempt * attempt) : 5 + 0.1 * Double(attempt - 100)
            guard waited < patience else { return false }
            usleep(UInt32(pause * 1_000_000))
            return true
        }
        return configuration
    }

    /// SQLite gives the WAL and the shared memory the mode of the file.
    private static func makeFile(_ path: String) throws {
        let made = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if made >= 0 {
            let file = Descriptor(made)
            try file.flush()
            try FileSystem.flushFolder(PathBytes(path).folder.text)
            return
        }
        guard errno == EEXIST else { throw SystemError.last("open") }
        guard let status = FileSystem.status(path), FileKind(mode: status.st_mode) == .file else {
            throw RegistryError(.storage, "the registry is not a file", advice: "give the folder of a registry")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw RegistryError(
                .exposed, "others than its owner may read or write the registry, which names patients",
                advice: "`chmod 600` the file, and find out who has read it")
        }
    }

    package func read<Result: Sendable>(
        _ body: @escaping @Sendable (any StorageReading) throws -> Result
    ) throws -> Result {
        try Self.translated { try pool.read { try body(SQLiteTransaction(database: $0)) } }
    }

    package func write<Result: Sendable>(
        _ body: @escaping @Sendable (any StorageWriting) throws -> Result
    ) throws -> Result {
        try Self.translated {
            try commits.run(body) { jobs in
                try pool.writeWithoutTransaction { database in
                    try database.inTransaction(.immediate) {
                        for job in jobs {
                            guard database.isInsideTransaction else { throw SQLiteRow.damaged }
                            do {
                                try database.inSavepoint {
                                    try job.run(SQLiteTransaction(database: database))
                                    return .commit
                                }
                            } catch  where database.isInsideTransaction {
                                // Only what this one wrote is taken back; the others go on.
                                job.fail(error)
                            }
                        }
                        return .commit
                    }
                }
            }
        }
    }

    /// For those who copy and check the file.
    func withPool<Result>(_ body: (DatabasePool) throws -> Result) throws -> Result {
        try Self.translated { try body(pool) }
    }

    /// Closes the file; what comes after is an error.
    package func close() throws {
        // GRDB closes the writer before the readers, and SQLite then leaves the WAL as it is.
        try? pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        try Self.translated { try pool.close() }
        use.unlock()
    }
}
