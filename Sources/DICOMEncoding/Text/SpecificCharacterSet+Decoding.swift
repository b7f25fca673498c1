public import DICOMCore

extension SpecificCharacterSet {
    /// The values in the bytes of one element, decoded. Split where the byte 0x5C stands for itself (PS3.5 6.2), not where
    /// it is half of a character; VRs of one text are not split. Padding stays. Throws `malformedText` for bytes that are
    /// not of the set, for control characters other than TAB, LF, FF and CR, and for a replacement character (U+FFFD):
    /// where one stands, an earlier conversion has lost what was written.
    ///
    /// - Parameter vr: one for which `VR.isText` holds; those without `usesSpecificCharacterSet` are read in the default
    ///   repertoire, whatever (0008,0005) says (PS3.5 6.1.2.2).
    public func decode(_ bytes: [UInt8], vr: VR) throws(ValueError) -> [String] {
        guard vr.usesSpecificCharacterSet else { return try Self.decodeDefault(bytes, vr: vr) }
        if isPlain(bytes) { return Self.split(bytes, vr: vr) }
        switch form {
        case .utf8: return try Self.decodeUTF8(bytes, vr: vr)
        case .chinese(let set): return try Self.decodeChinese(bytes, set: set, vr: vr)
        case .codes(let initial, let extensions):
            var decoder = CodeExtensionDecoder(bytes: bytes, initial: initial, extensions: extensions, vr: vr)
            return try decoder.decode()
        }
    }

    /// Whether every byte is an ASCII character in this set, and no state can change.
    private func isPlain(_ bytes: [UInt8]) -> Bool { readsASCII && bytes.allSatisfy(Self.isPlain) }

    /// Whether the plain bytes of ASCII mean that, as a value begins.
    public var readsASCII: Bool {
        if case .codes(let initial, _) = form, initial.g0 != .ascii { return false }
        return true
    }

    /// A graphic character of ISO-IR 6, a space, or one of the four control characters of PS3.5 6.1.3 that are no ESC.
    static func isPlain(_ byte: UInt8) -> Bool { (byte >= 0x20 && byte < 0x7F) || isFormatControl(byte) }

    static func isFormatControl(_ byte: UInt8) -> Bool { byte == 0x09 || byte == 0x0A || byte == 0x0C || byte == 0x0D }

    /// Whether the bytes are text in the default repertoire of PS3.5 6.1.2.1 and nothing else.
    public static func isDefaultRepertoire(_ bytes: [UInt8]) -> Bool { bytes.allSatisfy(isPlain) }

    private static func decodeDefault(_ bytes: [UInt8], vr: VR) throws(ValueError) -> [String] {
        if let offset = bytes.firstIndex(where: { !isPlain($0) }) {
            throw malformed(at: offset, "a character of the default repertoire, the only one that \(vr) may have")
        }
        return split(bytes, vr: vr)
    }

    static func malformed(at offset: Int, _ expected: String) -> ValueError {
        ValueError(.malformedText, reason: "byte \(offset) of the value: expected \(expected)")
    }

    /// Bytes that are ASCII, or UTF-8 that has been checked.
    private static func split(_ bytes: [UInt8], vr: VR) -> [String] {
        guard !vr.isSingleText, bytes.contains(0x5C) else { return [String(decoding: bytes, as: UTF8.self)] }
        return bytes.split(separator: 0x5C, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    private static func decodeUTF8(_ bytes: [UInt8], vr: VR) throws(ValueError) -> [String] {
        for (offset, byte) in bytes.enumerated() where byte < 0x80 && !isPlain(byte) {
            throw malformed(at: offset, "no control character but TAB, LF, FF, CR")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ValueError(.malformedText, reason: "the bytes are not UTF-8")
        }
        for scalar in text.unicodeScalars { try check(scalar) }
        return split(bytes, vr: vr)
    }

    private static func check(_ scalar: Unicode.Scalar) throws(ValueError) {
        if scalar == "\u{FFFD}" {
            throw ValueError(
                .malformedText, reason: "a replacement character stands where an earlier conversion failed")
        }
        if scalar.value >= 0x80 && scalar.value < 0xA0 {
            throw ValueError(.malformedText, reason: "a control character of C1 (PS3.5 6.1.3)")
        }
    }

    private static func decodeChinese(_ bytes: [UInt8], set: CodedCharacterSet, vr: VR) throws(ValueError) -> [String] {
        var values: [String] = []
        var text = String.UnicodeScalarView()
        var offset = 0
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte < 0x80 {
                guard isPlain(byte) else { throw malformed(at: offset, "no control character but TAB, LF, FF, CR") }
                if byte == 0x5C, !vr.isSingleText {
                    values.append(String(text))
                    text = String.UnicodeScalarView()
                } else {
                    text.append(Unicode.Scalar(byte))
                }
                offset += 1
                continue
            }
            guard offset + 1 < bytes.count else { throw malformed(at: offset, "the second byte of a character") }
            let second = bytes[offset + 1]
            if set == .gb18030, second >= 0x30, second <= 0x39 {
                guard offset + 3 < bytes.count else { throw malformed(at: offset, "the four bytes of a character") }
                let code = bytes[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                guard let scalar = FourByteCodes.scalar(code) else { throw malformed(at: offset, "a code of GB 18030") }
                try check(scalar)
                text.append(scalar)
                offset += 4
            } else {
                guard let scalar = set.scalar(UInt16(byte) << 8 | UInt16(second)) else {
                    throw malformed(at: offset, "a code of \(set == .gbk ? "GBK" : "GB 18030")")
                }
                text.append(scalar)
                offset += 2
            }
        }
        return values + [String(text)]
    }
}
