import DICOMCore
import Testing

@testable import Deidentification

@Suite struct KeyedIdentifiersTests {
    let first = KeyedIdentifiers(DeidentificationKey(secret: [UInt8](repeating: 7, count: 32)))
    let second = KeyedIdentifiers(DeidentificationKey(secret: [UInt8](repeating: 8, count: 32)))

    private func mapped(_ text: String, _ identifiers: KeyedIdentifiers? = nil) -> String {
        let bytes = Array(text.utf8)
        return String(decoding: (identifiers ?? first).uids(for: bytes) ?? bytes, as: UTF8.self)
    }

    @Test func `a new UID is a valid UUID of version 8 under its root`() throws {
        for number in 0..<500 {
            let uid = first.uid(for: "1.2.3.\(number)".utf8)
            #expect(UID.isValid(uid) && uid.utf8.count <= 44)
            let value = try #require(UInt128(uid.dropFirst(5)))
            #expect(value >> 76 & 0xF == 8)
            #expect(value >> 62 & 3 == 2)
        }
    }

    @Test func `the same UID is the same in every padding and in every run`() {
        let plain = mapped("1.2.3.4")
        for padded in ["1.2.3.4\0", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4\0\0"] { #expect(mapped(padded) == plain) }
        #expect(plain == KnownAnswers.uid)
    }

    @Test func `other UIDs, other keys, other answers`() {
        let uids = (0..<2000).map { mapped("1.2.3.\($0)") }
        #expect(Set(uids).count == uids.count)
        #expect((0..<2000).allSatisfy { mapped("1.2.3.\($0)", second) != uids[$0] })
    }

    @Test func `each of several values is mapped, and registered ones stay`() {
        #expect(mapped("1.2.3\\1.2.4") == mapped("1.2.3") + "\\" + mapped("1.2.4"))
        #expect(mapped("1.2.840.10008.1.2.1\\1.2.3") == "1.2.840.10008.1.2.1\\" + mapped("1.2.3"))
        #expect(mapped("1.2.840.10008.5.1.4.1.1.2\0") == "1.2.840.10008.5.1.4.1.1.2\0")
        #expect(mapped("") == "" && mapped("1.2.3\\") == mapped("1.2.3") + "\\")
    }

    @Test(arguments: [
        "DOE^JANE", "1.2.840.10008.19700101.12345", "1.2.840.10008.1.2\0DOE", "01.2", "1..2", "é", "1.2.3 DOE",
    ])
    func `what is no UID, or only begins like a registered one, has a new one`(text: String) {
        let new = mapped(text)
        #expect(UID.isValid(new) && new.hasPrefix("2.25."))
    }

    @Test func `a pseudonym is twelve signs of which no word is made`() {
        let one = first.pseudonym(for: .patient(id: "123456", issuer: ""))
        #expect(one == KnownAnswers.pseudonym)
        for number in 0..<2000 {
            let text = first.pseudonym(for: .patient(id: "\(number)", issuer: "A"))
            #expect(text.utf8.count == 12)
            #expect(text.utf8.allSatisfy { "0123456789BCDFGHJKMNPQRSTVWXYZ".utf8.contains($0) })
        }
    }

    @Test func `patients are told apart by ID and issuer, and by nothing that can be shifted between them`() {
        let people: [KeyedIdentifiers.Person] = [
            .patient(id: "A", issuer: ""), .patient(id: "", issuer: "A"), .patient(id: "A", issuer: "B"),
            .patient(id: "AB", issuer: ""), .study("A"), .instance("A"), .unreadable([0x41]),
        ]
        #expect(Set(people.map { first.pseudonym(for: $0) }).count == people.count)
        #expect(Set(people.map { first.pseudonym(for: $0) }).isDisjoint(with: people.map { second.pseudonym(for: $0) }))
    }

    @Test func `without the key no number of six digits can be found by trying`() {
        let secret = first.pseudonym(for: .patient(id: "004711", issuer: ""))
        let guess = KeyedIdentifiers(DeidentificationKey(secret: [UInt8](repeating: 0, count: 32)))
        #expect(
            !(0..<20_000).contains {
                guess.pseudonym(for: .patient(id: "\(1_000_000 + $0)".dropFirst().description, issuer: "")) == secret
            })
    }
}
