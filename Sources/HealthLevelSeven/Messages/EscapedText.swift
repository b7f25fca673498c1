/// Escape sequences (2.7): `\F\ \S\ \T\ \R\ \E\ \P\` for delimiters, `\Xhh…\` for bytes, `\.br\` and its like for layout.
struct EscapedText {
    private let delimiters: Delimiters
    private let characterSet: MessageCharacterSet

    init(_ delimiters: Delimiters, _ characterSet: MessageCharacterSet) {
        self.delimiters = delimiters
        self.characterSet = characterSet
    }

    /// What was meant; nil where a sequence says what cannot be told (other character sets, `\Z…\`, hexadecimal digits that are
    /// none). An escape character that begins nothing stands for itself, since some write it so.
    func unescaped(_ text: String) -> String? {
        guard text.utf8.contains(delimiters.escape) else { return text }
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let start = rest.firstIndex(of: delimiters.escape) {
            result += rest[..<start]
            let after = rest[(start + 1)...]
            guard let end = after.prefix(Self.longest).firstIndex(of: delimiters.escape) else {
                result.append(delimiters.escape)
                rest = after
                continue
            }
            guard let replacement = replacement(after[..<end]) else { return nil }
            result += replacement
            rest = after[(end + 1)...]
        }
        return String(validating: result + rest, as: UTF8.self)
    }

    /// A sequence that is longer is none.
    private static let longest = 4096

    private func replacement(_ sequence: ArraySlice<UInt8>) -> [UInt8]? {
        guard let first = sequence.first else { return [] }
        switch (first, sequence.count) {
        case (UInt8(ascii: "F"), 1): return [delimiters.field]
        case (UInt8(ascii: "S"), 1): return [delimiters.component]
        case (UInt8(ascii: "T"), 1): return [delimiters.subcomponent]
        case (UInt8(ascii: "R"), 1): return [delimiters.repetition]
        case (UInt8(ascii: "E"), 1): return [delimiters.escape]
        case (UInt8(ascii: "P"), 1), (UInt8(ascii: "L"), 1): return delimiters.truncation.map { [$0] } ?? []
        // Highlighting begins and ends.
        case (UInt8(ascii: "H"), 1), (UInt8(ascii: "N"), 1): return []
        case (UInt8(ascii: "X"), _):
            guard let bytes = Self.bytes(sequence.dropFirst()) else { return nil }
            return characterSet.decode(bytes[...]).map { Array($0.utf8) }
        case (UInt8(ascii: "."), _):
            let name = sequence.dropFirst().prefix(2)
            return name.elementsEqual("br".utf8) || name.elementsEqual("sp".utf8) ? [0x0A] : [0x20]
        default: return nil
        }
    }

    private static func bytes(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
        guard !digits.isEmpty, digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in digits {
            guard let value = Character(Unicode.Scalar(digit)).hexDigitValue else { return nil }
            if let first = high {
                bytes.append(first << 4 | UInt8(value))
                high = nil
            } else {
                high = UInt8(value)
            }
        }
        return bytes
    }

    /// Text as it stands in a component, so that it reads back as it was. Control characters become hexadecimal: a CR would end
    /// the segment.
    func escaped(_ text: String) -> String {
        var result: [UInt8] = []
        let escape = delimiters.escape
        func add(_ sequence: String) { result += [escape] + Array(sequence.utf8) + [escape] }
        for byte in text.utf8 {
            switch byte {
            case delimiters.field: add("F")
            case delimiters.component: add("S")
            case delimiters.subcomponent: add("T")
            case delimiters.repetition: add("R")
            case escape: add("E")
            case delimiters.truncation: add("P")
            case 0..<0x20, 0x7F:
                let digits = String(byte, radix: 16, uppercase: true)
                add("X" + (digits.count == 1 ? "0" : "") + digits)
            default: result.append(byte)
            }
        }
        let done = String(decoding: result, as: UTF8.self)
        // Two quotation marks alone are the null value; written so that they are text.
        return done == Field.null ? "\"" + String(UnicodeScalar(escape)) + "X22" + String(UnicodeScalar(escape)) : done
    }
}
