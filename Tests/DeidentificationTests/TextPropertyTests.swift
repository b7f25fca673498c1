import DICOMCore
import DICOMEncoding
import RuleLanguage
import TestSupport
import Testing

@testable import Deidentification

/// Random identities in random sentences: nothing of the one remains, and all of the other.
@Suite struct TextPropertyTests {
    private static let joints = [" ", ", ", "^", "  ", "\r\n", "_", ",", " ^"]

    @Test(arguments: PlantedScript.all.indices)
    func `nothing of a planted identity remains, and every other word`(number: Int) throws {
        let script = PlantedScript.all[number]
        let set = try SpecificCharacterSet(terms: script.terms)
        var random = SeededGenerator(seed: UInt64(number + 1))
        var skipped = 0
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
            guard let bytes = try? set.encode([text], vr: .LT) else {
                skipped += 1
                continue
            }
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
        // Capitals that the set does not have.
        #expect(skipped < 60)
    }

    #if DEBUG
        @Test func `hostile texts take steps by their length, not by its square`() {
            let cleaner = TextFixture.cleaner(
                [
                    (.patientName, "Aaaaaaaa^Aaaa"), (.patientName, "Abababab^Ab"), (.patientNumber, "11111112"),
                    (.address, "1 A St, 11111 Aaaaaaa"), (.name, "Head^Neck"),
                ])
            for piece in [
                "a", "A. ", "ab", "1", "1-", "Dr. ", "by by ", "aaaa^", "(1) ", "@", "a@", "1.", "&#", "Mr A ",
                "\u{301}",
                "é", "-", "MRN ", "://", "Abababab", "Head", "1 jan", "Mar 1 ", "1/1", "of 1 de ", "\n", ". ", "&amp",
            ] {
                func steps(_ count: Int) -> Int {
                    // What stands around it makes one long word, or much of one kind, the neighbour of others.
                    let text = String(repeating: piece, count: count / piece.utf8.count)
                    return TextSteps.count {
                        _ = cleaner.clean("Mr \(text) x y z", dates: .remove, marks: true)
                        _ = cleaner.clean(text, dates: .shift(DateOffset(days: -7)), marks: false)
                    }
                }
                let short = steps(4_000), long = steps(32_000)
                // Eight times the text: sixty-four times the steps would be its square.
                #expect(long <= short * 9, "\(piece): \(short), \(long)")
                #expect(short <= 4_000 * 300, "\(piece): \(short)")
                #expect(short >= 4_000, "nothing is counted: \(piece)")
            }
        }
    #endif

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
