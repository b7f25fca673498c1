internal import DICOMCore
internal import DICOMEncoding

/// What MSH-18 says about the bytes of a message (table 0211). The code tables are those of DICOM's sets, which are the same.
struct MessageCharacterSet: Hashable, Sendable {
    /// Nil for a set that we have no table of: then only what is ASCII can be read.
    private let set: SpecificCharacterSet?
    /// Whether no byte of a character of several bytes looks like a delimiter, so that bytes can be taken apart.
    let isTransparent: Bool
    /// Whether the lower half may be ISO-IR 14, which has a yen sign and an overline where ASCII has `\` and `~`. Delimiters are
    /// bytes, whatever a set shows for them.
    private let mayBeRoman: Bool

    /// - Parameter names: the repetitions of MSH-18; the first is what the message begins in.
    init(_ names: [String]) {
        let terms = names.map(Self.term)
        let first = terms.first ?? ""
        if first.isEmpty, terms.count <= 1 {
            // Nothing said is ASCII (2.14.9.18). Much is sent in UTF-8 without saying so, and what is UTF-8 is hardly ever
            // anything else; other bytes cannot be read.
            set = .utf8
            isTransparent = true
            mayBeRoman = false
            return
        }
        set = try? SpecificCharacterSet(terms: terms)
        let plain = terms.map { $0.uppercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) } }
        mayBeRoman = plain.contains { name in Self.japanese.contains { name.hasSuffix($0) } }
        isTransparent = terms.count == 1 && !mayBeRoman && !plain[0].hasPrefix("GB")
    }

    /// How the names of Japanese sets end, however they are spelled.
    private static let japanese = ["IR13", "IR14", "IR87", "IR159"]

    /// DICOM's term for one of table 0211.
    private static func term(_ name: String) -> String {
        switch name.uppercased() {
        case "ASCII", "ISO IR6", "ISO IR 6": ""
        case "UNICODE UTF-8", "UTF-8", "UTF8", "UNICODE", "UNICODE UTF-16", "UNICODE UTF-32": "ISO_IR 192"
        case "GB 18030-2000", "GB18030": "GB18030"
        case "KS X 1001": "ISO 2022 IR 149"
        case "ISO IR13", "ISO IR14": "ISO_IR 13"
        case "ISO IR87": "ISO 2022 IR 87"
        case "ISO IR159": "ISO 2022 IR 159"
        default: name
        }
    }

    /// Text of bytes; nil for bytes that are not of the set. Line feeds and other control characters of text stay.
    func decode(_ bytes: ArraySlice<UInt8>) -> String? {
        if bytes.allSatisfy({ $0 < 0x80 && $0 != 0x1B && $0 != 0 }), isTransparent || set == nil {
            return String(decoding: bytes, as: UTF8.self)
        }
        let text = (try? set?.decode(Array(bytes), vr: .UT))?.first
        guard mayBeRoman, let text else { return text }
        let scalars = text.unicodeScalars.map { (scalar: Unicode.Scalar) -> Unicode.Scalar in
            switch scalar {
            case "\u{A5}": "\\"
            case "\u{203E}": "~"
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    /// UTF-16 and UTF-32 as UTF-8, since no byte of theirs is what it looks like (table 0211, UNICODE UTF-16). By their byte
    /// order mark, else by where the zeros of `MSH` lie. Nil where what should be such text is none; others as they are.
    static func withoutWideCharacters(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        let head = Array(bytes.prefix(4))
        guard head.count == 4 else { return Array(bytes) }
        if head.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(bytes.dropFirst(3)) }
        let mark: (width: Int, isBig: Bool, skip: Int)
        switch (head[0], head[1], head[2], head[3]) {
        case (0, 0, 0xFE, 0xFF): mark = (4, true, 4)
        case (0xFF, 0xFE, 0, 0): mark = (4, false, 4)
        case (0xFE, 0xFF, _, _): mark = (2, true, 2)
        case (0xFF, 0xFE, _, _): mark = (2, false, 2)
        case (0, 0, 0, 0x4D): mark = (4, true, 0)
        case (0x4D, 0, 0, 0): mark = (4, false, 0)
        case (0, 0x4D, 0, 0x53): mark = (2, true, 0)
        case (0x4D, 0, 0x53, 0): mark = (2, false, 0)
        default: return Array(bytes)
        }
        let body = Array(bytes.dropFirst(mark.skip))
        guard body.count.isMultiple(of: mark.width) else { return nil }
        let units = stride(from: 0, to: body.count, by: mark.width).map { start in
            let part = body[start..<start + mark.width]
            return (mark.isBig ? Array(part) : part.reversed()).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        if mark.width == 4 {
            var text = String.UnicodeScalarView()
            for unit in units {
                guard let scalar = Unicode.Scalar(unit) else { return nil }
                text.append(scalar)
            }
            return Array(String(text).utf8)
        }
        return String(validating: units.map { UInt16(truncatingIfNeeded: $0) }, as: UTF16.self).map { Array($0.utf8) }
    }
}
