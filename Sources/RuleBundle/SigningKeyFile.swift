internal import Crypto
internal import Glibc
internal import Host

/// A private key for signing bundles, in a file that only its owner may read:
///
///     cordon rule signing key 1
///     name alice
///     type ed25519
///     key BASE64
///     check 16 hexadecimal digits
///
/// The last line is the beginning of a SHA-256 of those before it, so that a key that was damaged is refused.
public struct SigningKeyFile: Sendable {
    public let publicKey: PublicKey
    private let secret: [UInt8]

    static let header = "cordon rule signing key 1"

    /// A new key.
    public init(name: String, algorithm: SignatureAlgorithm) throws(BundleError) {
        let secret: [UInt8] =
            switch algorithm {
            case .ed25519: Array(Curve25519.Signing.PrivateKey().rawRepresentation)
            case .p256: Array(P256.Signing.PrivateKey().rawRepresentation)
            }
        try self.init(name: name, algorithm: algorithm, secret: secret)
    }

    private init(name: String, algorithm: SignatureAlgorithm, secret: [UInt8]) throws(BundleError) {
        let bytes: [UInt8]? =
            switch algorithm {
            case .ed25519:
                (try? Curve25519.Signing.PrivateKey(rawRepresentation: secret)).map {
                    Array($0.publicKey.rawRepresentation)
                }
            case .p256:
                (try? P256.Signing.PrivateKey(rawRepresentation: secret)).map { Array($0.publicKey.rawRepresentation) }
            }
        guard let bytes else { throw BundleError(.key, "the private key of `\(name)` is none") }
        publicKey = try PublicKey(name: name, algorithm: algorithm, bytes: bytes)
        self.secret = secret
    }

    private var text: String {
        let lines = [
            Self.header, "name \(publicKey.name)", "type \(publicKey.algorithm.rawValue)",
            "key \(Base64.encode(secret))",
        ]
        let body = lines.map { $0 + "\n" }.joined()
        return body + "check \(ContentDigest(of: body.utf8).hexadecimal.prefix(16))\n"
    }

    func sign(_ message: [UInt8]) throws(BundleError) -> [UInt8] {
        do {
            switch publicKey.algorithm {
            case .ed25519:
                return Array(try Curve25519.Signing.PrivateKey(rawRepresentation: secret).signature(for: message))
            case .p256:
                let signature = try P256.Signing.PrivateKey(rawRepresentation: secret).signature(for: message)
                return Array(signature.rawRepresentation)
            }
        } catch {
            throw BundleError(.key, "`\(publicKey.name)` cannot sign")
        }
    }

    // MARK: - Files

    /// Writes a new key file with mode 0600, never over another.
    public func create(at path: String) throws(BundleError) {
        do throws(SystemError) {
            try FileSystem.place(Array(text.utf8), at: path, mode: 0o600, replacing: false)
        } catch {
            throw BundleError(.unavailable, "the key file `\(path)` cannot be written: \(error)")
        }
    }

    /// Reads a key file; one that others may read, or that is a link, is refused.
    public init(path: String) throws(BundleError) {
        guard let status = FileSystem.status(path) else {
            throw BundleError(.unavailable, "there is no key file `\(path)`; `cordon bundle key new` makes one")
        }
        guard FileKind(mode: status.st_mode) == .file else {
            throw BundleError(.key, "`\(path)` is no regular file; give the path of the key file itself")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw BundleError(.key, "others may read the key file `\(path)`; make it yours alone: chmod 600")
        }
        guard status.st_size <= 4096, let bytes = try? FileSystem.contents(path) else {
            throw BundleError(.unavailable, "the key file `\(path)` cannot be read")
        }
        guard let text = String(validating: bytes, as: UTF8.self), text.hasPrefix(Self.header + "\n") else {
            throw BundleError(.key, "`\(path)` is no signing key: its first line is not `\(Self.header)`")
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count == 6, let name = Self.value("name", lines[1]), let type = Self.value("type", lines[2]),
            let algorithm = SignatureAlgorithm(rawValue: type), let digits = Self.value("key", lines[3]),
            let secret = Base64.decode(Array(digits.utf8))
        else { throw BundleError(.key, "the signing key in `\(path)` is damaged; restore it") }
        try self.init(name: name, algorithm: algorithm, secret: secret)
        guard self.text.utf8.elementsEqual(text.utf8) else {
            throw BundleError(.key, "the signing key in `\(path)` is damaged: it does not agree with its check")
        }
    }

    private static func value(_ word: String, _ line: String) -> String? {
        line.hasPrefix(word + " ") ? String(line.dropFirst(word.count + 1)) : nil
    }
}

extension SigningKeyFile: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The public key; never the secret.
    public var description: String { publicKey.description }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["publicKey": publicKey]) }
}
