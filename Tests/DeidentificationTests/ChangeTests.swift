import DICOMCore
import DICOMFile
import RuleLanguage
import TestSupport
import Testing

import struct DICOMCore.Tag

@testable import Deidentification

@Suite struct ChangeTests {
    private let name = Tag(0x0008, 0x1010)

    /// What comes out of one value under an action; nil when it is gone.
    private func made(
        _ action: ProfileAction, _ tag: Tag, _ vr: VR, _ text: String, lists: [ValueList] = []
    ) throws -> [String]? {
        try output(action, tag, vr, text, lists: lists)?.values(tag)
    }

    private func output(
        _ action: ProfileAction, _ tag: Tag, _ vr: VR, _ text: String, lists: [ValueList] = []
    ) throws -> Output? {
        let profile = Profile.of([(.tag(tag), action)], anything: .keep)
        return try deidentifier(profile, lists).output(
            DataSetBuilder.instance().text(tag, vr, text).file(.explicitLittleEndian))
    }

    private func deidentifier(_ profile: Profile, _ lists: [ValueList]) -> Deidentifier {
        var rules = noRules
        rules.lists = Dictionary(uniqueKeysWithValues: lists.map { ($0.id, $0) })
        return Deidentifier(ruleSet: rules, profile: profile, key: keyOfSevens)
    }

    // MARK: Precision

    @Test(arguments: [
        (ProfileAction.DatePrecision.year, VR.DA, "19381206", ["19380101"]), (.month, .DA, "19381206", ["19381201"]),
        (.year, .DA, "1938.12.06", ["19380101"]), (.year, .DA, "1938", ["19380101"]),
        (.month, .DA, "193812", ["19381201"]),
        (.year, .DT, "19381206101112.5+0100", ["19380101"]), (.month, .DT, "19381206", ["19381201"]),
        (.month, .DT, "1938", ["1938"]), (.year, .DT, "1938+0100", ["1938"]), (.month, .DT, "193812-0100", ["193812"]),
        (.year, .DT, "193812", ["19380101"]),
    ])
    func `what is finer than the precision becomes its first`(
        precision: ProfileAction.DatePrecision, vr: VR, text: String, expected: [String]
    ) throws {
        let tag = vr == .DA ? Tag(0x0008, 0x0020) : Tag(0x0008, 0x002A)
        #expect(try made(.truncateDate(precision), tag, vr, text) == expected)
    }

    @Test func `a time is finer than any precision, and an impossible date has none`() throws {
        #expect(try made(.truncateDate(.month), Tag(0x0008, 0x0030), .TM, "1011") == [])
        #expect(try made(.truncateDate(.year), Tag(0x0008, 0x0020), .DA, "19380231") == [])
        #expect(try made(.truncateDate(.year), Tag(0x0008, 0x002A), .DT, "soon") == nil)
    }

    // MARK: Ages

    @Test(arguments: [
        ("089Y", ["089Y"]), ("090Y", ["090Y"]), ("091Y", ["090Y"]), ("104Y", ["090Y"]), ("999Y", ["090Y"]),
        ("018M", ["018M"]),
        ("999M", ["999M"]), ("999W", ["999W"]), ("030D", ["030D"]), ("000Y", ["000Y"]),
    ])
    func `an age above the cap becomes one year more than it`(text: String, expected: [String]) throws {
        #expect(try made(.capAge(years: 89), Tag(0x0010, 0x1010), .AS, text) == expected)
    }

    @Test func `ages in months and weeks are capped by completed years`() throws {
        let tag = Tag(0x0010, 0x1010)
        for (text, expected) in [
            ("047M", "047M"), ("048M", "004Y"), ("208W", "208W"), ("209W", "004Y"), ("004Y", "004Y"),
        ] {
            #expect(try made(.capAge(years: 3), tag, .AS, text) == [expected])
        }
    }

    @Test(arguments: ["95", "93 years", "95Y", "0095Y", "095y", "Y095", "095 Y", "-95Y"])
    func `what is no age does not stay`(text: String) throws {
        // Patient's Age is of Type 3.
        #expect(try made(.capAge(years: 89), Tag(0x0010, 0x1010), .AS, text) == nil)
    }

    // MARK: Hashes

    @Test func `a hash is the same for the same text, is keyed, and fits its VR`() throws {
        let accession = Tag(0x0008, 0x0050)
        let one = try #require(try made(.hash(digits: 64), accession, .SH, "A-1")?.first)
        #expect(one.utf8.count == 16 && one == KnownAnswers.hash)
        #expect(try made(.hash(digits: 8), Tag(0x0008, 0x0090), .PN, "A-1") == [String(one.prefix(8))])
        #expect(try made(.hash(digits: 16), accession, .SH, " A-1 ") == [one])
        #expect(try made(.hash(digits: 16), Tag(0x0018, 0x0015), .CS, "A-1") == [one.uppercased()])
        #expect(try made(.hash(digits: 64), Tag(0x0008, 0x1030), .LO, "A-1")?.first?.utf8.count == 64)
        let several = try #require(try made(.hash(digits: 8), Tag(0x0010, 0x1000), .LO, "A-1\\\\B"))
        #expect(several.count == 3 && several[0] == one.prefix(8) && several[1].isEmpty)
        let other = KeyedIdentifiers(DeidentificationKey(secret: [UInt8](repeating: 8, count: 32)))
        #expect(other.hash(of: "A-1", digits: 16) != one)
    }

    @Test func `numbers, UIDs and bytes have no hash and go`() throws {
        #expect(try made(.hash(digits: 8), Tag(0x0020, 0x0011), .IS, "12") == [])
        #expect(try made(.hash(digits: 8), Tag(0x0020, 0x000E), .UI, "1.2.3") != ["1.2.3"])
        let output = try #require(try output(.hash(digits: 8), Tag(0x0008, 0x1030), .LO, ""))
        #expect(try output.values(Tag(0x0008, 0x1030)) == [])
    }

    // MARK: Lists

    private func list(_ rows: [[String]: String], keys: [String] = ["Name"]) -> ValueList {
        ValueList(id: "names", keys: keys, valueColumn: "Value", rows: rows, location: place)
    }

    @Test func `a list says what a value becomes, and the profile what becomes of others`() throws {
        let lists = [list([["CT1"]: "SCANNER A", ["CT2"]: "B"])]
        let action = ProfileAction.lookup(list: "names", otherwise: .remove)
        #expect(try made(action, name, .SH, "CT1 ", lists: lists) == ["SCANNER A"])
        #expect(try made(action, name, .SH, "ct1", lists: lists) == nil)
        #expect(try made(action, Tag(0x0008, 0x1070), .PN, "CT1\\CT2", lists: lists) == ["SCANNER A", "B"])
        #expect(try made(action, Tag(0x0008, 0x1070), .PN, "CT1\\CT3", lists: lists) == nil)
        #expect(
            try made(.lookup(list: "names", otherwise: .hash(digits: 4)), name, .SH, "CT9", lists: lists)?.first?.count
                == 4)
    }

    @Test func `what a list says must be a value of the element and of its character set`() throws {
        let action = ProfileAction.lookup(list: "names", otherwise: .remove)
        for value in ["SEVENTEEN LETTERS", "Zürich", "東京"] {
            #expect(try output(action, name, .SH, "CT1", lists: [list([["CT1"]: value])]) == nil, "\(value)")
        }
        let latin = DataSetBuilder().text(.specificCharacterSet, .CS, "ISO_IR 100")
            .text(.sopClassUID, .UI, DataSetBuilder.ct).text(.sopInstanceUID, .UI, "1.2.3").text(name, .SH, "CT1")
        let profile = Profile.of([(.tag(name), action)], anything: .keep)
        let output = try #require(
            try deidentifier(profile, [list([["CT1"]: "Zürich"])]).output(latin.file(.explicitLittleEndian)))
        #expect(try output.values(name) == ["Zürich"])
        #expect(try made(action, Tag(0x0008, 0x0060), .CS, "CT", lists: [list([["CT"]: "low"])]) == nil)
    }

    @Test func `a list that is not there makes nothing safe`() throws {
        let profile = Profile.of([(.tag(name), .lookup(list: "gone", otherwise: .keep))])
        #expect(
            try Deidentifier(profile).reason(DataSetBuilder.instance().file(.explicitLittleEndian))?.contains("`gone`")
                == true)
    }

    // MARK: Pseudonyms

    private func pseudonym(_ form: PseudonymForm, _ id: String, lists: [ValueList] = []) throws -> String? {
        let profile = Profile.of([(.tag(.patientID), .pseudonym), (.vr(.PN), .pseudonym)], anything: .keep)
            .with { $0.pseudonyms = form }
        let file = DataSetBuilder.instance().text(.patientName, .PN, "Doe^Jane").text(.patientID, .LO, id)
        guard let output = try deidentifier(profile, lists).output(file.file(.explicitLittleEndian)) else { return nil }
        #expect(try output.values(.patientName) == output.values(.patientID))
        #expect(try [output.said.patientID] == output.values(.patientID))
        return output.said.patientID
    }

    @Test func `a pseudonym has its prefix, its alphabet and its length`() throws {
        for length in [8, 12, 20, 21, 40] {
            let digits = try #require(
                try pseudonym(PseudonymForm(prefix: "STUDY-", alphabet: .digits, length: length, list: nil), "123456"))
            #expect(digits.wholeMatch(of: /STUDY-[0-9]+/) != nil && digits.count == length + 6)
        }
        let usual = try pseudonym(PseudonymForm(prefix: "", alphabet: .consonants, length: 12, list: nil), "123456")
        #expect(usual == KnownAnswers.pseudonym)
    }

    @Test func `pseudonyms that are too short, or that no identifier can be, are refused`() {
        for (form, isSound) in [
            (PseudonymForm(prefix: "", alphabet: .digits, length: 7, list: nil), false),
            (PseudonymForm(prefix: "", alphabet: .digits, length: 8, list: nil), true),
            (PseudonymForm(prefix: "", alphabet: .consonants, length: 5, list: nil), false),
            (PseudonymForm(prefix: "", alphabet: .consonants, length: 41, list: nil), false),
            (PseudonymForm(prefix: "a^b", alphabet: .digits, length: 8, list: nil), false),
            (PseudonymForm(prefix: "Zürich", alphabet: .digits, length: 8, list: nil), false),
            (PseudonymForm(prefix: String(repeating: "A", count: 60), alphabet: .digits, length: 8, list: nil), false),
            (PseudonymForm(prefix: "", alphabet: .digits, length: 8, list: "gone"), false),
        ] {
            #expect((PseudonymSource.fault(in: form, lists: [:]) == nil) == isSound, "\(form)")
        }
    }

    @Test func `a list says pseudonyms, and who is not on it is sequestered`() throws {
        let form = PseudonymForm(prefix: "", alphabet: .digits, length: 8, list: "names")
        let rows = [["123", ""]: "S-001", ["456", "A"]: "S-002", ["789", ""]: "Jürg", ["790", ""]: "a b"]
        let lists = [list(rows, keys: ["PatientID", "IssuerOfPatientID"])]
        #expect(try pseudonym(form, "123", lists: lists) == "S-001")
        for other in ["124", "456", "789", "790", ""] {
            #expect(try pseudonym(form, other, lists: lists) == nil, "\(other)")
        }
    }
}
