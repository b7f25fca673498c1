internal import COpenSSL

/// A password as it is kept: scrypt (RFC 7914) of it, with the parameters and a salt of its own, by OpenSSL.
///
/// `scrypt$15$8$1$<salt>$<hash>`, salt and hash in hexadecimal digits; 15 is the logarithm of N to base 2.
struct PasswordHash: Hashable, Sendable {
    let text: String

    /// 32 MiB and about a tenth of a second.
    private static let logN: UInt64 = 15
    private static let r: UInt64 = 8
    private static let p: UInt64 = 1

    init(text: String) { self.text = text }

    /// Nil when OpenSSL has no memory for it.
    init?(of password: String) {
        let salt = SecureRandom.bytes(16)
        guard let hash = Self.scrypt(password, salt: salt, logN: Self.logN, r: Self.r, p: Self.p) else { return nil }
        text = "scrypt$\(Self.logN)$\(Self.r)$\(Self.p)$\(Hex.text(salt))$\(Hex.text(hash))"
    }

    /// What is checked for an account that does not exist, so that it takes as long.
    static let nobody = PasswordHash(
        text: "scrypt$15$8$1$\(String(repeating: "00", count: 16))$\(String(repeating: "00", count: 32))")

    func fits(_ password: String) -> Bool {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "scrypt", let logN = UInt64(parts[1]), let r = UInt64(parts[2]),
            let p = UInt64(parts[3]), (10...20).contains(logN), (1...32).contains(r), (1...16).contains(p),
            let salt = Hex.bytes(parts[4]), let hash = Hex.bytes(parts[5]),
            let found = Self.scrypt(password, salt: salt, logN: logN, r: r, p: p)
        else { return false }
        return SecretBytes.areEqual(found, hash)
    }

    private static func scrypt(_ password: String, salt: [UInt8], logN: UInt64, r: UInt64, p: UInt64) -> [UInt8]? {
        var hash = [UInt8](repeating: 0, count: 32)
        var password = password
        let done = password.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                EVP_PBE_scrypt(
                    characters.baseAddress, characters.count, salt, salt.count, 1 << logN, r, p, 256 << 20, &hash,
                    hash.count)
            }
        }
        return done == 1 ? hash : nil
    }
}
