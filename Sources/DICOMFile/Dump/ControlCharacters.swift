/// Characters that a terminal obeys instead of showing them.
enum ControlCharacters {
    /// C0, DEL, C1; line and paragraph separators; what turns or overrides the direction of writing (UAX 9).
    static func contains(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF,
            0xFFF9...0xFFFB:
            true
        default: false
        }
    }

    /// The text with every such character as `\u{1B}`, and a backslash that stands before `u{` as `\\`, so that nothing
    /// in a value can look like one of ours.
    static func visible(_ text: some StringProtocol) -> String {
        guard text.unicodeScalars.contains(where: { contains($0) || $0 == "\\" }) else { return String(text) }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "\\" {
                result.append(contentsOf: "\\\\".unicodeScalars)
            } else if contains(scalar) {
                result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }
}
