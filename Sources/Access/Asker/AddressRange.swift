import Glibc

/// An address of the Internet Protocol, or all that begin with the same bits (RFC 4632, RFC 4291).
public struct AddressRange: Hashable, Sendable {
    private var bytes: [UInt8]
    private var bits: Int

    /// `10.1.2.3`, `10.0.0.0/8`, `2001:db8::/32`. Nil for what is neither, and for bits set behind the prefix, which
    /// somebody means otherwise.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = Self.bytes(String(parts[0])) else { return nil }
        var bits = address.count * 8
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(parts[1]), length <= bits
            else { return nil }
            bits = length
        }
        bytes = address
        self.bits = bits
        guard Self.masked(address, bits) == address else { return nil }
    }

    public func contains(_ address: String) -> Bool {
        guard let other = Self.bytes(address), other.count == bytes.count else { return false }
        return Self.masked(other, bits) == bytes
    }

    private static func masked(_ bytes: [UInt8], _ bits: Int) -> [UInt8] {
        bytes.enumerated().map { index, byte in
            let kept = min(8, max(0, bits - index * 8))
            return byte & UInt8(truncatingIfNeeded: 0xFF00 >> kept)
        }
    }

    /// Four bytes or sixteen; an IPv4 address in IPv6 (`::ffff:10.1.2.3`) is the IPv4 address.
    private static func bytes(_ text: String) -> [UInt8]? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: &four) { Array($0) } }
        var sixteen = in6_addr()
        guard inet_pton(AF_INET6, text, &sixteen) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: &sixteen) { Array($0) }
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped ? Array(bytes.suffix(4)) : bytes
    }
}
