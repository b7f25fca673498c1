import DICOMEncoding

/// A text as it is compared: letters and digits alone, folded, each with its place in the text and with what stood before
/// it. Case, accents, width, kana, digits of other scripts, punctuation, line breaks and HTML's names of letters make no
/// difference: `Müller,\r\nJürgen`, `MULLER^JURGEN` and `M&uuml;ller-Jürgen` have the same units.
struct FoldedText: Sendable {
    /// What stands between a unit and the one before it.
    enum Gap: UInt8, Comparable, Sendable {
        case none
        /// A hyphen, an apostrophe, a word that is broken at the end of a line.
        case soft
        /// Blanks, a line's end, a delimiter of names: what stands between the parts of one thing.
        case short
        /// What ends a sentence or a clause, or much of anything.
        case long

        static func < (left: Gap, right: Gap) -> Bool { left.rawValue < right.rawValue }
    }

    enum Script: UInt8, Sendable {
        case digit
        case latin
        /// Words bear endings: Cyrillic, Greek, Georgian, Armenian.
        case inflected
        /// Words bear beginnings: Hebrew, Arabic.
        case prefixed
        case han, kana, hangul
        /// Thai, Lao, Khmer, Burmese: no blanks between words.
        case unspaced
    }

    struct Unit: Sendable {
        var value: UInt32
        /// In the bytes of the text as UTF-8; units that one character folds to share them.
        var start: Int32
        var end: Int32
        var gap: Gap
        var script: Script
        var isUpper: Bool
    }

    private(set) var units: [Unit] = []
    /// The text as UTF-8.
    let bytes: [UInt8]

    init(_ text: String) {
        bytes = Array(text.utf8)
        units.reserveCapacity(bytes.count)
        var gap = GapReader()
        if bytes.allSatisfy({ $0 < 0x80 }) {
            var offset = 0
            while offset < bytes.count {
                let length = addASCII(bytes[offset], at: offset, &gap)
                TextSteps.add()
                offset += length
            }
            return
        }
        var offset = 0
        var next = 0
        var known: [Character: [(UInt32, Script)]] = [:]
        for character in text {
            let length = character.utf8.count
            TextSteps.add(length)
            // An entity is several characters: what is left of it has been read.
            if offset < next {
                offset += length
                continue
            }
            if length == 1 {
                next = offset + addASCII(bytes[offset], at: offset, &gap)
            } else {
                let folded = known[character] ?? Self.folded(character)
                if known.count < 4096 { known[character] = folded }
                add(folded, from: offset, to: offset + length, isUpper: Self.isUpper(character), character, &gap)
            }
            offset += length
        }
    }

    /// The units of a short text, without their places: what an identifier is looked for as.
    static func values(_ text: String) -> [UInt32] { FoldedText(text).units.map(\.value) }

    // MARK: Reading

    private mutating func addASCII(_ byte: UInt8, at offset: Int, _ gap: inout GapReader) -> Int {
        switch byte {
        case 0x30...0x39: append(UInt32(byte), .digit, offset, offset + 1, isUpper: false, &gap)
        case 0x41...0x5A: append(UInt32(byte | 0x20), .latin, offset, offset + 1, isUpper: true, &gap)
        case 0x61...0x7A: append(UInt32(byte), .latin, offset, offset + 1, isUpper: false, &gap)
        case UInt8(ascii: "&"):
            guard let entity = HTMLEntity(bytes, at: offset) else { break }
            let folded = Self.folded(entity.character)
            add(folded, from: offset, to: entity.end, isUpper: Self.isUpper(entity.character), entity.character, &gap)
            return entity.end - offset
        default: gap.add(byte, after: units)
        }
        return 1
    }

    private mutating func add(
        _ folded: [(UInt32, Script)], from start: Int, to end: Int, isUpper: Bool, _ character: Character,
        _ gap: inout GapReader
    ) {
        if folded.isEmpty {
            gap.add(character, after: units)
        }
        for (value, script) in folded { append(value, script, start, end, isUpper: isUpper, &gap) }
    }

    private mutating func append(
        _ value: UInt32, _ script: Script, _ start: Int, _ end: Int, isUpper: Bool, _ gap: inout GapReader
    ) {
        units.append(
            Unit(
                value: value, start: Int32(clamping: start), end: Int32(clamping: end), gap: gap.take(), script: script,
                isUpper: isUpper))
    }

    private static func isUpper(_ character: Character) -> Bool { character.isUppercase }

    /// Letters, marks and digits of a character, as they are compared; empty for all others.
    private static func folded(_ character: Character) -> [(UInt32, Script)] {
        DICOMEncoding.folded(String(character), letterCase: true, accents: true).unicodeScalars.compactMap { scalar in
            let value = LetterForms.plain(scalar.value)
            if value < 0x80 {
                switch value {
                case 0x30...0x39: return (value, .digit)
                case 0x61...0x7A: return (value, .latin)
                case 0x41...0x5A: return (value | 0x20, .latin)
                default: return nil
                }
            }
            if let digit = scalar.properties.numericType == .decimal ? scalar.properties.numericValue : nil {
                return (0x30 + UInt32(digit), .digit)
            }
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
                .spacingMark, .letterNumber:
                return (value, LetterForms.script(value))
            default: return nil
            }
        }
    }
}

/// Gathers what stands between two units.
private struct GapReader {
    private var blanks = 0
    private var softs = 0
    private var others = 0
    private var lines = 0
    private var isLong = false

    mutating func add(_ byte: UInt8, after units: [FoldedText.Unit]) {
        switch byte {
        case 0x20, 0x09, 0x0C: blanks += 1
        case 0x0A: lines += 1
        case 0x0D: break
        case UInt8(ascii: "-"), UInt8(ascii: "'"), UInt8(ascii: "`"): softs += 1
        case UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: "!"), UInt8(ascii: "?"), UInt8(ascii: "("),
            UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"),
            UInt8(ascii: "|"), UInt8(ascii: "\""):
            isLong = true
        case UInt8(ascii: "."):
            // Behind an initial or a title it ends no sentence.
            var length = 0
            while length < units.count, length <= 4 {
                length += 1
                TextSteps.add()
                if units[units.count - length].gap != .none { break }
            }
            if length > 4 { isLong = true } else { others += 1 }
        default: others += 1
        }
    }

    mutating func add(_ character: Character, after units: [FoldedText.Unit]) {
        switch character {
        case "\r\n": lines += 1
        case "‐", "‑", "’", "‘", "ʼ", "·", "・", "＝", "゠", "\u{AD}", "־", "׳", "״": softs += 1
        case "。", "；", "：", "！", "？", "（", "）": isLong = true
        case _ where character.isNewline: lines += 1
        case _ where character.isWhitespace: blanks += 1
        default: others += 1
        }
    }

    mutating func take() -> FoldedText.Gap {
        defer { self = GapReader() }
        if isLong || others + softs > 4 || lines > 1 { return .long }
        if others > 0 { return .short }
        // A hyphen at the end of a line breaks a word; one between blanks is a dash.
        if softs > 0 { return blanks == 0 || lines > 0 ? .soft : softs > 1 ? .long : .short }
        return blanks + lines > 0 ? .short : .none
    }
}
