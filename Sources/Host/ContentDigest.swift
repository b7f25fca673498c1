package import Crypto

/// A SHA-256.
package struct ContentDigest: Hashable, Sendable {
    /// 64 hexadecimal digits.
    package var hexadecimal: String

    package init(hexadecimal: String) { self.hexadecimal = hexadecimal }

    package init(of bytes: some Sequence<UInt8>) {
        self.init(SHA256.hash(data: Array(bytes)))
    }

    package init(of bytes: [UInt8]) { self.init(SHA256.hash(data: bytes)) }

    package init(of text: String.UTF8View) { self.init(SHA256.hash(data: Array(text))) }

    package init(_ digest: SHA256.Digest) { self.hexadecimal = hexadecimalDigits(digest) }

    /// Of a whole file.
    package init(of file: Descriptor) throws {
        var hash = SHA256()
        try file.forEachPiece { hash.update(bufferPointer: $0) }
        self.init(hash.finalize())
    }

    /// The first eight bytes as a number, for tables.
    package var prefix: UInt64 { UInt64(hexadecimal.prefix(16), radix: 16) ?? 0 }

    /// The prefix of a digest that nobody needs more of.
    package static func prefix(of bytes: some Sequence<UInt8>) -> UInt64 {
        SHA256.hash(data: Array(bytes)).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// Two small hexadecimal digits for each byte.
package func hexadecimalDigits(_ bytes: some Sequence<UInt8>) -> String {
    func digit(_ half: UInt8) -> UInt8 { half < 10 ? UInt8(ascii: "0") + half : UInt8(ascii: "a") - 10 + half }
    var text: [UInt8] = []
    // More than most digests have.
    text.reserveCapacity(max(64, bytes.underestimatedCount * 2))
    for byte in bytes {
        text.append(digit(byte >> 4))
        text.append(digit(byte & 15))
    }
    return String(decoding: text, as: UTF8.self)
}
