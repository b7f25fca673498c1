internal import Crypto
internal import Glibc
internal import Host

/// A private key with its name: of a log, or of a witness. In a file it is written as Go's `note` does:
/// `PRIVATE+KEY+name+hash+base64`.
public struct SigningKey: Sendable {
    public let verifier: VerifierKey
    private let seed: [UInt8]

    /// A new key.
    public init(name: String, type: SignatureType = .note) throws(LogError) {
        try self.init(name: name, type: type, seed: Array(Curve25519.Signing.PrivateKey().rawRepresentation))
    }

    private init(name: String, type: SignatureType, seed: [UInt8]) throws(LogError) {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else {
            throw LogError(.key, "a private key of Ed25519 has 32 bytes")
        }
        verifier = try VerifierKey(name: name, type: type, bytes: Array(key.publicKey.rawRepresentation))
        self.seed = seed
    }

    /// Reads the text of a key file.
    public init(_ text: String) throws(LogError) {
        let parts = text.utf8.split(separator: UInt8(ascii: "+"), maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5, Substring(parts[0]) == "PRIVATE", Substring(parts[1]) == "KEY",
            let key = Base64.decode(parts[4]), let type = key.first.flatMap(SignatureType.init(rawValue:))
        else { throw LogError(.key, "a signing key is written `PRIVATE+KEY+name+hash+base64`") }
        try self.init(name: String(Substring(parts[2])), type: type, seed: Array(key.dropFirst()))
        guard self.text.utf8.elementsEqual(text.utf8) else {
            throw LogError(.key, "the hash in the signing key is not that of its name and key")
        }
    }

    private var text: String {
        "PRIVATE+KEY+\(verifier.name)+\(KeyName.digits(verifier.identifier))"
            + "+\(Base64.encode([verifier.type.rawValue] + seed))"
    }

    /// Signs a text.
    ///
    /// - Parameter time: of a cosignature, in whole seconds; without meaning for other keys.
    func sign(_ text: String, time: Instant) throws(LogError) -> NoteSignature {
        let seconds = time.milliseconds / 1000
        let message = verifier.type == .note ? Array(text.utf8) : Cosignature.message(text, seconds: seconds)
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed),
            let signature = try? key.signature(for: message), seconds >= 0
        else { throw LogError(.key, "`\(verifier.name)` cannot sign") }
        let stamp = verifier.type == .note ? [] : (0..<8).map { UInt8(truncatingIfNeeded: seconds >> (56 - 8 * $0)) }
        return NoteSignature(
            name: verifier.name, identifier: verifier.identifier, bytes: stamp + Array(signature))
    }

    // MARK: - Files

    /// Writes a key file that only its owner may read, and never over another.
    public func create(at path: String) throws(LogError) {
        do throws(SystemError) {
            try FileSystem.place(Array("\(text)\n".utf8), at: path, mode: 0o600, replacing: false)
        } catch {
            throw LogError(.unavailable, "the key file cannot be written: \(error)")
        }
    }

    /// Reads a key file; one that others may read is refused.
    public init(path: String) throws(LogError) {
        let bytes: [UInt8]?
        do {
            bytes = try FileSystem.contents(path)
        } catch {
            throw LogError(.unavailable, "the key file cannot be read: \(error)")
        }
        guard let bytes else { throw LogError(.unavailable, "there is no key file `\(path)`") }
        guard let status = FileSystem.status(path), status.st_mode & 0o077 == 0 else {
            throw LogError(.key, "others may read the key file `\(path)`; make it yours alone: chmod 600")
        }
        guard bytes.count < 4096, bytes.last == UInt8(ascii: "\n"),
            let text = String(validating: bytes.dropLast(), as: UTF8.self)
        else { throw LogError(.key, "`\(path)` is no key file") }
        try self.init(text)
    }
}
