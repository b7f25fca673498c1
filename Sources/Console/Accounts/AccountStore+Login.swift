internal import Dispatch
internal import GRDB
package import Host

extension AccountStore {
    /// From this many refusals in a row on each locks the account, for a minute at first, twice as long each time.
    static let failuresBeforeLock = 5
    static let longestLock: Int64 = 60 * 60

    /// Whether name, password and code are one account's. Refusals count; a code counts once.
    ///
    /// It takes as long for a name that nobody has.
    package func login(
        name: String, password: String, code: String, at time: Instant
    ) throws -> Result<Account, LoginRefusal> {
        let key = Self.key(name)
        let kept = try Self.translated {
            try queue.read {
                try Row.fetchOne($0, sql: "SELECT password FROM accounts WHERE key = ?", arguments: [key])
            }
        }
        let hash: PasswordHash = (kept?["password"] as String?).map { PasswordHash(text: $0) } ?? .nobody
        hashing.wait()
        let fits = hash.fits(password)
        hashing.signal()
        return try attempt(key, at: time, isLogin: true) { row, database in
            // Changed meanwhile: what was checked is not what counts.
            guard fits, row["password"] == hash.text else { return .wrongPassword }
            return try Self.take(code, row, database, at: time)
        }
    }

    /// Whether it is still the same person: a code of the authenticator, or a recovery code.
    package func prove(_ name: String, code: String, at time: Instant) throws -> Result<Account, LoginRefusal> {
        try attempt(Self.key(name), at: time, isLogin: false) { row, database in
            try Self.take(code, row, database, at: time)
        }
    }

    /// Whether it is this account's password, and a code: before it sets another.
    package func prove(
        _ name: String, password: String, code: String, at time: Instant
    ) throws -> Result<Account, LoginRefusal> {
        try login(name: name, password: password, code: code, at: time)
    }

    private func attempt(
        _ key: String, at time: Instant, isLogin: Bool, _ check: @escaping (Row, Database) throws -> LoginRefusal?
    ) throws -> Result<Account, LoginRefusal> {
        try Self.translated {
            try queue.write { database in
                guard let row = try Self.row(key, database) else { return .failure(.unknownAccount) }
                let account = Self.account(row)
                if account.isLocked(at: time) { return .failure(.locked) }
                if account.isDisabled { return .failure(.disabled) }
                if let refusal = try check(row, database) {
                    let failures = account.failures + 1
                    let lock = Self.lock(failures).map { time.adding(seconds: $0).milliseconds }
                    try database.execute(
                        sql: "UPDATE accounts SET failures = ?, locked_until = ? WHERE key = ?",
                        arguments: [failures, lock, key])
                    return .failure(refusal)
                }
                try database.execute(
                    sql: "UPDATE accounts SET failures = 0, locked_until = NULL WHERE key = ?", arguments: [key])
                if isLogin {
                    try database.execute(
                        sql: "UPDATE accounts SET last_login = ? WHERE key = ?", arguments: [time.milliseconds, key])
                }
                guard let now = try Self.row(key, database) else { return .failure(.unknownAccount) }
                return .success(Self.account(now))
            }
        }
    }

    /// Seconds.
    static func lock(_ failures: Int) -> Int64? {
        guard failures >= failuresBeforeLock else { return nil }
        return min(longestLock, 60 << Int64(min(failures - failuresBeforeLock, 10)))
    }

    /// Uses a code up, in the transaction that lets somebody in.
    private static func take(
        _ typed: String, _ row: Row, _ database: Database, at time: Instant
    ) throws -> LoginRefusal? {
        let key: String = row["key"]
        let digits = typed.filter { $0 != " " }
        if digits.count == 6, digits.utf8.allSatisfy({ (48...57).contains($0) }) {
            let code = OneTimeCode(secret: DatabaseBytes.bytes(row["secret"]))
            let last: Int64 = row["last_step"]
            guard let step = code.step(of: digits, after: last, at: time) else {
                return code.step(of: digits, after: 0, at: time) == nil ? .wrongCode : .codeUsedBefore
            }
            try database.execute(sql: "UPDATE accounts SET last_step = ? WHERE key = ?", arguments: [step, key])
            return nil
        }
        guard let recovery = RecoveryCode(typed: typed) else { return .wrongCode }
        try database.execute(
            sql: "DELETE FROM recovery_codes WHERE account = ? AND hash = ?", arguments: [key, recovery.hash])
        return database.changesCount == 1 ? nil : .wrongCode
    }
}
