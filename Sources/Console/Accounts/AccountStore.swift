internal import GRDB
internal import Glibc
internal import Host
internal import Registry
internal import Dispatch

/// Local accounts: `console.sqlite` in the registry's folder, for its owner alone.
///
/// Several processes may use it: what decides (the lock-out, the last code that was used, which recovery codes are left) is read
/// and written in one transaction.
public final class AccountStore: Sendable {
    let queue: DatabaseQueue
    /// Each check takes 32 MiB: so many at once.
    let hashing = DispatchSemaphore(value: 2)

    public static let fileName = "console.sqlite"

    /// - Throws: `AccountError`.
    public init(folder: String) throws {
        let path = folder + "/" + Self.fileName
        let made = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard made >= 0 else {
            throw AccountError(
                .storage, "accounts cannot be kept in the registry's folder: \(SystemError.last("open"))")
        }
        close(made)
        guard let status = FileSystem.status(path), status.st_mode & 0o077 == 0 else {
            throw AccountError(
                .storage,
                "others than its owner may read or write \(Self.fileName); `chmod 600` it, and make new passwords")
        }
        var configuration = Configuration()
        configuration.label = "accounts"
        configuration.busyMode = .timeout(30)
        // With a journal that is deleted FULL would let a power cut bring it back: a recovery code that was used would be good again.
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = EXTRA")
        }
        queue = try Self.translated {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            var migrator = DatabaseMigrator()
            migrator.registerMigration("1 accounts") { try $0.execute(sql: Self.first) }
            migrator.registerMigration("2 tokens") { try $0.execute(sql: Self.tokens) }
            try migrator.migrate(queue)
            return queue
        }
    }

    /// Times are milliseconds since 1970; `key` is the name, folded.
    private static let first = """
        CREATE TABLE accounts (
            key TEXT PRIMARY KEY, name TEXT NOT NULL, roles TEXT NOT NULL, password TEXT NOT NULL,
            must_change INTEGER NOT NULL CHECK (must_change IN (0, 1)), secret BLOB NOT NULL CHECK (length(secret) = 20),
            last_step INTEGER NOT NULL, failures INTEGER NOT NULL, locked_until INTEGER,
            disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)), created INTEGER NOT NULL, last_login INTEGER,
            generation INTEGER NOT NULL) STRICT;
        CREATE TABLE recovery_codes (
            account TEXT NOT NULL REFERENCES accounts, hash TEXT NOT NULL,
            PRIMARY KEY (account, hash)) STRICT, WITHOUT ROWID;
        """

    static func translated<Result>(_ work: () throws -> Result) throws -> Result {
        do { return try work() } catch let error as DatabaseError {
            throw AccountError(.storage, "accounts cannot be read or written (SQLite \(error.resultCode.rawValue))")
        }
    }

    /// Two spellings that differ in case are one account.
    static func key(_ name: String) -> String { name.lowercased() }

    // MARK: - Reading

    public func account(_ name: String) throws -> Account? {
        try Self.translated { try queue.read { try Self.row(Self.key(name), $0).map(Self.account) } }
    }

    public func accounts() throws -> [Account] {
        try Self.translated {
            try queue.read { try Row.fetchAll($0, sql: Self.select + " ORDER BY key").map(Self.account) }
        }
    }

    /// Of those who may not come in.
    func disabledNames() throws -> [String] {
        try Self.translated {
            try queue.read { try String.fetchAll($0, sql: "SELECT name FROM accounts WHERE disabled = 1") }
        }
    }

    private static let select = """
        SELECT *, (SELECT count(*) FROM recovery_codes WHERE account = accounts.key) AS codes FROM accounts
        """

    static func row(_ key: String, _ database: Database) throws -> Row? {
        try Row.fetchOne(database, sql: select + " WHERE key = ?", arguments: [key])
    }

    static func account(_ row: Row) -> Account {
        Account(
            name: row["name"], roles: roles(row["roles"]), mustChangePassword: row["must_change"],
            isDisabled: row["disabled"], failures: row["failures"],
            lockedUntil: (row["locked_until"] as Int64?).map { Instant(milliseconds: $0) },
            created: Instant(milliseconds: row["created"]),
            lastLogin: (row["last_login"] as Int64?).map { Instant(milliseconds: $0) },
            recoveryCodes: row["codes"], generation: row["generation"])
    }

    private static func roles(_ text: String) -> Set<Role> {
        Set(text.split(separator: " ").compactMap { Role(rawValue: String($0)) })
    }

    static func text(_ roles: Set<Role>) -> String { roles.map(\.rawValue).sorted().joined(separator: " ") }
}
