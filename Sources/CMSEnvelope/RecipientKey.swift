/// A private key that opens envelopes, and the certificate that they were made for, where it is at hand: with it the right
/// recipient is found by name, without it by trying.
public struct RecipientKey: Sendable {
    let handle: PrivateKey
    let certificate: Certificate?

    /// - Parameters:
    ///   - pem: one private key, PKCS #8 or the older forms.
    ///   - passphrase: for an encrypted one. Nobody is asked when it is nil.
    ///   - certificate: PEM. It may have run out since.
    public init(pem: [UInt8], passphrase: [UInt8]? = nil, certificate: [UInt8]? = nil) throws(EnvelopeError) {
        guard pem.count <= 1 << 20 else { throw EnvelopeError(.privateKey, "more than 1 MiB is no private key") }
        handle = try PrivateKey(pem: pem, passphrase: passphrase)
        self.certificate = if let certificate { try Certificate(pem: certificate) } else { nil }
        if let own = self.certificate, !own.isPaired(with: handle) {
            throw EnvelopeError(.mismatch, "the certificate is of another key; give the one of this private key")
        }
    }
}
