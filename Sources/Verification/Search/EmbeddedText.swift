/// Texts that stand in bytes in another form: wide characters, hexadecimal digits, base64, references of XML.
enum EmbeddedText {
    /// ASCII with a NUL before or behind each character: UTF-16 of either order.
    static func wide(in bytes: [UInt8]) -> [[UInt8]] {
        var texts: [[UInt8]] = []
        var index = 0
        while index + 1 < bytes.count {
            guard isPrintable(bytes[index]), bytes[index + 1] == 0 else {
                index += 1
                continue
            }
            var text: [UInt8] = []
            while index < bytes.count, isPrintable(bytes[index]), index + 1 >= bytes.count || bytes[index + 1] == 0 {
                text.append(bytes[index])
                index += 2
            }
            // In big-endian order the last character has no NUL behind it that is its own.
            if index < bytes.count, isPrintable(bytes[index]) { text.append(bytes[index]) }
            if text.count >= 4 { texts.append(text) }
        }
        return texts
    }

    /// What hexadecimal digits and base64 stand for.
    static func encoded(in bytes: [UInt8]) -> [[UInt8]] {
        var texts: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            guard value(ofBase64: bytes[start]) != nil else {
                start += 1
                continue
            }
            var end = start, isHexadecimal = true
            // Lines of a long text are one.
            while end < bytes.count {
                if value(ofBase64: bytes[end]) != nil {
                    isHexadecimal = isHexadecimal && value(ofHexadecimal: bytes[end]) != nil
                } else if !(bytes[end] == 0x0A || bytes[end] == 0x0D) || end - start < 40 {
                    break
                }
                end += 1
            }
            let run = bytes[start..<end].filter { $0 != 0x0A && $0 != 0x0D }
            if isHexadecimal, run.count >= 12 {
                texts.append(hexadecimal(run))
                texts.append(hexadecimal(Array(run.dropFirst())))
            } else if run.count >= 12 {
                texts.append(base64(run))
            }
            start = max(end, start + 1)
        }
        return texts
    }

    /// Text with `&#233;` and `&#xE9;` written out; none when there are none.
    static func references(in bytes: [UInt8]) -> [[UInt8]] {
        guard bytes.count < 64 << 20, zip(bytes, bytes.dropFirst()).contains(where: { $0 == 0x26 && $1 == 0x23 }) else {
            return []
        }
        var text: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x26, index + 2 < bytes.count, bytes[index + 1] == 0x23,
                let end = bytes[index...].prefix(12).firstIndex(of: 0x3B)
            {
                let digits = String(decoding: bytes[(index + 2)..<end], as: UTF8.self)
                let number = digits.first == "x" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
                if let scalar = number.flatMap(Unicode.Scalar.init) {
                    text += Array(String(Character(scalar)).utf8)
                    index = end + 1
                    continue
                }
            }
            text.append(bytes[index])
            index += 1
        }
        return [text, Array(TextForms.folded(String(decoding: text, as: UTF8.self)).utf8)]
    }

    private static func isPrintable(_ byte: UInt8) -> Bool { byte >= 0x20 && byte < 0x7F }

    private static func hexadecimal(_ digits: [UInt8]) -> [UInt8] {
        stride(from: 0, to: digits.count - 1, by: 2).map { index in
            (value(ofHexadecimal: digits[index]) ?? 0) << 4 | (value(ofHexadecimal: digits[index + 1]) ?? 0)
        }
    }

    private static func base64(_ run: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0, count = 0
        for byte in run {
            bits = bits << 6 | UInt32(value(ofBase64: byte) ?? 0)
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
        return bytes
    }

    private static func value(ofHexadecimal byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }

    private static func value(ofBase64 byte: UInt8) -> UInt8? {
        switch byte {
        case 0x41...0x5A: byte - 0x41
        case 0x61...0x7A: byte - 0x61 + 26
        case 0x30...0x39: byte - 0x30 + 52
        case 0x2B, 0x2D: 62
        case 0x2F, 0x5F: 63
        default: nil
        }
    }
}
