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
    private let lock: Descriptor

    static let fileName = "gateway.sqlite"

    /// Opens the journal in a spool folder; makes both, for their owner alone, when they are not there.
    ///
    /// - Parameter alone: for the service itself, of which there is one for a spool. Commands that look and release take it as
    ///   it is.
    package init(spool: String, alone: Bool) throws(GatewayError) {
        do {
            try FileSystem.makeFolder(spool, mode: 0o700)
            lock = try Self.lock(spool + "/service.lock", isTaken: alone)
            let path = spool + "/" + Self.fileName
            try Self.makeFile(path)
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

    /// One service works with a spool.
    private static func lock(_ path: String, isTaken: Bool) throws -> Descriptor {
        let number = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw SystemError.last("open") }
        let file = Descriptor(number)
        if isTaken, flock(number, LOCK_EX | LOCK_NB) != 0 {
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
