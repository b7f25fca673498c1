internal import Foundation
internal import GRDB
internal import Glibc
internal import Host
internal import Registry

/// What a gateway remembers of its own work, in one SQLite file in its spool: what came, which studies wait to be decided, what
/// was decided last, and what waits for whom. WAL with `synchronous=FULL`: what was acknowledged survives a power cut.
///
/// The registry is what the site remembers; this is only the work. Were it lost, nothing would be: originals, decisions and
/// their reasons are in the vault and the registry.
package final class GatewayJournal: Sendable {
    private let pool: DatabasePool
    private let commits = GroupCommit<Database>()
    /// Of the service, as long as it runs.
    private let lock: Descriptor?

    static let fileName = "gateway.sqlite"

    /// Opens the journal in a spool folder.
    ///
    /// - Parameter alone: for the service itself, of which there is one for a spool: it makes both, for their owner alone, when
    ///   they are not there. Commands that look and release take what is there, and make nothing.
    package init(spool: String, alone: Bool) throws(GatewayError) {
        do {
            let path = spool + "/" + Self.fileName
            if alone {
                try Self.makeFolder(spool)
                lock = try Self.lock(spool + "/service.lock")
                try Self.makeFile(path)
            } else {
                guard FileSystem.status(path) != nil else {
                    throw GatewayError(
                        .arguments,
                        "no gateway has worked with the spool of this configuration: there is no journal in it")
                }
                lock = nil
            }
            var configuration = Configuration()
            configuration.label = "gateway"
            configuration.maximumReaderCount = 8
            configuration.busyMode = .timeout(60)
            pool = try DatabasePool(path: path, configuration: configuration)
            // GRDB sets NORMAL whenever it opens a pool; what is read back is what counts.
            let isDurable = try pool.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = FULL")
                return try Int.fetchOne(database, sql: "PRAGMA synchronous") == 2
                    && String.fetchOne(database, sql: "PRAGMA journal_mode") == "wal"
            }
            guard isDurable else {
                throw GatewayError(.storage, "SQLite does not write as it was told to; keep the spool on a local disk")
            }
            try JournalTables.migrator.migrate(pool)
        } catch {
            throw GatewayError(error, "the gateway's journal")
        }
    }

    private static func makeFolder(_ path: String) throws {
        do throws(SystemError) { try FileSystem.makeFolder(path, mode: 0o700) } catch {
            guard error.code == ENOENT else { throw error }
            throw GatewayError(
                .storage, "the folder in which the spool is to be made is not there; make it, or name another")
        }
    }

    /// One service works with a spool.
    private static func lock(_ path: String) throws -> Descriptor {
        let number = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw SystemError.last("open") }
        let file = Descriptor(number)
        if flock(number, LOCK_EX | LOCK_NB) != 0 {
            throw GatewayError(.inUse, "another gateway works with this spool; give each a spool of its own")
        }
        return file
    }

    private static func makeFile(_ path: String) throws {
        let made = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard made >= 0 else {
            guard errno == EEXIST else { throw SystemError.last("open") }
            return
        }
        try Descriptor(made).flush()
        try FileSystem.flushFolder(PathBytes(path).folder.text)
    }

    func read<Result>(_ body: (Database) throws -> Result) throws(GatewayError) -> Result {
        do { return try pool.read(body) } catch { throw GatewayError(error, "the gateway's journal") }
    }

    /// Writes all that `body` writes, or nothing. When this returns it is on the disk, brought there together with what others
    /// write at the same time.
    func write<Result: Sendable>(_ body: @escaping @Sendable (Database) throws -> Result) throws(GatewayError) -> Result
    {
        do {
            return try commits.run(body) { jobs in
                try pool.writeWithoutTransaction { database in
                    try database.inTransaction(.immediate) {
                        for job in jobs {
                            do {
                                try database.inSavepoint {
                                    try job.run(database)
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
        } catch {
            throw GatewayError(error, "the gateway's journal")
        }
    }

    package func close() { try? pool.close() }
}

extension Database {
    /// Runs one statement, and keeps it prepared for the next time: its text is one of few, with all that changes in its arguments.
    func run(sql: String, arguments: StatementArguments) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }
}
