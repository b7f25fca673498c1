import Crypto
import Host

/// What an object is called on disk: 64 hexadecimal digits, of which the first two name its folder.
struct ObjectName: Hashable, Sendable {
    let text: String
    /// 0 to 255.
    let bucket: Int

    /// Nil for anything else than 64 small hexadecimal digits.
    init?(_ text: String) {
        guard text.utf8.count == 64, bytes(ofHexadecimal: text) != nil, let bucket = Int(text.prefix(2), radix: 16)
        else { return nil }
        self.text = text
        self.bucket = bucket
    }

    /// Of a digest of plain bytes. In a vault that encrypts it is a keyed hash of the digest: whoever holds a copy of a
    /// file and sees the vault's folders, or a cold place's, cannot tell that the same file is kept there.
    /// - Parameter key: nil for a vault that does not encrypt.
    init?(digest: String, key: SymmetricKey?) {
        guard let digestBytes = bytes(ofHexadecimal: digest), digestBytes.count == SHA256.byteCount else { return nil }
        guard let key else {
            self.init(digest)
            return
        }
        self.init(hexadecimalDigits(HMAC<SHA256>.authenticationCode(for: digestBytes, using: key)))
    }

    static func bucketName(_ bucket: Int) -> String { hexadecimalDigits([UInt8(truncatingIfNeeded: bucket)]) }
}
