/// How values stand on a line.
enum LeafText {
    /// `\` becomes `\\` and a line feed `\n`; all else stays.
    static func escaped(_ text: String) -> String { escaped(text, alsoSpace: false) }

    /// Names end with the first space, so a space in one becomes `\s`.
    static func escapedName(_ text: String) -> String { escaped(text, alsoSpace: true) }

    private static func escaped(_ text: String, alsoSpace: Bool) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): bytes += Array(#"\\"#.utf8)
            case UInt8(ascii: "\n"): bytes += Array(#"\n"#.utf8)
            case UInt8(ascii: " ") where alsoSpace: bytes += Array(#"\s"#.utf8)
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Nil for a backslash that escapes nothing.
    static func unescaped(_ text: Substring.UTF8View) -> String? {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "\\"): bytes.append(UInt8(ascii: "\\"))
            case UInt8(ascii: "n"): bytes.append(UInt8(ascii: "\n"))
            case UInt8(ascii: "s"): bytes.append(UInt8(ascii: " "))
            default: return nil
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Nil for an odd number of characters, or one that is no digit.
    static func bytes(hexadecimal text: some Collection<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in text {
            let digit: UInt8
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = character - UInt8(ascii: "a") + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return high == nil ? bytes : nil
    }
}
