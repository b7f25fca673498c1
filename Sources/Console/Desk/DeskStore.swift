internal import GRDB
internal import Glibc
internal import Host
internal import Registry

/// What the console remembers of work at it: `console-desk.sqlite` in the registry's folder, for its owner alone. It names no patient:
/// what it is about stands there as a digest, and who did what, and why, is on the custody log. Where it is lost, what was kept is in the
/// open queue again.
package final class DeskStore: Sendable {
    private let queue: DatabaseQueue

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
        var configuration = Configuration()
        configuration.label = "desk"
        configuration.busyMode = .timeout(30)
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
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
            try migrator.migrate(queue)
            return queue
        }
    }

    private static func translated<Result>(_ work: () throws -> Result) throws -> Result {
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
