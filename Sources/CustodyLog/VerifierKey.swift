internal import Crypto
internal import Host

/// A public key with its name, as it is handed to whoever verifies: `name+hash+base64` (C2SP signed-note).
public struct VerifierKey: Hashable, Sendable, CustomStringConvertible {
    public let name: String
    public let type: SignatureType
    /// Ed25519, 32 bytes.
    public let bytes: [UInt8]
    /// Stands in signatures before all else.
    public let identifier: UInt32

    init(name: String, type: SignatureType, bytes: [UInt8]) throws(LogError) {
        guard KeyName.isValid(name) else {
            throw LogError(.key, "a key's name is not empty and has no spaces, no plus and no control characters")
        }
        guard (try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)) != nil else {
            throw LogError(.key, "a public key of Ed25519 has 32 bytes; this one has \(bytes.count)")
        }
        self.name = name
        self.type = type
        self.bytes = bytes
        identifier = KeyName.identifier(name: name, type: type, publicKey: bytes)
    }

    /// Reads `name+hash+base64`.
    public init(_ text: String) throws(LogError) {
        let parts = text.utf8.split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let key = Base64.decode(parts[2]), let type = key.first else {
            throw LogError(.key, "a verifier key is written `name+hash+base64`")
        }
        guard let type = SignatureType(rawValue: type) else {
            throw LogError(
                .key, "the verifier key is of type \(type); known are 1 (Ed25519) and 4 (cosignatures by Ed25519)")
        }
        try self.init(name: String(Substring(parts[0])), type: type, bytes: Array(key.dropFirst()))
        guard description.utf8.elementsEqual(text.utf8) else {
            throw LogError(.key, "the hash in the verifier key is not that of its name and key")
        }
    }

    public var description: String {
        "\(name)+\(KeyName.digits(identifier))+\(Base64.encode([type.rawValue] + bytes))"
    }

    /// Whether it made this signature over a text.
    ///
    /// - Returns: for a cosignature, when it was made.
    /// - Throws: when it is not this key's, naming the key.
    func verify(_ signature: NoteSignature, over text: String) throws(LogError) -> Instant? {
        var time: Instant?
        var bytes = signature.bytes[...]
        var message = Array(text.utf8)
        if type == .cosignature {
            guard bytes.count > 8 else { throw wrong }
            let seconds = bytes.prefix(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            // Milliseconds that fit, some 292 million years from now.
            guard let moment = Int64(exactly: seconds), moment <= Int64.max / 1000 else { throw wrong }
            time = Instant(milliseconds: moment * 1000)
            message = Cosignature.message(text, seconds: moment)
            bytes = bytes.dropFirst(8)
        }
        guard bytes.count == 64, let key = try? Curve25519.Signing.PublicKey(rawRepresentation: self.bytes),
            key.isValidSignature(Array(bytes), for: message)
        else { throw wrong }
        return time
    }

    private var wrong: LogError {
        LogError(.signature, "the signature of `\(name)+\(KeyName.digits(identifier))` is not over this text")
    }

    /// Whether a signature says that it is this key's.
    func isNamed(in signature: NoteSignature) -> Bool {
        identifier == signature.identifier && name.utf8.elementsEqual(signature.name.utf8)
    }
}

enum Cosignature {
    /// What a witness signs.
    static func message(_ text: String, seconds: Int64) -> [UInt8] {
        Array("cosignature/v1\ntime \(seconds)\n\(text)".utf8)
    }
}
