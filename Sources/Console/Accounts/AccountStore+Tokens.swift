internal import GRDB
package import Host

/// Tokens of accounts. Whoever calls records it on the custody log.
extension AccountStore {
    static let tokens = """
        CREATE TABLE tokens (
            id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL REFERENCES accounts, name TEXT NOT NULL,
            hash TEXT NOT NULL UNIQUE, permissions TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL,
            last_used INTEGER) STRICT;
        CREATE INDEX tokens_account ON tokens (account);
        """

    /// Makes a token.
    ///
    /// - Returns: it, and its text, which nobody is shown again.
    package func addToken(
        _ name: String, permissions: Set<Permission>, expires: Instant, of account: String, at time: Instant,
        recording: (AccessToken) throws -> Void = { _ in }
    ) throws -> (token: AccessToken, text: String) {
        guard !permissions.isEmpty else { throw AccountError(.invalid, "a token has a permission at least") }
        guard time < expires, expires <= time.adding(seconds: AccessToken.longest * 86_400) else {
            throw AccountError(.invalid, "a token is good for one day at least, and \(AccessToken.longest) at most")
        }
        guard (1...100).contains(name.count) else {
            throw AccountError(.invalid, "a token has a name of at most 100 characters")
        }
        let text = AccessToken.new(), key = Self.key(account)
        return try Self.translated {
            try queue.write { database in
                guard try Self.row(key, database) != nil else {
                    throw AccountError(.unknown, "there is no account with this name")
                }
                try database.execute(
                    sql: "DELETE FROM tokens WHERE account = ? AND expires <= ?", arguments: [key, time.milliseconds])
                let count = try Int.fetchOne(
                    database, sql: "SELECT count(*) FROM tokens WHERE account = ?", arguments: [key])
                guard (count ?? 0) < AccessToken.most else {
                    throw AccountError(.invalid, "an account has \(AccessToken.most) tokens at most: end one first")
                }
                try database.execute(
                    sql: """
                        INSERT INTO tokens (account, name, hash, permissions, created, expires) VALUES (?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        key, name, AccessToken.hash(text), permissions.map(\.rawValue).sorted().joined(separator: " "),
                        time.milliseconds, expires.milliseconds,
                    ])
                let token = AccessToken(
                    id: database.lastInsertedRowID, name: name, permissions: permissions, created: time,
                    expires: expires)
                try recording(token)
                return (token, text)
            }
        }
    }

    /// Those of an account that are in force, the newest first.
    package func tokens(of account: String, at time: Instant) throws -> [AccessToken] {
        try Self.translated {
            try queue.read { database in
                try Row.fetchAll(
                    database, sql: "SELECT * FROM tokens WHERE account = ? AND expires > ? ORDER BY id DESC",
                    arguments: [Self.key(account), time.milliseconds]
                ).map(Self.token)
            }
        }
    }

    /// - Returns: whether the account had it.
    package func removeToken(
        _ id: Int64, of account: String, recording: () throws -> Void = {}
    ) throws -> Bool {
        try Self.translated {
            try queue.write { database in
                try database.execute(
                    sql: "DELETE FROM tokens WHERE id = ? AND account = ?", arguments: [id, Self.key(account)])
                guard database.changesCount == 1 else { return false }
                try recording()
                return true
            }
        }
    }

    /// The token with this text, and whose it is; nil where there is none. One whose time is over is told, too.
    func use(token text: String, at time: Instant) throws -> (token: AccessToken, account: Account)? {
        let hash = AccessToken.hash(text)
        let found = try Self.translated {
            try queue.read { database -> (token: AccessToken, account: Account)? in
                guard
                    let row = try Row.fetchOne(database, sql: "SELECT * FROM tokens WHERE hash = ?", arguments: [hash]),
                    let account = try Self.row(row["account"], database)
                else { return nil }
                return (Self.token(row), Self.account(account))
            }
        }
        guard let found, found.token.expires > time else { return found }
        // To the minute, so that reading does not wait for the disk each time.
        if found.token.lastUsed.map({ time.milliseconds - $0.milliseconds >= 60_000 }) ?? true {
            try Self.translated {
                try queue.write { database in
                    try database.execute(
                        sql: "UPDATE tokens SET last_used = ? WHERE id = ?",
                        arguments: [time.milliseconds, found.token.id])
                }
            }
        }
        return found
    }

    private static func token(_ row: Row) -> AccessToken {
        let permissions = (row["permissions"] as String).split(separator: " ").compactMap {
            Permission(rawValue: String($0))
        }
        return AccessToken(
            id: row["id"], name: row["name"], permissions: Set(permissions),
            created: Instant(milliseconds: row["created"]), expires: Instant(milliseconds: row["expires"]),
            lastUsed: (row["last_used"] as Int64?).map { Instant(milliseconds: $0) })
    }
}
