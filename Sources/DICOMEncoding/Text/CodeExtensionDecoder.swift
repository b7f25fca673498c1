import DICOMCore

/// ISO 2022 as DICOM uses it (PS3.5 6.1.2.5): a lower half, an upper half, and escape sequences that say what they mean.
/// What the first term says is in force again behind every delimiter, line, page and tab; the standard has the writer
/// switch back before them, and a reader that also resets understands writers who forgot to.
struct CodeExtensionDecoder {
    let bytes: [UInt8]
    let initial: SpecificCharacterSet.Designation
    let extensions: [CodedCharacterSet]
    let vr: VR

    private var current: SpecificCharacterSet.Designation
    /// G1 was designated while the lower half was double-byte. By ISO 2022 that leaves the lower half alone; several
    /// writers mean by it that ASCII is back. Text there has two readings.
    private var isLowerHalfInDoubt = false
    private var offset = 0
    private var values: [String] = []
    private var text = String.UnicodeScalarView()

    init(bytes: [UInt8], initial: SpecificCharacterSet.Designation, extensions: [CodedCharacterSet], vr: VR) {
        self.bytes = bytes
        self.initial = initial
        self.extensions = extensions
        self.vr = vr
        self.current = initial
    }

    mutating func decode() throws(ValueError) -> [String] {
        while offset < bytes.count {
            let byte = bytes[offset]
            switch byte {
            case EscapeSequence.escape: try readEscape()
            case 0x20: append(" ")
            case 0x21...0x7E: try readLower(byte)
            case 0xA0...0xFF: try readUpper(byte)
            default:
                guard SpecificCharacterSet.isFormatControl(byte) else {
                    throw SpecificCharacterSet.malformed(at: offset, "no control character but TAB, LF, FF, CR and ESC")
                }
                append(Unicode.Scalar(byte))
                reset()
            }
        }
        return values + [String(text)]
    }

    private mutating func append(_ scalar: Unicode.Scalar, width: Int = 1) {
        text.append(scalar)
        offset += width
    }

    private mutating func readEscape() throws(ValueError) {
        guard !extensions.isEmpty else {
            throw SpecificCharacterSet.malformed(at: offset, "no escape sequence in a set without code extensions")
        }
        guard let escape = EscapeSequence.read(bytes, at: offset + 1), isAllowed(escape.set) else {
            throw SpecificCharacterSet.malformed(
                at: offset, "an escape sequence of PS3.3 Tables C.12-3 and C.12-4 for a set that (0008,0005) names")
        }
        if escape.isG0 { current.g0 = escape.set } else { current.g1 = escape.set }
        isLowerHalfInDoubt = !escape.isG0 && current.g0.width == 2
        offset += 1 + escape.bytes.count
    }

    /// Old Japanese equipment returns to ISO-IR 14 without naming it. It is ASCII but for two characters.
    private func isAllowed(_ set: CodedCharacterSet) -> Bool {
        extensions.contains(set)
            || (set == .jisX0201Roman && (extensions.contains(.jisX0208) || extensions.contains(.jisX0212)))
    }

    private mutating func readLower(_ byte: UInt8) throws(ValueError) {
        if current.g0.width == 2 {
            guard !isLowerHalfInDoubt else {
                throw SpecificCharacterSet.malformed(at: offset, "an escape sequence that ends the double-byte set")
            }
            let second = try secondByte(in: 0x21...0x7E)
            guard let scalar = current.g0.scalar(UInt16(byte) << 8 | UInt16(second)) else { throw undefined() }
            append(scalar, width: 2)
        } else if byte == 0x5C, !vr.isSingleText {
            // A delimiter even where ISO-IR 14 shows a yen sign (PS3.5 6.1.2.3).
            values.append(String(text))
            text = String.UnicodeScalarView()
            reset()
            offset += 1
        } else {
            guard let scalar = current.g0.scalar(UInt16(byte)) else { throw undefined() }
            append(scalar)
            if vr == .PN, byte == UInt8(ascii: "^") || byte == UInt8(ascii: "=") { reset() }
        }
    }

    private mutating func reset() {
        current = initial
        isLowerHalfInDoubt = false
    }

    private mutating func readUpper(_ byte: UInt8) throws(ValueError) {
        guard let set = current.g1 else {
            throw SpecificCharacterSet.malformed(at: offset, "a byte below 0x80: no set is designated for those above")
        }
        if set.width == 2 {
            let second = try secondByte(in: 0xA1...0xFE)
            guard let scalar = set.scalar(UInt16(byte & 0x7F) << 8 | UInt16(second & 0x7F)) else { throw undefined() }
            append(scalar, width: 2)
        } else {
            guard let scalar = set.scalar(UInt16(byte)) else { throw undefined() }
            append(scalar)
        }
    }

    private func secondByte(in range: ClosedRange<UInt8>) throws(ValueError) -> UInt8 {
        guard offset + 1 < bytes.count, range.contains(bytes[offset + 1]) else {
            throw SpecificCharacterSet.malformed(at: offset, "both bytes of a character")
        }
        return bytes[offset + 1]
    }

    private func undefined() -> ValueError {
        SpecificCharacterSet.malformed(at: offset, "a code that the designated set defines")
    }
}
