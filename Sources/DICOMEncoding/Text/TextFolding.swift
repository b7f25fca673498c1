import CTextTables

/// A text in the form in which texts are compared: composed (NFC), so that `é` and `e` with an accent are one; without
/// case (Unicode's full folding: `ß` is `ss`) and without accents where asked. Both sides of a comparison pass through
/// here, and so does what a pattern is held against. Characters that nobody sees (Unicode's default ignorable ones: soft
/// hyphens, joiners, directions, variation selectors, byte order marks) are left out, so that no name hides behind one.
///
/// Accents are the combining marks of general use and the points of Hebrew and Arabic; also strokes and the like in Latin
/// letters (`Łódź` is `Lodz`, `Søren` is `Soren`). Marks that make another letter of their base, as in Japanese kana and the
/// scripts of India, are no accents.
public func folded(_ text: String, letterCase: Bool, accents: Bool) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) {
        guard letterCase else { return text }
        return String(decoding: text.utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
    var scalars = UnicodeNormalization.decomposed(text.unicodeScalars.lazy.filter { !isInvisible($0) })
    if accents { scalars = withoutAccents(scalars) }
    if letterCase {
        // A folding may bring marks (`İ`, `ŉ`) and want decomposing again.
        scalars = UnicodeNormalization.decomposed(scalars.flatMap(caseFolded))
        if accents { scalars = withoutAccents(scalars) }
    }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: UnicodeNormalization.composed(scalars))
    return String(view)
}

private func caseFolded(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    let packed = text_case_folding(scalar.value)
    guard packed != 0 else { return [scalar] }
    return [0, 21, 42].compactMap { shift in
        let value = UInt32(truncatingIfNeeded: packed >> shift & 0x1F_FFFF)
        return value == 0 ? nil : Unicode.Scalar(value)
    }
}

private func withoutAccents(_ decomposed: [Unicode.Scalar]) -> [Unicode.Scalar] {
    decomposed.flatMap { scalar -> [Unicode.Scalar] in
        if isAccent(scalar) { return [] }
        guard scalar.value >= 0xC0, scalar.value < 0x250, let base = strokes[scalar] else { return [scalar] }
        return Array(base.unicodeScalars)
    }
}

/// Default_Ignorable_Code_Point of Unicode 14, unassigned ranges included.
private func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0xAD: false
    case 0xAD, 0x034F, 0x061C, 0x115F...0x1160, 0x17B4...0x17B5, 0x180B...0x180F, 0x200B...0x200F, 0x202A...0x202E: true
    case 0x2060...0x206F, 0x3164, 0xFE00...0xFE0F, 0xFEFF, 0xFFA0, 0xFFF0...0xFFF8, 0x1BCA0...0x1BCA3: true
    case 0x1D173...0x1D17A, 0xE0000...0xE0FFF: true
    default: false
    }
}

private func isAccent(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0300...0x036F, 0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x20D0...0x20FF, 0xFE20...0xFE2F: true
    case 0x0591...0x05BD, 0x05BF, 0x05C1...0x05C2, 0x05C4...0x05C5, 0x05C7: true
    case 0x0610...0x061A, 0x064B...0x065F, 0x0670, 0x06D6...0x06DC, 0x06DF...0x06E4, 0x06E7...0x06E8, 0x06EA...0x06ED:
        true
    default: false
    }
}

/// Latin letters that Unicode does not decompose, though people write them without when they must.
private let strokes: [Unicode.Scalar: String] = [
    "Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe", "Ø": "O", "ø": "o", "Đ": "D", "đ": "d", "Ð": "D", "ð": "d", "Ħ": "H",
    "ħ": "h", "ı": "i", "Ł": "L", "ł": "l", "Ŧ": "T", "ŧ": "t", "Þ": "TH", "þ": "th", "ŀ": "l", "Ŀ": "L", "ƀ": "b",
    "Ɓ": "B", "Ƈ": "C", "ƈ": "c", "Ɗ": "D", "Ɖ": "D", "Ə": "A", "Ɛ": "E", "Ƒ": "F", "ƒ": "f", "Ɠ": "G", "Ɨ": "I",
    "Ƙ": "K", "ƙ": "k", "ƚ": "l", "Ɲ": "N", "ƞ": "n", "Ɔ": "O", "Ƥ": "P", "ƥ": "p", "Ƭ": "T", "ƭ": "t", "Ʈ": "T",
    "Ʋ": "V", "Ƴ": "Y", "ƴ": "y", "Ƶ": "Z", "ƶ": "z", "Ǥ": "G", "ǥ": "g", "Ȥ": "Z", "ȥ": "z", "Ⱥ": "A", "Ȼ": "C",
    "ȼ": "c", "Ƚ": "L", "Ɇ": "E", "ɇ": "e", "Ɉ": "J", "ɉ": "j", "Ɍ": "R", "ɍ": "r", "Ɏ": "Y", "ɏ": "y", "Ƀ": "B",
]
