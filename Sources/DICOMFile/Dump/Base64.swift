/// Base64 with padding (RFC 4648 4).
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func append(_ bytes: some Sequence<UInt8>, to result: inout [UInt8]) {
        var group: UInt32 = 0
        var count = 0
        for byte in bytes {
            group = group << 8 | UInt32(byte)
            count += 1
            if count == 3 {
                for shift in [18, 12, 6, 0] { result.append(alphabet[Int(group >> shift & 63)]) }
                group = 0
                count = 0
            }
        }
        guard count > 0 else { return }
        group <<= UInt32(8 * (3 - count))
        for index in 0..<4 {
            result.append(index <= count ? alphabet[Int(group >> (18 - 6 * index) & 63)] : UInt8(ascii: "="))
        }
    }
}
