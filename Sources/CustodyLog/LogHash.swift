public import Crypto

/// A SHA-256 in the tree (RFC 9162 2.1.1).
public struct LogHash: Hashable, Sendable {
    /// 32 bytes.
    public let bytes: [UInt8]

    /// Nil unless there are 32.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == SHA256.byteCount else { return nil }
        self.bytes = bytes
    }

    public init(_ digest: SHA256.Digest) { bytes = Array(digest) }
}
