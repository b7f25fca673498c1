/// Forms of one letter that folding of case and accents leaves apart: wide and narrow ones, the two kana, their voiced
/// forms; and of which script a letter is.
enum LetterForms {
    static func plain(_ value: UInt32) -> UInt32 {
        switch value {
        case 0xFF01...0xFF5E: return value - 0xFEE0
        case 0xFF66...0xFF9D: return unvoiced(halfWidthKana[Int(value - 0xFF66)])
        case 0x30A1...0x30F6: return unvoiced(value - 0x60)
        case 0x3041...0x3096: return unvoiced(value)
        case 0xFF70: return 0x30FC
        default: return value
        }
    }

    static func script(_ value: UInt32) -> FoldedText.Script {
        switch value {
        case 0x0370...0x058F, 0x10A0...0x10FF, 0x1F00...0x1FFF, 0x2DE0...0x2DFF, 0xA640...0xA69F: .inflected
        case 0x0590...0x08FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFF: .prefixed
        case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF, 0x3005...0x3007: .han
        case 0x3041...0x30FF, 0x31F0...0x31FF: .kana
        case 0xAC00...0xD7AF, 0x1100...0x11FF, 0x3130...0x318F: .hangul
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF: .unspaced
        default: .latin
        }
    }

    /// Hiragana of U+FF66 to U+FF9D, in order.
    private static let halfWidthKana: [UInt32] = "をぁぃぅぇぉゃゅょっーあいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわん"
        .unicodeScalars.map(\.value)

    private static let voiced: [UInt32: UInt32] = {
        let marked = "がぎぐげござじずぜぞだぢづでどばびぶべぼぱぴぷぺぽゔ", plain = "かきくけこさしすせそたちつてとはひふへほはひふへほう"
        return Dictionary(
            zip(marked.unicodeScalars.map(\.value), plain.unicodeScalars.map(\.value)),
            uniquingKeysWith: { first, _ in first })
    }()

    private static func unvoiced(_ value: UInt32) -> UInt32 { voiced[value] ?? value }
}
