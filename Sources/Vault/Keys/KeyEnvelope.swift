import Crypto
import FoundationEssentials
import Host

/// What opens an object: its data key, digest and size, wrapped with a site key. It lies beside the object in a small
/// file of its own, which rotation replaces; the object itself is never opened for writing again.
struct KeyEnvelope {
    static let title = "cordon vault envelope 1"

    let dataKey: SymmetricKey
    let digest: String
    /// Of the plain bytes.
    let size: Int64

    enum Damage: Error, Hashable {
        /// It is not as it was written.
        case damaged
        /// The site key of this id is not there.
        case unknownKey(String)
    }

    /// What is authenticated besides: an envelope is of one object in one vault under one key.
    private static func context(vault: String, name: ObjectName, key: String) -> [UInt8] {
        Array("\(title)\n\(vault)\n\(name.text)\n\(key)\n".utf8)
    }

    func text(vault: String, name: ObjectName, key: SiteKey) throws(VaultError) -> String {
        let payload =
            dataKey.withUnsafeBytes { Array($0) } + (bytes(ofHexadecimal: digest) ?? [])
            + (0..<8).map { UInt8(truncatingIfNeeded: size >> (56 - 8 * Int64($0))) }
        let context = Self.context(vault: vault, name: name, key: key.id)
        guard payload.count == 72,
            let sealed = try? AES.GCM.seal(payload, using: key.secret, authenticating: context).combined
        else { throw VaultError(.system, "the cipher does not work; please report this") }
        return CheckedText(
            title: Self.title, lines: [.init("key", key.id), .init("sealed", hexadecimalDigits(sealed))]
        ).text
    }

    init(dataKey: SymmetricKey, digest: String, size: Int64) {
        self.dataKey = dataKey
        self.digest = digest
        self.size = size
    }

    init(_ text: [UInt8], vault: String, name: ObjectName, ring: KeyRing) throws(Damage) {
        guard let id = Self.keyID(text), let checked = CheckedText(text, title: Self.title),
            let sealed = checked["sealed"].flatMap({ bytes(ofHexadecimal: $0) })
        else { throw .damaged }
        guard let key = ring[id] else { throw .unknownKey(id) }
        guard let box = try? AES.GCM.SealedBox(combined: sealed),
            let payload = try? AES.GCM.open(
                box, using: key.secret, authenticating: Self.context(vault: vault, name: name, key: id)),
            payload.count == 72
        else { throw .damaged }
        let plain = Array(payload)
        dataKey = SymmetricKey(data: plain[..<32])
        digest = hexadecimalDigits(plain[32..<64])
        size = plain[64...].reduce(0) { $0 << 8 | Int64($1) }
    }

    /// The key that wrapped it; nil when the text is damaged.
    static func keyID(_ text: [UInt8]) -> String? { CheckedText(text, title: title)?["key"] }
}
