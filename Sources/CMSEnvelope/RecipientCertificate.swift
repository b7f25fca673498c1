/// An X.509 certificate for whose private key something can be encrypted: RSA (key transport, RFC 3370) or elliptic curves
/// (key agreement, RFC 5753).
public struct RecipientCertificate: Sendable {
    /// Its DER.
    public let bytes: [UInt8]
    let handle: Certificate

    /// The weakest RSA key that is taken: NIST SP 800-57 calls smaller ones unfit since 2014.
    static let leastRSABits = 2048
    static let leastCurveBits = 256
    /// The largest; more only costs time.
    static let mostBits = 16_384

    /// - Parameter pem: one certificate, and no private key: what lies beside rules is read by many.
    public init(pem: [UInt8]) throws(EnvelopeError) {
        guard pem.count <= 1 << 20 else { throw EnvelopeError(.certificate, "more than 1 MiB is no certificate") }
        guard !pem.holds("PRIVATE KEY-----") else {
            throw EnvelopeError(
                .certificate, "there is a private key beside the certificate; take it out, and keep it secret")
        }
        handle = try Certificate(pem: pem)
        bytes = try handle.der()
        try Self.check(handle)
    }

    private static func check(_ handle: Certificate) throws(EnvelopeError) {
        guard !handle.hasInvalidExtensions else {
            throw EnvelopeError(.certificate, "the certificate's extensions cannot be read")
        }
        switch handle.algorithm {
        case .rsa:
            guard (leastRSABits...mostBits).contains(handle.bits) else {
                throw EnvelopeError(
                    .certificate, "its RSA key has \(handle.bits) bits; expected \(leastRSABits) to \(mostBits)")
            }
            guard handle.allows(.keyEncipherment) else {
                throw EnvelopeError(
                    .certificate, "its key usage does not allow encryption of keys; expected `keyEncipherment`")
            }
        case .curve:
            guard handle.bits >= leastCurveBits else {
                throw EnvelopeError(.certificate, "its curve has \(handle.bits) bits; expected \(leastCurveBits)")
            }
            guard handle.allows(.keyAgreement) else {
                throw EnvelopeError(
                    .certificate, "its key usage does not allow agreement on keys; expected `keyAgreement`")
            }
        case .other:
            throw EnvelopeError(
                .certificate, "its key cannot be used to encrypt; expected RSA or an elliptic curve such as P-256")
        }
    }

    /// Throws unless the certificate is valid then.
    ///
    /// - Parameter time: of decision, a DT (PS3.5 6.2) of a date at least.
    public func requireValid(at time: String) throws(EnvelopeError) {
        guard let moment = Moment(time) else {
            throw EnvelopeError(.validity, "the time of decision cannot be read; expected YYYYMMDDHHMMSS")
        }
        guard let validity = handle.validity else {
            throw EnvelopeError(.validity, "its time of validity cannot be read")
        }
        if moment < validity.lowerBound {
            throw EnvelopeError(.validity, "it is not valid before \(validity.lowerBound)")
        }
        if moment > validity.upperBound {
            throw EnvelopeError(.validity, "it ran out at \(validity.upperBound); name a current one")
        }
    }
}

extension [UInt8] {
    /// Whether some text stands in it.
    fileprivate func holds(_ text: String) -> Bool {
        let needle = Array(text.utf8)
        guard count >= needle.count else { return false }
        return (0...(count - needle.count)).contains { self[$0..<($0 + needle.count)].elementsEqual(needle) }
    }
}
