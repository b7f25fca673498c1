internal import Crypto
package import Host

/// By which a program acts for an account at the interface: some of what the account may, for a time.
package struct AccessToken: Hashable, Sendable {
    package var id: Int64
    /// What it is for, in the words of who made it.
    package var name: String
    package var permissions: Set<Permission>
    package var created: Instant
    package var expires: Instant
    /// To the minute; nil before the first.
    package var lastUsed: Instant?

    /// What every token begins with, so that people and scanners know one when they find it.
    static let prefix = "cordon_"
    /// Of an account at once.
    static let most = 20
    /// Days.
    static let longest: Int64 = 366

    /// 256 random bits: a plain hash keeps them.
    static func new() -> String { prefix + Hex.text(SecureRandom.bytes(32)) }

    /// As it is kept.
    static func hash(_ text: String) -> String { Hex.text(SHA256.hash(data: Array(text.utf8))) }
}
