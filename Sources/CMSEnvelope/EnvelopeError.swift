/// What is wrong with a certificate, a key or an envelope: what, and what to do. Holds nothing of a key or a content.
public struct EnvelopeError: Error, Hashable, Sendable {
    public enum Code: Hashable, Sendable {
        /// No X.509 certificate in PEM, or one that cannot be used to encrypt for.
        case certificate
        /// Not yet valid, or no longer.
        case validity
        /// No private key in PEM that can decrypt.
        case privateKey
        /// The private key is encrypted and the passphrase is missing or wrong.
        case passphrase
        /// The key and the certificate are not of one pair.
        case mismatch
        /// No CMS EnvelopedData, or a damaged one.
        case damaged
        /// The envelope is not for this key.
        case notForKey
        /// The library refused.
        case failed
    }

    public var code: Code
    /// Lower case, no full stop.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension EnvelopeError: CustomStringConvertible {
    public var description: String { message }
}
