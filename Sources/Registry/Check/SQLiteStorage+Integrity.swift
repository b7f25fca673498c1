internal import GRDB

extension SQLiteStorage {
    /// What SQLite itself finds. Its words name tables and pages, never values.
    func integrityFindings() throws -> [String] {
        try withPool { pool in
            try pool.read { database in
                var findings = try String.fetchAll(database, sql: "PRAGMA integrity_check(100)").filter { $0 != "ok" }
                findings += try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").prefix(100).map {
                    "a row of \($0["table"] as String? ?? "a table") names a row of "
                        + "\($0["parent"] as String? ?? "another") that is not there"
                }
                return findings
            }
        }
    }
}
