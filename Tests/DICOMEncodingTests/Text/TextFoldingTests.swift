import DICOMEncoding
import TestSupport
import Testing

@Suite struct TextFoldingTests {
    @Test(arguments: [
        ("MÜLLER", "müller"), ("STRASSE", "straße"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("ИВАНОВ", "иванов"), ("İ", "i\u{307}"),
        ("ﬀ", "ff"), ("Ǆ", "ǆ"), ("ᾳ", "αι"), ("SMITH", "smith"),
    ])
    func `case does not count`(left: String, right: String) {
        #expect(scalars(left, letterCase: true) == scalars(right, letterCase: true))
        #expect(scalars(left) != scalars(right))
    }

    @Test(arguments: [
        ("Jérôme", "Jerome"), ("Łódź", "Lodz"), ("Søren", "Soren"), ("Đặng", "Dang"), ("Ǻse", "Ase"), ("שָׁלוֹם", "שלום"),
        ("مُحَمَّد", "محمد"), ("Ångström", "Angstrom"), ("Æther", "AEther"), ("Ioánnis", "Ioannis"),
    ])
    func `accents do not count`(left: String, right: String) {
        #expect(scalars(left, accents: true) == scalars(right))
        #expect(scalars(left) != scalars(right))
    }

    @Test func `both together`() {
        #expect(folded("ŁÓDŹ İ", letterCase: true, accents: true) == "lodz i")
        #expect(folded("ẞ", letterCase: true, accents: true) == "ss")
    }

    @Test func `marks that make another letter stay`() {
        #expect(scalars("がぎ", accents: true) == scalars("がぎ"))
        #expect(scalars("कि", accents: true) == scalars("कि"))
        #expect(scalars("ที่", accents: true) == scalars("ที่"))
    }

    @Test(arguments: [
        ("é", "e\u{301}"), ("ệ", "e\u{302}\u{323}"), ("ệ", "e\u{323}\u{302}"),
        ("한글", "\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF}"),
        ("Å", "\u{212B}"), ("が", "か\u{3099}"), ("ǭ", "o\u{304}\u{328}"),
    ])
    func `composed and decomposed forms are one`(left: String, right: String) {
        #expect(scalars(left) == scalars(right))
        #expect(scalars(left, letterCase: true) == scalars(right, letterCase: true))
    }

    @Test(arguments: ["\u{FEFF}Vip", "V\u{200B}ip", "Vi\u{AD}p", "\u{202E}Vip\u{202C}", "Vip\u{E0100}", "Vi\u{200D}p"])
    func `a name does not hide behind characters that nobody sees`(text: String) {
        #expect(scalars(text) == scalars("Vip"))
        #expect(scalars(text, letterCase: true, accents: true) == scalars("vip"))
        #expect(scalars("e\u{200D}\u{301}") == scalars("é"))
    }

    @Test func `folding twice changes nothing more`() {
        for start in stride(from: UInt32(0x20), to: 0x3000, by: 1) {
            guard let scalar = Unicode.Scalar(start) else { continue }
            for (letterCase, accents) in [(false, false), (true, false), (false, true), (true, true)] {
                let once = folded(String(scalar) + "\u{301}", letterCase: letterCase, accents: accents)
                let twice = folded(once, letterCase: letterCase, accents: accents)
                #expect(once.unicodeScalars.elementsEqual(twice.unicodeScalars), "U+\(String(start, radix: 16))")
            }
        }
    }

    @Test(.enabled(if: Fixtures.python != nil))
    func `normal forms and case folding agree with Python's for every character and for pairs with marks`() throws {
        let script = """
            import unicodedata, random
            random.seed(7)
            hidden = set(map(chr, [0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x3164,
                *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFE00, 0xFE10), 0xFEFF,
                0xFFA0, *range(0xFFF0, 0xFFF9), *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B)]))
            marks = [chr(c) for c in range(0x300, 0x360) if c != 0x34F] + ['\\u0323', '\\u3099', '\\u0591', '\\u1161', '\\u11a8']
            for c in list(range(0x20, 0xD800)) + list(range(0xE000, 0x20000)):
                if chr(c) in hidden: continue
                text = chr(c) + ''.join(random.choice(marks) for _ in range(c % 3))
                fold = unicodedata.normalize('NFC', unicodedata.normalize('NFD', text).casefold())
                print('\\t'.join(s.encode().hex() for s in (text, unicodedata.normalize('NFC', text), fold)))
            """
        let rows = try Python.rows(script)
        #expect(rows.count > 120_000)
        for row in rows where row.count == 3 {
            let text = Python.text(row[0])
            if Python.hexadecimal(folded(text, letterCase: false, accents: false)) != row[1]
                || Python.hexadecimal(folded(text, letterCase: true, accents: false)) != row[2]
            {
                Issue.record("\(row)")
            }
        }
    }

    private func scalars(_ text: String, letterCase: Bool = false, accents: Bool = false) -> [UInt32] {
        folded(text, letterCase: letterCase, accents: accents).unicodeScalars.map(\.value)
    }
}
