/// Warns of characters that look like others or cannot be seen: a rule with a Cyrillic `а` in it never fires, and text
/// that turns its direction can hide what a rule says.
struct LookAlikeCheck {
    let log: FindingLog

    func check(_ element: XMLElement) {
        for attribute in element.attributes where attribute.namespace == nil {
            let isProse = attribute.name == "title" || attribute.name == "meaning"
            check(attribute.value, at: attribute.place, isProse: isProse)
        }
        if element.children.isEmpty {
            check(element.text, at: element.textPlace, isProse: element.name == "description")
        }
        for child in element.children { check(child) }
    }

    private func check(_ text: String, at place: Place, isProse: Bool) {
        guard text.utf8.contains(where: { $0 >= 0x80 }) else { return }
        if let scalar = text.unicodeScalars.first(where: Self.isInvisible) {
            log.warning(
                .invisibleCharacter, "U+\(String(scalar.value, radix: 16, uppercase: true)) cannot be seen", at: place,
                hint: "remove it, or write it as a reference so that it shows")
        }
        guard !isProse else { return }
        for word in text.split(whereSeparator: { !$0.isLetter }) {
            let scripts = Set(word.unicodeScalars.compactMap(Self.script))
            guard scripts.count > 1 else { continue }
            log.warning(
                .lookAlike, "`\(word)` mixes \(scripts.sorted().joined(separator: " and ")) letters, which look alike",
                at: place, hint: "type the word again")
            return
        }
    }

    /// Controls of direction, joiners and spaces without width. The joiners are letters' business in Arabic and Indic
    /// scripts, and are let through there.
    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0x202A...0x202E, 0x2060...0x2064, 0x2066...0x2069, 0xFEFF:
            true
        default: false
        }
    }

    /// Scripts whose letters are taken for one another.
    private static func script(_ scalar: Unicode.Scalar) -> String? {
        switch scalar.value {
        case 0x41...0x5A, 0x61...0x7A, 0xC0...0x24F, 0x1E00...0x1EFF: "Latin"
        case 0x370...0x3FF, 0x1F00...0x1FFF: "Greek"
        case 0x400...0x52F, 0x1C80...0x1C8F, 0x2DE0...0x2DFF, 0xA640...0xA69F: "Cyrillic"
        case 0x530...0x58F: "Armenian"
        case 0x13A0...0x13FF, 0xAB70...0xABBF: "Cherokee"
        case 0xFF21...0xFF3A, 0xFF41...0xFF5A: "full-width"
        default: nil
        }
    }
}
