internal import Crypto
internal import Host

/// How signatures are made.
public enum SignatureAlgorithm: String, Hashable, Sendable, CaseIterable {
    /// RFC 8032.
    case ed25519
    /// ECDSA with SHA-256 on NIST P-256 (FIPS 186-5); r and s, 32 bytes each.
    case p256

    var publicKeyLength: Int { self == .ed25519 ? 32 : 64 }
}

/// A public key with the name of whose it is, as a trust file pins it.
public struct PublicKey: Hashable, Sendable, CustomStringConvertible {
    public let name: String
    public let algorithm: SignatureAlgorithm
    /// 32 bytes of Ed25519; x and y of P-256.
    public let bytes: [UInt8]

    init(name: String, algorithm: SignatureAlgorithm, bytes: [UInt8]) throws(BundleError) {
        guard Self.isName(name) else {
            throw BundleError(
                .key, "a key's name is letters, digits, `-`, `_`, `.` and `@`, at most 64, beginning with a letter")
        }
        let isKey =
            switch algorithm {
            case .ed25519: (try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)) != nil
            case .p256: (try? P256.Signing.PublicKey(rawRepresentation: bytes)) != nil
            }
        guard bytes.count == algorithm.publicKeyLength, isKey else {
            throw BundleError(.key, "the key of `\(name)` is none of \(algorithm.rawValue)")
        }
        self.name = name
        self.algorithm = algorithm
        self.bytes = bytes
    }

    static func isName(_ name: String) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }
        guard let first = name.utf8.first, isLetter(first), name.utf8.count <= 64 else { return false }
        return name.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || "-_.@".utf8.contains($0) }
    }

    /// What names the key in a bundle: the first 16 bytes of SHA-256 over algorithm and key, in hexadecimal digits. The
    /// name is the reader's own.
    public var identifier: String {
        String(ContentDigest(of: Array("\(algorithm.rawValue)\n".utf8) + bytes).hexadecimal.prefix(32))
    }

    /// `name algorithm base64`, as it stands behind `key` in a trust file.
    public var description: String { "\(name) \(algorithm.rawValue) \(Base64.encode(bytes))" }

    /// Reads `name algorithm base64`.
    public init(_ text: String) throws(BundleError) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let algorithm = SignatureAlgorithm(rawValue: parts[1]),
            let bytes = Base64.decode(Array(parts[2].utf8))
        else { throw BundleError(.key, "a key is written `NAME ed25519|p256 BASE64`") }
        try self.init(name: parts[0], algorithm: algorithm, bytes: bytes)
    }

    /// Whether it made the signature.
    func isValid(_ signature: [UInt8], over message: [UInt8]) -> Bool {
        guard signature.count == 64 else { return false }
        switch algorithm {
        case .ed25519:
            guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return false }
            return key.isValidSignature(signature, for: message)
        case .p256:
            guard let key = try? P256.Signing.PublicKey(rawRepresentation: bytes),
                let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature)
            else { return false }
            return key.isValidSignature(signature, for: message)
        }
    }
}
