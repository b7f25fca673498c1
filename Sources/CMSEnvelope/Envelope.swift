/// CMS EnvelopedData (RFC 5652 6): bytes that only the holders of certain private keys can read. The content is encrypted
/// by AES-256 in CBC mode with a key of its own (RFC 3565), and that key for each recipient: for RSA by key transport in
/// the padding of PKCS #1 v1.5, which PS3.15 E.1.1 asks for (RFC 3370 4.2.1) and all readers know.
public enum Envelope {
    /// Bytes in the place of random ones.
    ///
    /// Whoever gives the same for different contents gives them the same key. They are to be the output of a keyed
    /// function of the content and its recipients; then the envelope is as secret as a random one, but for this: equal
    /// contents have equal envelopes.
    public struct Randomness: Sendable {
        /// For what is seen by others: initialization vectors, padding.
        public var seen: [UInt8]
        /// For keys.
        public var secret: [UInt8]

        /// How much of each is enough for so many recipients; the library takes what it needs, from the beginning, and
        /// fails when there is no more.
        public static func byteCount(recipients: Int) -> Int { 256 + recipients * 4096 }

        public init(seen: [UInt8], secret: [UInt8]) {
            self.seen = seen
            self.secret = secret
        }

        /// Of the system's generator.
        public init(recipients: Int) {
            var generator = SystemRandomNumberGenerator()
            let count = Self.byteCount(recipients: recipients)
            func bytes() -> [UInt8] {
                (0..<count / 8).flatMap { _ in
                    let word = generator.next()
                    return (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
                }
            }
            self.init(seen: bytes(), secret: bytes())
        }
    }

    /// More recipients than any site has.
    public static let mostRecipients = 64

    /// The DER of EnvelopedData.
    ///
    /// - Parameter randomness: nil for the system's.
    public static func seal(
        _ content: [UInt8], for recipients: [RecipientCertificate], randomness: Randomness? = nil
    ) throws(EnvelopeError) -> [UInt8] {
        guard (1...mostRecipients).contains(recipients.count) else {
            throw EnvelopeError(.failed, "there are \(recipients.count) recipients; expected 1 to \(mostRecipients)")
        }
        return try EnvelopedData.encrypt(
            content, recipients.map(\.handle), randomness ?? Randomness(recipients: recipients.count))
    }

    /// The content of EnvelopedData or AuthEnvelopedData.
    ///
    /// - Parameter der: DER or BER; one byte of padding may follow.
    public static func open(_ der: [UInt8], with key: RecipientKey) throws(EnvelopeError) -> [UInt8] {
        try EnvelopedData.decrypt(der, key.handle, key.certificate)
    }
}
