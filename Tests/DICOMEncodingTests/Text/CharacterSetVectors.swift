import DICOMEncoding
import Testing

/// Texts in many character sets with their bytes. The person names are the examples of PS3.5 Annexes H to K.
struct CharacterSetVector: Sendable, CustomTestStringConvertible {
    var terms: String
    var text: String
    /// Hexadecimal, with blanks.
    var hexadecimal: String
    var testDescription: String { terms }

    var bytes: [UInt8] { hexadecimal.split(separator: " ").compactMap { UInt8($0, radix: 16) } }

    func set() throws -> SpecificCharacterSet { try SpecificCharacterSet(bytes: Array(terms.utf8)) }

    static let all: [CharacterSetVector] = [
        // H.3.1
        CharacterSetVector(
            terms: "\\ISO 2022 IR 87", text: "Yamada^Tarou=山田^太郎=やまだ^たろう",
            hexadecimal: """
                59 61 6D 61 64 61 5E 54 61 72 6F 75 3D 1B 24 42 3B 33 45 44 1B 28 42 5E 1B 24 42 42 40 4F 3A 1B 28 42 \
                3D 1B 24 42 24 64 24 5E 24 40 1B 28 42 5E 1B 24 42 24 3F 24 6D 24 26 1B 28 42
                """),
        // H.3.2
        CharacterSetVector(
            terms: "ISO 2022 IR 13\\ISO 2022 IR 87", text: "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
            hexadecimal: """
                D4 CF C0 DE 5E C0 DB B3 3D 1B 24 42 3B 33 45 44 1B 28 4A 5E 1B 24 42 42 40 4F 3A 1B 28 4A 3D 1B 24 42 \
                24 64 24 5E 24 40 1B 28 4A 5E 1B 24 42 24 3F 24 6D 24 26 1B 28 4A
                """),
        // I.2
        CharacterSetVector(
            terms: "\\ISO 2022 IR 149", text: "Hong^Gildong=洪^吉洞=홍^길동",
            hexadecimal: """
                48 6F 6E 67 5E 47 69 6C 64 6F 6E 67 3D 1B 24 29 43 FB F3 5E 1B 24 29 43 D1 CE D4 D7 3D 1B 24 29 43 C8 \
                AB 5E 1B 24 29 43 B1 E6 B5 BF
                """),
        // J.1
        CharacterSetVector(
            terms: "ISO_IR 192", text: "Wang^XiaoDong=王^小東=",
            hexadecimal: "57 61 6E 67 5E 58 69 61 6F 44 6F 6E 67 3D E7 8E 8B 5E E5 B0 8F E6 9D B1 3D"),
        // J.3
        CharacterSetVector(
            terms: "GB18030", text: "Wang^XiaoDong=王^小东=",
            hexadecimal: "57 61 6E 67 5E 58 69 61 6F 44 6F 6E 67 3D CD F5 5E D0 A1 B6 AB 3D"),
        // K.2
        CharacterSetVector(
            terms: "\\ISO 2022 IR 58", text: "Zhang^XiaoDong=张^小东=",
            hexadecimal: """
                5A 68 61 6E 67 5E 58 69 61 6F 44 6F 6E 67 3D 1B 24 29 41 D5 C5 5E 1B 24 29 41 D0 A1 B6 AB 3D
                """),
        CharacterSetVector(
            terms: "GBK", text: "Zhang^XiaoDong=张^小东=",
            hexadecimal: "5A 68 61 6E 67 5E 58 69 61 6F 44 6F 6E 67 3D D5 C5 5E D0 A1 B6 AB 3D"),
        CharacterSetVector(terms: "ISO_IR 100", text: "Buc^Jérôme", hexadecimal: "42 75 63 5E 4A E9 72 F4 6D 65"),
        CharacterSetVector(
            terms: "ISO_IR 100", text: "Äneas^Rüdiger", hexadecimal: "C4 6E 65 61 73 5E 52 FC 64 69 67 65 72"),
        CharacterSetVector(terms: "ISO_IR 101", text: "Wałęsa", hexadecimal: "57 61 B3 EA 73 61"),
        CharacterSetVector(terms: "ISO_IR 109", text: "antaŭĝojo", hexadecimal: "61 6E 74 61 FD F8 6F 6A 6F"),
        CharacterSetVector(terms: "ISO_IR 110", text: "Šķēde", hexadecimal: "A9 F3 BA 64 65"),
        CharacterSetVector(terms: "ISO_IR 144", text: "Люкceмбypг", hexadecimal: "BB EE DA 63 65 DC D1 79 70 D3"),
        CharacterSetVector(terms: "ISO_IR 127", text: "قباني^لنزار", hexadecimal: "E2 C8 C7 E6 EA 5E E4 E6 D2 C7 D1"),
        CharacterSetVector(terms: "ISO_IR 126", text: "Διονυσιος", hexadecimal: "C4 E9 EF ED F5 F3 E9 EF F2"),
        CharacterSetVector(terms: "ISO_IR 138", text: "שרון^דבורה", hexadecimal: "F9 F8 E5 EF 5E E3 E1 E5 F8 E4"),
        CharacterSetVector(terms: "ISO_IR 148", text: "Çavuşoğlu", hexadecimal: "C7 61 76 75 FE 6F F0 6C 75"),
        CharacterSetVector(terms: "ISO_IR 203", text: "Œuvre 10 €", hexadecimal: "BC 75 76 72 65 20 31 30 20 A4"),
        CharacterSetVector(terms: "ISO_IR 166", text: "สมชาย", hexadecimal: "CA C1 AA D2 C2"),
        CharacterSetVector(terms: "ISO_IR 13", text: "ﾔﾏﾀﾞ^ﾀﾛｳ", hexadecimal: "D4 CF C0 DE 5E C0 DB B3"),
        CharacterSetVector(
            terms: "ISO 2022 IR 100\\ISO 2022 IR 144", text: "Müller Люк",
            hexadecimal: "4D FC 6C 6C 65 72 20 1B 2D 4C BB EE DA 1B 2D 41"),
        CharacterSetVector(
            terms: "\\ISO 2022 IR 87\\ISO 2022 IR 159", text: "丂山",
            hexadecimal: "1B 24 28 44 30 21 1B 24 42 3B 33 1B 28 42"),
        // A second byte that looks like a backslash, in two bytes and in a text of its own.
        CharacterSetVector(terms: "GBK", text: "誠=俓", hexadecimal: "D5 5C 3D 82 5C"),
        CharacterSetVector(terms: "GB18030", text: "誠😀ḿ", hexadecimal: "D5 5C 94 39 FC 36 A8 BC"),
    ]
}
