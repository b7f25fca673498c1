/// Base64 with padding (RFC 4648 4), written and read in its one canonical form.
package enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")

    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        var group: UInt32 = 0
        var count = 0
        func digit(_ place: Int) -> UInt8 { digits[Int(group >> (18 - 6 * place) & 63)] }
        for byte in bytes {
            group |= UInt32(byte) << (16 - 8 * count)
            count += 1
            if count == 3 {
                text += (0..<4).map(digit)
                (group, count) = (0, 0)
            }
        }
        if count > 0 { text += (0...count).map(digit) + [UInt8](repeating: padding, count: 3 - count) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for anything that `encode` would not have written: stray characters, missing padding, bits left over.
    package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        let end = text.reversed().prefix(2).prefix { $0 == padding }.count
        var bytes: [UInt8] = []
        var group: UInt32 = 0
        var count = 0
        for character in text.dropLast(end) {
            guard let value = value(of: character) else { return nil }
            group = group << 6 | UInt32(value)
            count += 1
            if count == 4 {
                bytes += [UInt8(group >> 16 & 255), UInt8(group >> 8 & 255), UInt8(group & 255)]
                (group, count) = (0, 0)
            }
        }
        switch (count, end) {
        case (0, 0): break
        case (2, 2) where group & 15 == 0: bytes.append(UInt8(group >> 4))
        case (3, 1) where group & 3 == 0: bytes += [UInt8(group >> 10), UInt8(group >> 2 & 255)]
        default: return nil
        }
        return bytes
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
