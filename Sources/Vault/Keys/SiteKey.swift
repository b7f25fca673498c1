import Crypto
import Host

/// A secret of the vault in a file of its own, mode 0600.
struct SiteKey: Sendable {
    enum Use: String, Sendable {
        /// Wraps the data keys of objects; rotated.
        case wrapping = "cordon vault key 1"
        /// Makes names of objects out of digests; it stays, since renaming objects would be changing them.
        case naming = "cordon vault name key 1"
    }

    let use: Use
    /// Counts the keys that were made by rotation, from 1.
    let number: Int
    let secret: SymmetricKey
    /// Names the key and tells nothing of it: 16 hexadecimal digits.
    let id: String

    init(use: Use, number: Int, secret: SymmetricKey) {
        self.use = use
        self.number = number
        self.secret = secret
        let code = HMAC<SHA256>.authenticationCode(for: Array("fingerprint \(use.rawValue)".utf8), using: secret)
        id = hexadecimalDigits(code.prefix(8))
    }

    /// At random.
    static func made(_ use: Use, number: Int) -> SiteKey {
        SiteKey(use: use, number: number, secret: SymmetricKey(size: .bits256))
    }

    var fileName: String { use == .naming ? "vault-names.key" : "vault-\(number).key" }

    /// The number in a file name of a wrapping key.
    static func number(inFileName name: String) -> Int? {
        guard name.hasPrefix("vault-"), name.hasSuffix(".key"), name.utf8.count < 30 else { return nil }
        let digits = name.dropFirst(6).dropLast(4)
        guard let number = Int(digits), number > 0, String(number) == digits else { return nil }
        return number
    }

    var text: String {
        let digits = secret.withUnsafeBytes { hexadecimalDigits($0) }
        return CheckedText(title: use.rawValue, lines: [.init("id", id), .init("secret", digits)]).text
    }

    /// Nil when the text is damaged.
    init?(_ text: [UInt8], use: Use, number: Int) {
        guard let checked = CheckedText(text, title: use.rawValue),
            let secret = checked["secret"].flatMap({ bytes(ofHexadecimal: $0) }), secret.count == 32
        else { return nil }
        self.init(use: use, number: number, secret: SymmetricKey(data: secret))
        guard checked["id"] == id else { return nil }
    }
}

extension SiteKey: CustomStringConvertible, CustomReflectable {
    /// The id; never the secret.
    var description: String { "key \(id)" }
    var customMirror: Mirror { Mirror(self, children: ["id": id]) }
}
