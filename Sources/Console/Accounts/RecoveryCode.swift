internal import Crypto

/// What stands in for an authenticator that is lost: each is good once. 80 random bits, so that a plain hash keeps them.
struct RecoveryCode: Hashable, Sendable {
    /// `ABCD-EFGH-IJKL-MNOP`, for people.
    let text: String
    /// As it is kept: SHA-256 of the letters, in hexadecimal digits.
    let hash: String

    private init(letters: String) {
        let all = Array(letters)
        text = stride(from: 0, to: all.count, by: 4).map { String(all[$0..<min($0 + 4, all.count)]) }
            .joined(separator: "-")
        hash = Hex.text(SHA256.hash(data: Array(letters.utf8)))
    }

    static func new() -> RecoveryCode { RecoveryCode(letters: Base32.text(SecureRandom.bytes(10))) }

    /// As somebody types it; nil when it cannot be one.
    init?(typed: String) {
        let letters = typed.uppercased().filter { $0 != "-" && $0 != " " }
        guard letters.count == 16, Base32.bytes(letters) != nil else { return nil }
        self.init(letters: letters)
    }
}
