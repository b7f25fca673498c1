internal import GRDB
internal import Glibc
internal import Host
internal import Registry

/// What the console remembers of work at it, also when it is started again: `console-desk.sqlite` in the registry's folder, for its owner
/// alone. What was kept back stands there as a digest. A wish for a look in an emergency names whom it is about, and after an hour is gone
/// at the next look for wishes or start; the order of a production has its matter and reason until it is done. Who did what, and why, is on
/// the custody log. Where the file is lost, what was kept is in the open queue again, and what waited is asked for again.
package final class DeskStore: Sendable {
    let queue: DatabaseQueue

    package static let fileName = "console-desk.sqlite"

    /// That somebody looked at what an audience does not get, and it stays so: until it is decided anew.
    struct Kept: Hashable, Sendable {
        /// The last decision that they saw.
        var decision: Int64
        /// Where the custody log says so.
        var leaf: Int
        var person: String
        var time: Instant
    }

    /// - Throws: `RegistryError`.
    package init(folder: String) throws {
        let path = folder + "/" + Self.fileName
        let made = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard made >= 0 else {
            throw RegistryError(
                .storage, "the console cannot keep its desk in the registry's folder: \(SystemError.last("open"))",
                advice: "let it write there")
        }
        close(made)
        guard let status = FileSystem.status(path), status.st_mode & 0o077 == 0 else {
            throw RegistryError(
                .exposed, "others than its owner may read or write the console's desk",
                advice: "`chmod 600` \(Self.fileName), and find out who has read it")
        }
        var configuration = Configuration()
        configuration.label = "desk"
        configuration.busyMode = .timeout(30)
        // With a journal that is deleted FULL would let a power cut bring it back, and take back what was committed. What is deleted is
        // not to be found in the file.
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = EXTRA; PRAGMA secure_delete = ON") }
        queue = try Self.translated {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            var migrator = DatabaseMigrator()
            migrator.registerMigration("1 kept") { database in
                try database.execute(
                    sql: """
                        CREATE TABLE kept (
                            place TEXT PRIMARY KEY, decision INTEGER NOT NULL, leaf INTEGER NOT NULL,
                            person TEXT NOT NULL, time INTEGER NOT NULL) STRICT, WITHOUT ROWID
                        """)
            }
            migrator.registerMigration("2 what waits") { try $0.execute(sql: Self.waiting) }
            migrator.registerMigration("3 how often it was begun") {
                try $0.execute(sql: "ALTER TABLE jobs ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0")
            }
            try migrator.migrate(queue)
            return queue
        }
    }

    /// Times are milliseconds since 1970.
    private static let waiting = """
        CREATE TABLE wishes (
            id INTEGER PRIMARY KEY AUTOINCREMENT, person TEXT NOT NULL, proof TEXT NOT NULL,
            scope TEXT NOT NULL CHECK (scope IN ('patient', 'study')), value TEXT NOT NULL, issuer TEXT,
            reason TEXT NOT NULL, minutes INTEGER NOT NULL, time INTEGER NOT NULL) STRICT;
        CREATE TABLE candidates (
            number INTEGER PRIMARY KEY AUTOINCREMENT, person TEXT NOT NULL, time INTEGER NOT NULL, bytes BLOB NOT NULL,
            proposed_by TEXT, proposal_reason TEXT, proposed INTEGER,
            activated_by TEXT, activation_reason TEXT) STRICT;
        CREATE TABLE jobs (
            id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, person TEXT NOT NULL, began INTEGER NOT NULL,
            verification INTEGER NOT NULL CHECK (verification IN (0, 1)), task TEXT, result TEXT) STRICT;
        """

    static func translated<Result>(_ work: () throws -> Result) throws -> Result {
        do { return try work() } catch let error as DatabaseError {
            throw RegistryError(
                .storage, "the console's desk cannot be read or written (SQLite \(error.resultCode.rawValue))",
                advice: "look after \(fileName)")
        }
    }

    /// A study and an audience, so that nobody reads which.
    private static func place(_ study: String, _ audience: String) -> String {
        ContentDigest(of: "\(study)\n\(audience)".utf8).hexadecimal
    }

    func keep(_ kept: Kept, study: String, audience: String) throws {
        try Self.translated {
            try queue.write { database in
                try database.execute(
                    sql: """
                        INSERT INTO kept VALUES (?, ?, ?, ?, ?)
                        ON CONFLICT (place) DO UPDATE SET decision = excluded.decision, leaf = excluded.leaf,
                            person = excluded.person, time = excluded.time WHERE excluded.decision >= decision
                        """,
                    arguments: [
                        Self.place(study, audience), kept.decision, kept.leaf, kept.person, kept.time.milliseconds,
                    ])
            }
        }
    }

    /// Nil where nobody has said so of this decision, or of a later one.
    func kept(study: String, audience: String, since decision: Int64) throws -> Kept? {
        try Self.translated {
            try queue.read { database in
                try Row.fetchOne(
                    database, sql: "SELECT * FROM kept WHERE place = ? AND decision >= ?",
                    arguments: [Self.place(study, audience), decision])
            }.map { row in
                Kept(
                    decision: row["decision"], leaf: row["leaf"], person: row["person"],
                    time: Instant(milliseconds: row["time"]))
            }
        }
    }
}
