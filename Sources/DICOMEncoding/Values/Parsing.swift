/// The pieces that the parsers of dates, times and ages share. All read ASCII digits only.
enum Digits {
    /// A whole number of just these bytes; nil unless every one is a digit.
    static func number(_ bytes: some Sequence<UInt8>) -> Int? {
        var value = 0
        var count = 0
        for byte in bytes {
            guard byte >= 0x30, byte <= 0x39, count < 18 else { return nil }
            value = value * 10 + Int(byte - 0x30)
            count += 1
        }
        return count == 0 ? nil : value
    }

    /// At least `width` digits, zeros in front.
    static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// The bytes of a text without the padding of PS3.5 6.2 behind it, and before it where that is allowed.
func unpadded(_ text: some StringProtocol, leading: Bool = false) -> [UInt8] {
    var bytes = Array(text.utf8)
    while bytes.last == 0x20 { bytes.removeLast() }
    guard leading, let first = bytes.firstIndex(where: { $0 != 0x20 }) else { return bytes }
    return Array(bytes[first...])
}
