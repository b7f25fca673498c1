import DICOMCore
import DICOMEncoding
import RuleLanguage
import TestSupport
import Testing

@testable import Deidentification

/// Random identities in random sentences: nothing of the one remains, and all of the other.
@Suite struct TextPropertyTests {
    private struct Script {
        var terms: [String]
        var family: [String]
        var given: [String]
        var words: [String]
    }

    private static let scripts = [
        Script(
            terms: ["ISO_IR 100"],
            family: ["Müller", "O'Brannigan", "García-Estrómboli", "Vandersloot", "Åkesson", "Größe"],
            given: ["Jürgen", "Siobhán", "Inés", "Maximiliane", "Renée", "Þórdís"],
            words: ["lesion", "gros", "stable", "régulier", "contrast", "año", "kidney", "thick"]),
        Script(
            terms: ["ISO_IR 101"], family: ["Zimmermannová", "Łukasiewicz", "Dvořák", "Kőszegi"],
            given: ["Ludmila", "Zdeněk", "Świętosław"],
            words: ["ledvina", "żebro", "prostata", "zlomenina", "nález"]),
        Script(
            terms: ["ISO_IR 144"], family: ["Вересаев", "Щедрин", "Толбухин"],
            given: ["Платон", "Ефросинья", "Георгий"],
            words: ["печень", "норма", "лёгкие", "образование", "почка"]),
        Script(
            terms: ["ISO_IR 126"], family: ["Παπαδόπουλος", "Οικονόμου"], given: ["Γιώργος", "Ελευθερία"],
            words: ["ήπαρ", "νεφρός", "φυσιολογικό", "πνεύμονας"]),
        Script(
            terms: ["ISO_IR 138"], family: ["אברמוביץ", "רבינוביץ"], given: ["שמואל", "אלישבע"],
            words: ["כבד", "תקין", "ריאות", "ממצא"]),
        Script(
            terms: ["ISO_IR 127"], family: ["الشريف", "القحطاني"], given: ["عبدالله", "فاطمة"],
            words: ["الكبد", "طبيعي", "الرئة"]),
        Script(
            terms: ["", "ISO 2022 IR 87"], family: ["山城", "長谷川", "Yamashiro"], given: ["健太郎", "由美子", "Kentarou"],
            words: ["肝臓", "正常", "liver", "所見"]),
        Script(
            terms: ["", "ISO 2022 IR 149"], family: ["황보", "남궁", "Hwangbo"], given: ["승민", "지혜", "Seungmin"],
            words: ["정상", "폐", "liver"]),
        Script(
            terms: ["GB18030"], family: ["文昭", "欧阳", "Wenzhao"], given: ["丽华", "建国", "Lihua"],
            words: ["肝脏", "正常", "kidney"]),
        Script(
            terms: ["", "ISO 2022 IR 58"], family: ["王小", "司马"], given: ["东海", "丽华"], words: ["肝", "正常", "scan"]),
        Script(terms: ["ISO_IR 166"], family: ["ใจดีมาก"], given: ["สมชาย"], words: ["ตับ", "ปกติ"]),
        Script(
            terms: ["ISO_IR 192"], family: ["Nguyễn", "Ólafsdóttir", "Şahin"], given: ["Thảo", "Ægir", "Çağrı"],
            words: ["gan", "bình", "lifur", "böbrek"]),
    ]

    private static let joints = [" ", ", ", "^", "  ", "\r\n", "_", ",", " ^"]

    @Test(arguments: 0..<12)
    func `nothing of a planted identity remains, and every other word`(number: Int) throws {
        let script = Self.scripts[number]
        let set = try SpecificCharacterSet(terms: script.terms)
        var random = SeededGenerator(seed: UInt64(number + 1))
        for _ in 0..<120 {
            let family = random.pick(script.family), given = random.pick(script.given)
            let id = "ID\(Int.random(in: 100_000...999_999, using: &random))X"
            let cleaner = TextFixture.cleaner([(.patientName, "\(family)^\(given)"), (.patientNumber, id)], words: [])
            let joint = random.pick(Self.joints)
            var planted =
                [[family, given], [given, family], [family], [given], [id]].randomElement(using: &random) ?? []
            switch Int.random(in: 0..<3, using: &random) {
            case 0: planted = planted.map { $0.uppercased() }
            case 1: planted = planted.map { $0.lowercased() }
            default: break
            }
            let before = script.words.shuffled(using: &random).prefix(2),
                after = script.words.shuffled(using: &random).prefix(2)
            let text =
                "\(before.joined(separator: " ")) \(planted.joined(separator: joint)) \(after.joined(separator: " "))"
            guard let bytes = try? set.encode([text], vr: .LT) else { continue }
            let outcome = cleaner.clean(bytes, vr: .LT, set: set, dates: .remove)
            guard case .changed(let new) = outcome else {
                Issue.record("\(text) → \(outcome)")
                continue
            }
            let left = try set.decode(new, vr: .LT)[0]
            let units = FoldedText(left.replacing(TextCleaner.mark, with: " ")).units.map(\.value)
            let expected = FoldedText((before + after).joined(separator: " ")).units.map(\.value)
            #expect(units == expected, "\(text) → \(left)")
            #expect(left == "\(before.joined(separator: " ")) [removed] \(after.joined(separator: " "))", "\(text)")
        }
    }

    @Test func `hostile texts take time by their length`() {
        let cleaner = TextFixture.cleaner([
            (.patientName, "Aaaaaaaa^Aaaa"), (.patientName, "Abababab^Ab"), (.patientNumber, "11111112"),
            (.address, "1 A St, 11111 Aaaaaaa"),
        ])
        for piece in [
            "a", "A. ", "ab", "1", "1-", "Dr. ", "by by ", "aaaa^", "(1) ", "@", "a@", "1.", "&#", "Mr A ", "\u{301}",
            "é", "-", "MRN ", "://",
        ] {
            let short = String(repeating: piece, count: 20_000 / piece.utf8.count)
            let long = String(repeating: piece, count: 160_000 / piece.utf8.count)
            let clock = ContinuousClock()
            let first = clock.measure { _ = cleaner.clean(short, dates: .remove, marks: true) }
            let second = clock.measure { _ = cleaner.clean(long, dates: .remove, marks: true) }
            // Eight times the text: sixty-four times the time would be its square. Generous, for a machine that is busy.
            #expect(second < first * 40 + .seconds(2), "\(piece): \(first), \(second)")
        }
    }

    @Test func `joining what instances say is a set's union, and too much is too much in any order`() {
        let one = TextFixture.identifiers([(.name, "A^B"), (.number, "12345")]),
            other = TextFixture.identifiers([(.name, "C^D")])
        var left = one, right = other
        left.formUnion(other)
        right.formUnion(one)
        #expect(left == right && left.digest == right.digest)
        left.formUnion(one)
        #expect(left == right)
        var many = PatientIdentifiers(), rest = PatientIdentifiers()
        for number in 0..<PatientIdentifiers.limit { many.insert(.number, "N\(number)") }
        rest.insert(.name, "X^Y")
        #expect(!many.isOverfull)
        var a = many, b = rest
        a.formUnion(rest)
        b.formUnion(many)
        #expect(a.isOverfull && a == b && a.digest == b.digest)
        b.formUnion(one)
        #expect(a == b)
    }
}
