internal import Dispatch
internal import GRDB
public import Host
internal import Registry

/// What is done to accounts. Whoever calls records it on the custody log, before it is done for good: what cannot be recorded is not done.
extension AccountStore {
    /// Writes down what an account is about to be; when it throws, the account stays as it is.
    public typealias Recording = (Account) throws -> Void

    static let recoveryCodeCount = 10

    /// Makes an account with a new authenticator and recovery codes.
    ///
    /// - Parameter password: nil draws one, which they change when they first come in.
    public func add(
        _ name: String, roles: Set<Role>, password: String? = nil, at time: Instant,
        recording: Recording = { _ in }
    ) throws -> AccountSecrets {
        guard Person(name) != nil else {
            throw AccountError(.invalid, "a name has 1 to 128 printable characters, without blanks around it")
        }
        guard !roles.isEmpty else { throw AccountError(.invalid, "an account has a role at least") }
        if let password { try PasswordRule.check(password, name: name) }
        let given = password ?? Self.drawnPassword()
        let hash = try hashed(given)
        let code = OneTimeCode.new()
        let recovery = (0..<Self.recoveryCodeCount).map { _ in RecoveryCode.new() }
        try Self.translated {
            try queue.write { database in
                guard try Self.row(Self.key(name), database) == nil else {
                    throw AccountError(.exists, "there is an account with this name")
                }
                try database.execute(
                    sql: "INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?, 0, 0, NULL, 0, ?, NULL, 1)",
                    arguments: [
                        Self.key(name), name, Self.text(roles), hash, password == nil, DatabaseBytes.data(code.secret),
                        time.milliseconds,
                    ])
                try Self.insert(recovery, Self.key(name), database)
                try recording(try Self.known(Self.key(name), database))
            }
        }
        return AccountSecrets(
            password: password == nil ? given : nil, authenticator: code.address(account: name),
            recoveryCodes: recovery.map(\.text))
    }

    /// Gives a new password, a new authenticator and new recovery codes, and unlocks, for somebody who has lost all of it.
    public func reset(_ name: String, recording: Recording = { _ in }) throws -> AccountSecrets {
        let password = Self.drawnPassword()
        let hash = try hashed(password)
        let code = OneTimeCode.new()
        let recovery = (0..<Self.recoveryCodeCount).map { _ in RecoveryCode.new() }
        let stored: Account = try change(name, recording) { database, key in
            try database.execute(
                sql: """
                    UPDATE accounts SET password = ?, must_change = 1, secret = ?, last_step = 0, failures = 0,
                    locked_until = NULL WHERE key = ?
                    """, arguments: [hash, DatabaseBytes.data(code.secret), key])
            try database.execute(sql: "DELETE FROM recovery_codes WHERE account = ?", arguments: [key])
            try database.execute(sql: "DELETE FROM tokens WHERE account = ?", arguments: [key])
            try Self.insert(recovery, key, database)
        }
        return AccountSecrets(
            password: password, authenticator: code.address(account: stored.name), recoveryCodes: recovery.map(\.text))
    }

    public func setRoles(
        _ roles: Set<Role>, of name: String, recording: Recording = { _ in }
    ) throws -> Account {
        guard !roles.isEmpty else { throw AccountError(.invalid, "an account has a role at least") }
        return try change(name, recording) { database, key in
            try database.execute(
                sql: "UPDATE accounts SET roles = ? WHERE key = ?", arguments: [Self.text(roles), key])
        }
    }

    public func setDisabled(
        _ isDisabled: Bool, _ name: String, recording: Recording = { _ in }
    ) throws -> Account {
        try change(name, recording) { database, key in
            try database.execute(sql: "UPDATE accounts SET disabled = ? WHERE key = ?", arguments: [isDisabled, key])
        }
    }

    public func unlock(_ name: String, recording: Recording = { _ in }) throws -> Account {
        try change(name, recording) { database, key in
            try database.execute(
                sql: "UPDATE accounts SET failures = 0, locked_until = NULL WHERE key = ?", arguments: [key])
        }
    }

    /// One that they chose. Whoever had the one before may have made tokens by it: they are over, too.
    func setPassword(_ password: String, of name: String, recording: Recording = { _ in }) throws -> Account {
        try PasswordRule.check(password, name: name)
        let hash = try hashed(password)
        return try change(name, recording) { database, key in
            try database.execute(
                sql: "UPDATE accounts SET password = ?, must_change = 0 WHERE key = ?", arguments: [hash, key])
            try database.execute(sql: "DELETE FROM tokens WHERE account = ?", arguments: [key])
        }
    }

    /// In place of those that are left.
    func renewRecoveryCodes(of name: String, recording: Recording = { _ in }) throws -> [String] {
        let recovery = (0..<Self.recoveryCodeCount).map { _ in RecoveryCode.new() }
        try Self.translated {
            try queue.write { database in
                let key = Self.key(name)
                try database.execute(sql: "DELETE FROM recovery_codes WHERE account = ?", arguments: [key])
                try Self.insert(recovery, key, database)
                try recording(try Self.known(key, database))
            }
        }
        return recovery.map(\.text)
    }

    /// Changes an account, and ends its sessions of before by another generation.
    private func change(
        _ name: String, _ recording: Recording, _ work: (Database, String) throws -> Void
    ) throws -> Account {
        try Self.translated {
            try queue.write { database in
                let key = Self.key(name)
                guard try Self.row(key, database) != nil else {
                    throw AccountError(.unknown, "there is no account with this name")
                }
                try work(database, key)
                try database.execute(
                    sql: "UPDATE accounts SET generation = generation + 1 WHERE key = ?", arguments: [key])
                let account = try Self.known(key, database)
                try recording(account)
                return account
            }
        }
    }

    private static func known(_ key: String, _ database: Database) throws -> Account {
        guard let row = try row(key, database) else { throw AccountError(.storage, "the account is gone") }
        return account(row)
    }

    func hashed(_ password: String) throws(AccountError) -> String {
        hashing.wait()
        defer { hashing.signal() }
        guard let hash = PasswordHash(of: password) else {
            throw AccountError(.storage, "there is no memory to keep a password by")
        }
        return hash.text
    }

    private static func insert(_ codes: [RecoveryCode], _ key: String, _ database: Database) throws {
        for code in codes {
            try database.execute(sql: "INSERT INTO recovery_codes VALUES (?, ?)", arguments: [key, code.hash])
        }
    }

    /// 80 random bits, in groups that can be typed.
    private static func drawnPassword() -> String { RecoveryCode.new().text.lowercased() }
}
