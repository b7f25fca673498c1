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

    package func may(_ permission: Permission) -> Bool { RoleTable.allows(roles, permission) }
}
