package import Host
package import Registry

/// Somebody who is in.
package struct Session: Hashable, Sendable {
    package var account: String
    package var person: Person
    package var roles: Set<Role>
    /// Of the account when it began; another ends it.
    package var generation: Int64
    package var mustChangePassword: Bool
    /// In every form of this session's pages: whoever cannot read them cannot send one.
    package var formToken: String
    package var began: Instant
    package var lastSeen: Instant
    package var address: String
    /// What the next page tells once.
    package var notice: String?

    /// By what they came in.
    package var origin = Origin.password
    /// Nothing but this, whatever the roles allow; nil for all that they allow.
    package var limit: Set<Permission>?
    /// When the identity provider last asked them who they are for what they do next; nil once that was used.
    package var proved: Instant?

    package enum Origin: Hashable, Sendable {
        /// A local account's password and code.
        case password
        /// A token that a local account made.
        case token(Int64)
        /// The identity provider: who, in its words, and when it asked them last, in seconds since 1970; nil where it does not say
        /// so, or asked in another way than the one that counts here.
        case provider(String, authenticated: Int64?)
    }

    /// Whether codes of an authenticator are ours to ask for.
    var isLocal: Bool { if case .provider = origin { false } else { true } }

    package func may(_ permission: Permission) -> Bool {
        RoleTable.allows(roles, permission) && (limit?.contains(permission) ?? true)
    }
}
