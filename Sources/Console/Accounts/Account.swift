public import Host

/// Somebody who may come in with a password and a code, for sites without an identity provider.
public struct Account: Hashable, Sendable {
    /// As records name the person.
    public var name: String
    public var roles: Set<Role>
    /// The password was given by somebody else: they set their own before anything else.
    public var mustChangePassword: Bool
    public var isDisabled: Bool
    /// Refused attempts since the last good one.
    public var failures: Int
    /// Nobody comes in before then, whatever they know.
    public var lockedUntil: Instant?
    public var created: Instant
    public var lastLogin: Instant?
    /// Codes that are left.
    public var recoveryCodes: Int
    /// Another whenever the password, the roles or the state change: sessions of before end.
    public var generation: Int64

    public func isLocked(at time: Instant) -> Bool { lockedUntil.map { time < $0 } ?? false }
}

/// What an account is given once, and nobody is shown again.
public struct AccountSecrets: Hashable, Sendable {
    /// Nil where they chose it.
    public var password: String?
    /// For an authenticator: `otpauth://…`.
    public var authenticator: String
    public var recoveryCodes: [String]
}

/// Why something about an account was not done.
public struct AccountError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable { case invalid, exists, unknown, storage }

    public var code: Code
    public var description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

/// Why somebody did not come in. They are told the same for all of these; the log has the word.
public enum LoginRefusal: String, Error, Hashable, Sendable {
    case unknownAccount = "unknown-account"
    case wrongPassword = "wrong-password"
    case wrongCode = "wrong-code"
    /// Right, and used before.
    case codeUsedBefore = "code-used-before"
    case locked, disabled
    case tooMany = "too-many-attempts"
}

/// What a password must be (NIST SP 800-63B 5.1.1.2: length counts, mixtures do not).
enum PasswordRule {
    static let shortest = 12

    static func check(_ password: String, name: String) throws(AccountError) {
        guard password.count >= shortest, password.utf8.count <= 256 else {
            throw AccountError(.invalid, "a password has at least \(shortest) characters; several words are good")
        }
        guard Set(password).count >= 6 else {
            throw AccountError(.invalid, "a password has at least six different characters")
        }
        guard !password.lowercased().contains(name.lowercased()) else {
            throw AccountError(.invalid, "a password does not have the account's name in it")
        }
    }
}
