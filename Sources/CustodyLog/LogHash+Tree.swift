internal import Crypto

extension LogHash {
    /// Of the empty tree: SHA-256 of nothing (RFC 9162 2.1.1).
    public static let empty = LogHash(SHA256.hash(data: [UInt8]()))

    /// Of a leaf: SHA-256 of 0x00 and its bytes.
    public static func leaf(_ bytes: some Sequence<UInt8>) -> LogHash {
        LogHash(SHA256.hash(data: [0x00] + bytes))
    }

    /// Of a node: SHA-256 of 0x01, the left hash and the right one.
    public static func node(_ left: LogHash, _ right: LogHash) -> LogHash {
        LogHash(SHA256.hash(data: [0x01] + left.bytes + right.bytes))
    }
}
