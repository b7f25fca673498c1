import Crypto

/// The secret from which all pseudonyms and UIDs of a site come. 32 bytes, in a file that only its owner may read.
///
/// The secret itself does nothing: each use has a key of its own, derived by HKDF with a label (RFC 5869), so that no
/// use tells anything of another. It is never printed; what stands for it is its `fingerprint`.
public struct DeidentificationKey: Sendable {
    public struct KeyError: Error, Hashable, Sendable {
        /// What is wrong, with the path and what to do.
        public var message: String
        public init(message: String) { self.message = message }
    }

    /// Bytes of a secret.
    static let byteCount = 32

    /// What a derived key is for. A changed label is a changed pseudonym, so labels carry a version and stay.
    enum Use: String, CaseIterable {
        case uid = "cordon 1 uid"
        case patient = "cordon 1 patient"
        case envelope = "cordon 1 envelope"
        case fingerprint = "cordon 1 fingerprint"
        case inputs = "cordon 1 inputs"
        case dates = "cordon 1 dates"
        case hash = "cordon 1 hash"
    }

    private let secret: SymmetricKey
    /// 16 hexadecimal digits that name the key and tell nothing of it.
    public let fingerprint: String

    /// Makes a new key file with mode 0600; refuses to overwrite one. The key is on disk when this returns.
    public static func create(at path: String) throws(KeyError) {
        try KeyFile.create(at: path, secret: SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) })
    }

    /// Reads a key file; refuses one that others may read or that is no key.
    public init(path: String) throws(KeyError) {
        self.init(secret: try KeyFile.read(path))
    }

    /// - Parameter secret: 32 bytes, which the caller has counted.
    package init(secret: [UInt8]) {
        self.secret = SymmetricKey(data: secret)
        let name = HMAC<SHA256>.authenticationCode(for: [UInt8](), using: Self.derived(from: self.secret, .fingerprint))
        fingerprint = hexadecimalDigits(name.prefix(8))
    }

    /// A secret of its own for hashing the names of inputs, which can name patients, where a run writes down which inputs
    /// it has had. It tells nothing of the key.
    public var inputNameSecret: [UInt8] {
        Self.derived(from: secret, .inputs).withUnsafeBytes { Array($0) }
    }

    /// A keyed hash for one use, to be copied for each message: copying spares the two blocks that begin an HMAC.
    func authenticator(_ use: Use) -> HMAC<SHA256> {
        HMAC<SHA256>(key: Self.derived(from: secret, use))
    }

    private static func derived(from secret: SymmetricKey, _ use: Use) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: secret, salt: [UInt8](), info: Array(use.rawValue.utf8), outputByteCount: byteCount)
    }
}

extension DeidentificationKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The fingerprint; never the secret.
    public var description: String { "key \(fingerprint)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["fingerprint": fingerprint]) }
}

/// Two lower-case hexadecimal digits for each byte.
func hexadecimalDigits(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
