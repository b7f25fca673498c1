internal import Glibc

/// An address, or all addresses that begin alike: `10.1.2.3`, `10.0.0.0/8`, `fd00::/8`.
package struct Network: Sendable, Hashable {
    /// 4 or 16 bytes, in the order of the network.
    private let bytes: [UInt8]
    /// How many leading bits count.
    private let length: Int

    /// Nil when it is no address.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, let bytes = Self.bytes(of: String(first)) else { return nil }
        self.bytes = bytes
        guard let last = parts.dropFirst().first else {
            length = bytes.count * 8
            return
        }
        guard let length = Int(last), (0...bytes.count * 8).contains(length) else { return nil }
        self.length = length
    }

    /// Whether an address is in it. An IPv4 address that came by an IPv6 socket (`::ffff:10.0.0.1`) is what it is.
    package func contains(_ address: String) -> Bool {
        guard let other = Self.bytes(of: address), other.count == bytes.count else { return false }
        return (0..<length).allSatisfy { bit in
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            return bytes[bit / 8] & mask == other[bit / 8] & mask
        }
    }

    /// Whether the text is an address and no name.
    package static func isAddress(_ text: String) -> Bool { bytes(of: text) != nil }

    private static func bytes(of text: String) -> [UInt8]? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: four) { Array($0) } }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: six) { Array($0) }
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped ? Array(bytes.suffix(4)) : bytes
    }
}
