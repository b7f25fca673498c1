import DICOMEncoding
import Testing

@Suite struct PersonNameTests {
    @Test func `groups and components are taken apart`() {
        let name = PersonName("Adams^John Robert Quincy^^Rev.^B.A. M.Div.=山田^太郎=やまだ^たろう")
        #expect(
            PersonName.Component.allCases.map { name[.alphabetic][$0] } == [
                "Adams", "John Robert Quincy", "", "Rev.", "B.A. M.Div.",
            ])
        #expect(name[.ideographic][.family] == "山田")
        #expect(name[.phonetic][.given] == "たろう")
        #expect(name[.phonetic][.suffix] == "")
    }

    @Test(arguments: [
        ("Adams^John^^^", "Adams^John"), ("Adams^John==", "Adams^John"), ("Adams^John^=^^=^", "Adams^John"),
        (" Adams ^ John ", "Adams^John"), ("=山田", "=山田"), ("", ""), ("^^^^", ""), ("==", ""), ("a^^b", "a^^b"),
        ("a^b^c^d^e^f^", "a^b^c^d^e^f"), ("a=b=c=d", "a=b=c=d"), (" ^ = ", ""),
    ])
    func `names compare without what may be left out`(text: String, canonical: String) {
        #expect(PersonName(text).canonical == canonical)
        #expect(PersonName(canonical).canonical == canonical)
    }

    @Test func `nothing is lost beyond the fifth component and the third group`() {
        #expect(PersonName("a^b^c^d^e^f^g")[.alphabetic][.suffix] == "e^f^g")
        #expect(PersonName("a=b=c=d")[.phonetic][.family] == "c=d")
    }

    @Test func `a delimiter before a combining mark is a delimiter`() {
        let name = PersonName("Adams^\u{301}John=\u{302}x")
        #expect(name[.alphabetic][.family] == "Adams")
        #expect(name[.ideographic][.family].unicodeScalars.elementsEqual("\u{302}x".unicodeScalars))
    }
}
