internal import Crypto

/// What a commitment on the log was made of. Kept apart from the leaf, and erased when a person is to be forgotten.
public struct Opening: Hashable, Sendable {
    public var name: String
    public var value: String
    /// 32 random bytes, of this fact alone: without them a value cannot be guessed by trying.
    public var salt: [UInt8]

    /// As it was stored.
    public init(name: String, value: String, salt: [UInt8]) {
        self.name = name
        self.value = value
        self.salt = salt
    }

    init(name: String, value: String, using generator: inout some RandomNumberGenerator) {
        let salt = (0..<4).flatMap { _ in
            let word = generator.next()
            return (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
        }
        self.init(name: name, value: value, salt: salt)
    }

    /// HMAC-SHA256 of the name, NUL and the value, all in UTF-8, under the salt.
    public var commitment: EventLeaf.Commitment {
        var code = HMAC<SHA256>(key: SymmetricKey(data: salt))
        code.update(data: Array(name.utf8) + [0] + Array(value.utf8))
        let bytes = Array(code.finalize())
        return EventLeaf.Commitment(name: name, hash: LogHash(bytes) ?? .empty)
    }

    /// Whether this is what stands on the log.
    public func opens(_ commitment: EventLeaf.Commitment) -> Bool {
        salt.count == 32 && name.utf8.elementsEqual(commitment.name.utf8) && self.commitment.hash == commitment.hash
    }
}
