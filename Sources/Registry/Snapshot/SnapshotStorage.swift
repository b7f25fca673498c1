internal import GRDB
internal import Host

/// A registry that nobody can change: a file that `Registry.takeSnapshot` made.
final class SnapshotStorage: RegistryStorage {
    private let queue: DatabaseQueue
    private static let name = "snapshot"

    init(path: String) throws {
        var configuration = Configuration()
        configuration.label = "registry.snapshot"
        configuration.readonly = true
        queue = try DatabaseQueue(path: path, configuration: configuration)
        guard try queue.read({ try !SQLiteMigrations.all.hasBeenSuperseded($0) }) else {
            throw RegistryError(
                .newer, "a later version of Cordon took this snapshot", advice: "use that version, or a later one")
        }
        guard try queue.read({ try SQLiteMigrations.all.hasCompletedMigrations($0) }) else {
            throw RegistryError(.invalid, "an earlier version of Cordon took this snapshot", advice: "take another")
        }
    }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any StorageReading) throws -> Result
    ) throws -> Result {
        try SQLiteStorage.translated { try queue.read { try body(SQLiteTransaction(database: $0)) } }
    }

    func write<Result: Sendable>(
        _ body: @escaping @Sendable (any StorageWriting) throws -> Result
    ) throws -> Result {
        throw RegistryError(.invalid, "a snapshot is only read", advice: "give the registry itself")
    }

    /// When it was taken, and what the log was then.
    func about() throws -> (taken: Instant, logSize: Int, root: String) {
        let text = try read { try $0.meta(Self.name) }
        let parts = (text ?? "").split(separator: " ")
        guard parts.count == 3, let time = Int64(parts[0]), let size = Int(parts[1]) else {
            throw RegistryError(
                .invalid, "this is a registry and no snapshot", advice: "take one with `cordon registry snapshot`")
        }
        return (Instant(milliseconds: time), size, String(parts[2]))
    }

    /// Tables of which anything stays. A table that is new, and that nobody thought of here, is emptied.
    private static let kept: Set<String> = [
        "meta", "numbers", "study_patients", "anchors", "labels", "withdrawals", "holds", "wishes", "lists",
        "list_rows", "links", "grdb_migrations",
    ]

    /// Takes out of a copy what no decision asks. Holds that were released stay, for a rule does not place one again that people
    /// have released.
    static func reduce(_ database: Database, taken: Instant, log: (size: Int, root: String)) throws {
        // The log goes, and with it what every record refers to.
        try database.execute(sql: "PRAGMA foreign_keys = OFF")
        try database.inTransaction(.immediate) {
            let tables = try String.fetchAll(
                database, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
            for table in tables where !kept.contains(table) {
                try database.execute(sql: "DELETE FROM \"\(table)\"")
            }
            try database.execute(
                sql: """
                    DELETE FROM labels WHERE id IN (SELECT label FROM withdrawals);
                    DELETE FROM withdrawals;
                    DELETE FROM anchors WHERE kind = 'retention' OR kind = 'label' AND owner NOT IN (SELECT id FROM labels);
                    DELETE FROM wishes WHERE what <> 'release';
                    UPDATE wishes SET person = '-', reason = '-';
                    DELETE FROM list_rows WHERE removed IS NOT NULL;
                    UPDATE list_rows SET added_by = '-', added_reason = '-';
                    UPDATE labels SET reason = '-', author = '-';
                    UPDATE holds SET custodian = '-', reason = '-', authority = '-', placed_by = '-', review = NULL;
                    UPDATE links SET reason = '-', author = '-',
                        ended_by = CASE WHEN ended IS NULL THEN NULL ELSE '-' END,
                        ended_reason = CASE WHEN ended IS NULL THEN NULL ELSE '-' END;
                    """)
            try database.execute(
                sql: "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)",
                arguments: [name, "\(taken.milliseconds) \(log.size) \(log.root)"])
            return .commit
        }
        // What was deleted is not to be found in the file.
        try database.execute(sql: "VACUUM")
    }
}
