import CTextTables

/// A coded character set that PS3.3 C.12.1.1.2 names, with its code table. Codes are one byte or two, as they stand in a
/// data set; 94-by-94 sets have theirs between 0x2121 and 0x7E7E wherever they are designated to.
enum CodedCharacterSet: UInt8, Hashable, Sendable, CaseIterable {
    // In the order of the generated tables.
    case latin1, latin2, latin3, latin4, cyrillic, arabic, greek, hebrew, latin5, latin9, thai
    case jisX0208, jisX0212, ksX1001, gb2312, gbk, gb18030
    // Without a table.
    case ascii, jisX0201Roman, jisX0201Katakana

    /// Bytes of a code.
    var width: Int {
        switch self {
        case .jisX0208, .jisX0212, .ksX1001, .gb2312, .gbk, .gb18030: 2
        default: 1
        }
    }

    /// The character of a code; nil for a code that the set does not define.
    func scalar(_ code: UInt16) -> Unicode.Scalar? {
        switch self {
        case .ascii:
            return code < 0x80 ? Unicode.Scalar(UInt8(truncatingIfNeeded: code)) : nil
        case .jisX0201Roman:
            // ISO-IR 14 differs from ASCII in two places.
            if code == 0x5C { return "\u{A5}" }
            if code == 0x7E { return "\u{203E}" }
            return code < 0x80 ? Unicode.Scalar(UInt8(truncatingIfNeeded: code)) : nil
        case .jisX0201Katakana:
            return code >= 0xA1 && code <= 0xDF ? Unicode.Scalar(0xFF61 + (code - 0xA1)) : nil
        default:
            let value = text_scalar(UInt32(rawValue), UInt32(code))
            return value == 0 ? nil : Unicode.Scalar(value)
        }
    }

    /// The code of a character; nil for one that the set does not have.
    func code(_ scalar: Unicode.Scalar) -> UInt16? {
        switch self {
        case .ascii:
            return scalar.value < 0x80 ? UInt16(scalar.value) : nil
        case .jisX0201Roman:
            if scalar == "\u{A5}" { return 0x5C }
            if scalar == "\u{203E}" { return 0x7E }
            return scalar.value < 0x80 && scalar != "\\" && scalar != "~" ? UInt16(scalar.value) : nil
        case .jisX0201Katakana:
            return scalar.value >= 0xFF61 && scalar.value <= 0xFF9F ? UInt16(scalar.value - 0xFF61) + 0xA1 : nil
        default:
            let code = text_code(UInt32(rawValue), scalar.value)
            return code == 0 ? nil : UInt16(truncatingIfNeeded: code)
        }
    }
}

/// What GB 18030 writes with four bytes.
enum FourByteCodes {
    static func scalar(_ code: UInt32) -> Unicode.Scalar? {
        let value = text_scalar_of_four_bytes(code)
        return value == 0 ? nil : Unicode.Scalar(value)
    }

    static func code(_ scalar: Unicode.Scalar) -> UInt32? {
        let code = text_four_bytes_of_scalar(scalar.value)
        return code == 0 ? nil : code
    }
}
