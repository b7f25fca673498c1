import DICOMCore
import DICOMEncoding
import DICOMFile
import RuleLanguage
import TestSupport
import Testing

import struct DICOMCore.Tag

@testable import Deidentification

extension Profile {
    /// Sets the settings in place.
    func with(_ change: (inout ProfileSettings) -> Void) -> Profile {
        var profile = self
        change(&profile.settings)
        return profile
    }

    /// All dates and times move, by 1 to 100 weeks into the past; the rest stays.
    static let shifting = Profile.of(
        [
            (.vr(.DA), .shiftDate), (.vr(.DT), .shiftDate), (.vr(.TM), .shiftDate), (.tag(.patientID), .pseudonym),
            (.privateGroups, .shiftDate),
        ], anything: .keep
    ).with { $0.dateShift = DateShift(unit: .weeks, range: -100 ... -1) }
}

@Suite struct DateTests {
    private let studyDate = Tag(0x0008, 0x0020)
    private let acquisition = Tag(0x0008, 0x002A)
    private let studyTime = Tag(0x0008, 0x0030)
    private let deidentifier = Deidentifier(.shifting)

    private func date(_ text: String) throws -> DICOMDate { try DICOMDate(text) }

    /// What comes out for a value, with an offset.
    private func shifted(_ text: String, _ days: Int, isDateTime: Bool = false) -> String? {
        let offset = DateOffset(days: days)
        switch isDateTime ? offset.shifted(dateTime: text) : offset.shifted(date: text) {
        case .value(let text), .noted(let text, _): return text
        case .none: return nil
        }
    }

    // MARK: Values

    @Test(arguments: [
        ("20240228", 1, "20240229"), ("20240228", 2, "20240301"), ("20230228", 1, "20230301"),
        ("19000228", 1, "19000301"),
        ("20000228", 1, "20000229"), ("20240101", -1, "20231231"), ("1993.04.22", 30, "19930522"),
        ("99991231", -1, "99991230"),
        ("00010102", -1, "00010101"), ("2014", -30, "2013"), ("201401", 40, "201402"), ("201401", -1, "201312"),
    ])
    func `a date moves by days of the calendar`(text: String, days: Int, expected: String) {
        #expect(shifted(text, days) == expected)
    }

    @Test(arguments: [
        ("20240228235959.999999+0100", 1, "20240229235959.999999+0100"), ("2024022810", 1, "2024022910"),
        ("202402281011", 1, "202402291011"), ("20240228-0500", 2, "20240301-0500"), ("2014+0000", -1, "2013+0000"),
        ("201401-1200", -1, "201312-1200"), ("20240228101112.1", 1, "20240229101112.1"),
        ("20240228101160", 1, "20240229101160"),
    ])
    func `a date and time keeps precision, fraction and zone`(text: String, days: Int, expected: String) {
        #expect(shifted(text, days, isDateTime: true) == expected)
    }

    @Test(arguments: [
        "19990231", "00000000", "20141301", "2014010", "20140101-20140201", "yesterday", "0000", "00000101", "201413",
        "19000229", "2014-01-01", "99991231", "9999", "２０１４０１０１", "20140101101112", "+0100", "-20140101", "20140101\0x",
    ])
    func `what is no date, or leaves the calendar, has no moved one`(text: String) {
        #expect(shifted(text, 400) == nil)
    }

    @Test(arguments: [
        "20140101-0000", "20140101240000", "201401011060", "20140101101112.", "20140101101112+2500", "201",
    ])
    func `what is no date and time has no moved one`(text: String) {
        #expect(shifted(text, 400, isDateTime: true) == nil)
    }

    @Test func `a year or month that would come out as it went in goes`() {
        #expect(shifted("2014", 100) == nil)
        #expect(shifted("201401", 20) == nil)
        #expect(shifted("2014", 100, isDateTime: true) == nil)
    }

    @Test func `intervals between any two dates of the calendar stay`() throws {
        var generator = SeededGenerator(seed: 21)
        let first = try date("00010101").dayNumber, last = try date("99991231").dayNumber
        for _ in 0..<20_000 {
            let days = generator.below(20_000) - 10_000
            let one = try #require(DICOMDate(dayNumber: first + generator.below(last - first)))
            let other = try #require(DICOMDate(dayNumber: first + generator.below(last - first)))
            guard let newOne = shifted(one.description, days), let newOther = shifted(other.description, days) else {
                let inside = [one, other].allSatisfy { (first...last).contains($0.dayNumber + days) }
                #expect(!inside, "\(one) \(other) \(days)")
                continue
            }
            #expect(
                try date(newOne).dayNumber - date(newOther).dayNumber == one.dayNumber - other.dayNumber,
                "\(one) \(other) \(days)")
            #expect(try date(newOne).dayNumber - one.dayNumber == days)
        }
    }

    @Test func `days around leap days, centuries and the ends of years follow one another`() throws {
        for year in [1, 4, 100, 400, 1582, 1899, 1900, 1999, 2000, 2023, 2024, 2100, 9998] {
            var day = try #require(DICOMDate(year: year, month: 1, day: 1))
            for _ in 0..<366 {
                let next = try #require(DateOffset(days: 1).shifted(day))
                #expect(next > day && DateOffset(days: -1).shifted(next) == day)
                day = next
            }
        }
    }

    // MARK: In data sets

    private func instance(_ id: String = "P1") -> DataSetBuilder {
        DataSetBuilder.instance()
            .text(studyDate, .DA, "20240229").text(acquisition, .DT, "20240301101112.5+0100")
            .text(studyTime, .TM, "10:11:12").text(.patientID, .LO, id)
    }

    private func offset(_ output: Output, from original: String = "20240229") throws -> Int {
        let new = try #require(try output.values(studyDate)?.first)
        return try date(new).dayNumber - date(original).dayNumber
    }

    @Test func `all dates of a patient move by one offset, which is his in every file`() throws {
        let first = try #require(try deidentifier.output(instance().file(.explicitLittleEndian)))
        let days = try offset(first)
        #expect(days < 0 && days >= -700 && days % 7 == 0)
        let moved = try #require(DateOffset(days: days).shifted(try date("20240301")))
        #expect(try first.values(acquisition) == ["\(moved)101112.5+0100"])
        #expect(try first.values(studyTime) == ["101112"])
        let second = try #require(
            try deidentifier.output(instance().text(.studyInstanceUID, .UI, "1.9").file(.implicitLittleEndian)))
        #expect(try offset(second) == days)
        let people = (0..<40).compactMap { try? deidentifier.output(instance("X\($0)").file(.explicitLittleEndian)) }
        #expect(Set(people.compactMap { try? offset($0) }).count > 20)
    }

    @Test func `each of several values moves; an impossible one among them is emptied, and the record says so`() throws
    {
        let tag = Tag(0x0018, 0x1200)
        let file = DataSetBuilder.instance().text(.patientID, .LO, "P1").text(studyDate, .DA, "20240229")
            .text(tag, .DA, "20240301\\19990231\\ 20240302").file(.explicitLittleEndian)
        let output = try #require(try deidentifier.output(file))
        let days = DateOffset(days: try offset(output))
        let expected = try [date("20240301"), date("20240302")].map { days.shifted($0)?.description ?? "" }
        #expect(try output.values(tag) == [expected[0], "", expected[1]])
        #expect(output.said.notes.contains { $0.hasPrefix("(0018,1200)") && $0.contains("empty") })
        #expect(!output.bytes.contains("19990231"))
    }

    @Test func `an impossible date goes as its Type allows, never as it came`() throws {
        // Study Date is of Type 2 in a CT image, Content Date of a structured report's module of Type 1.
        let bad = "19990231"
        let ct = try #require(
            try deidentifier.output(
                DataSetBuilder.instance().text(studyDate, .DA, bad).text(Tag(0x0010, 0x21D0), .DA, bad)
                    .text(studyTime, .TM, "25").file(.explicitLittleEndian)))
        #expect(!ct.bytes.contains(bad))
        #expect(try ct.values(studyDate) == [] && ct.values(Tag(0x0010, 0x21D0)) == nil && ct.values(studyTime) == [])
        #expect(ct.said.notes.count == 3)
        #expect(ct.said.notes.allSatisfy { !$0.contains("1999") })
        let state = try #require(
            try deidentifier.output(
                DataSetBuilder.instance("1.2.840.10008.5.1.4.1.1.11.1").text(Tag(0x0070, 0x0082), .DA, bad).file(
                    .explicitLittleEndian)))
        #expect(try state.values(Tag(0x0070, 0x0082)) == ["19000101"])
    }

    @Test func `dates in items at any depth, in UN and in private elements move`() throws {
        let inner = DataSetBuilder().text(Tag(0x0040, 0xA121), .DA, "20240229")
            .text(Tag(0x0040, 0xA120), .DT, "2024022910").text(Tag(0x0040, 0xA122), .TM, "10")
        let file = DataSetBuilder.instance().text(studyDate, .UN, "20240229").text(.patientID, .LO, "P1")
            .privateBlock(
                group: 0x0029, block: 0x10, creator: "NOBODY",
                [
                    (0x01, .DA, "20240229"), (0x02, .LO, "2024-02-29"), (0x03, .UN, "20240229101112.5"),
                    (0x04, .LO, "03/04/2024"),
                    (0x05, .LO, "word"), (0x06, .UN, "29.02.2024\\20240229"),
                ]
            )
            .sequence(Tag(0x0040, 0x0275), [DataSetBuilder().sequence(Tag(0x0040, 0x0008), [inner])])
            .file(.explicitLittleEndian)
        let output = try #require(try deidentifier.output(file))
        let days = try offset(output)
        let moved = try #require(DateOffset(days: days).shifted(try date("20240229"))).description
        let deep: [PathPattern.Step] = [.anyDepth]
        func found(_ tag: Tag) throws -> [String]? {
            try output.file.nodes(matching: PathPattern(steps: deep, element: .standard(tag))).first.map {
                try output.file.values(of: $0)
            }
        }
        #expect(try found(Tag(0x0040, 0xA121)) == [moved])
        #expect(try found(Tag(0x0040, 0xA120)) == [moved + "10"])
        #expect(try found(Tag(0x0040, 0xA122)) == ["10"])
        let y = moved.prefix(4), m = moved.dropFirst(4).prefix(2), d = moved.suffix(2)
        for (element, text) in [
            (1, moved), (2, "\(y)-\(m)-\(d)"), (3, moved + "101112.5"), (6, "\(d).\(m).\(y)\\\(moved)"),
        ] {
            let node = try #require(output.file.dataSet.child(Tag(0x0029, 0x1000 + UInt16(element))))
            #expect(trimmed(try output.file.bytes(of: node)[...]).elementsEqual(text.utf8), "\(element)")
        }
        for element in [4, 5] as [UInt16] { #expect(output.file.dataSet.child(Tag(0x0029, 0x1000 + element)) == nil) }
        for old in ["20240229", "2024-02-29", "29.02.2024"] { #expect(!output.bytes.contains(old)) }
    }

    @Test func `dates in an item that names another patient move by that one's offset`() throws {
        let other = DataSetBuilder().text(Tag(0x0010, 0x0020), .LO, "P2")
            .sequence(Tag(0x0040, 0x0275), [DataSetBuilder().text(Tag(0x0040, 0x0002), .DA, "20240229")])
        let own = DataSetBuilder().text(Tag(0x0010, 0x0020), .LO, "P1").text(Tag(0x0040, 0x0002), .DA, "20240229")
        let file = instance().sequence(Tag(0x0008, 0x1120), [other, own]).file(.explicitLittleEndian)
        let output = try #require(try deidentifier.output(file))
        let alone = try #require(try deidentifier.output(instance("P2").file(.explicitLittleEndian)))
        #expect(try offset(output) != offset(alone))
        let dates = try output.file.nodes(
            matching: PathPattern(steps: [.anyDepth], element: .standard(Tag(0x0040, 0x0002)))
        ).map { try output.file.values(of: $0)[0] }
        #expect(try dates == [alone.values(studyDate)?[0] ?? "", output.values(studyDate)?[0] ?? ""])
    }

    @Test func `a date that the IOD asks for in an item of dummies is a moved one`() throws {
        // Contributing Equipment Sequence is of Type 3, so that a statement asks for the dummy; Purpose of Reference Code
        // Sequence and Manufacturer are of Type 1 in it. Presentation Creation Date is of Type 1.
        let verifying = Tag(0x0040, 0xA073), when = Tag(0x0040, 0xA030)
        let profile = Profile.of(
            [
                (.tag(verifying), .dummy), (.tag(when), .shiftDate), (.tag(studyDate), .shiftDate),
                (.tag(Tag(0x0040, 0xA730)), .remove),
            ], anything: .keep
        ).with { $0.dateShift = DateShift(unit: .days, range: 3...3) }
        let item = DataSetBuilder().text(Tag(0x0040, 0xA027), .LO, "Clinic").text(when, .DT, "20240229101112")
            .text(Tag(0x0040, 0xA075), .PN, "Doe^Jane")
        let file = DataSetBuilder.instance("1.2.840.10008.5.1.4.1.1.88.67").text(studyDate, .DA, "20240229")
            .sequence(verifying, [item]).file(.explicitLittleEndian)
        let output = try #require(try Deidentifier(profile).output(file))
        let place = PathPattern(steps: [.anyDepth], element: .standard(when))
        #expect(try output.values(place) == ["20240303101112"])
        #expect(!output.bytes.contains("Clinic") && !output.bytes.contains("Doe"))
    }

    @Test func `what holds no date is not passed on under a statement that moves dates`() throws {
        let profile = Profile.of(
            [
                (.tag(Tag(0x0034, 0x0007)), .shiftDate), (.tag(.timezoneOffsetFromUTC), .shiftDate),
                (.tag(studyDate), .shiftDate),
            ],
            anything: .keep
        ).with { $0.dateShift = DateShift(unit: .days, range: 1...5) }
        func file(_ zone: String) -> [UInt8] {
            DataSetBuilder.instance().text(studyDate, .DA, "20240229").text(.timezoneOffsetFromUTC, .SH, zone)
                .bytes(Tag(0x0034, 0x0007), .OB, [1, 2, 3, 4, 5, 6, 7, 8]).file(.explicitLittleEndian)
        }
        let output = try #require(try Deidentifier(profile).output(file("+0100")))
        #expect(try output.values(.timezoneOffsetFromUTC) == ["+0100"])
        #expect(output.file.dataSet.child(Tag(0x0034, 0x0007)) == nil)
        #expect(
            try #require(try Deidentifier(profile).output(file("Ward 7"))).file.dataSet.child(.timezoneOffsetFromUTC)
                == nil)
    }

    @Test(arguments: [
        (DateShift?.none, "how far"), (DateShift(unit: .days, range: 0...0), "nothing but zero"),
        (DateShift(unit: .days, range: -5_000_000...1), "calendar"),
    ])
    func `a profile that cannot move dates makes nothing safe`(shift: DateShift?, words: String) throws {
        let profile = Profile.shifting.with { $0.dateShift = shift }
        #expect(try Deidentifier(profile).reason(instance().file(.explicitLittleEndian))?.contains(words) == true)
    }

    // MARK: The offset

    @Test func `offsets are uniform over the range without zero, and two keys have nothing in common`() {
        let shift = DateShift(unit: .days, range: -50...50)
        let keys = [UInt8(7), 8].map {
            KeyedIdentifiers(DeidentificationKey(secret: [UInt8](repeating: $0, count: 32)))
        }
        var counts = [Int](repeating: 0, count: 101)
        var same = 0
        let count = 10_000
        for number in 0..<count {
            let offsets = keys.map { $0.offset(for: .patient(id: "\(number)", issuer: ""), shift).days }
            counts[offsets[0] + 50] += 1
            if offsets[0] == offsets[1] { same += 1 }
        }
        #expect(counts[50] == 0)
        let expected = Double(count) / 100
        let chi = counts.enumerated().filter { $0.offset != 50 }.reduce(0.0) {
            $0 + (Double($1.element) - expected) * (Double($1.element) - expected) / expected
        }
        // 99 degrees of freedom: 0.1 % of truly uniform ones are beyond.
        #expect(chi < 148.2, "\(chi)")
        // By chance one in a hundred.
        #expect((60...140).contains(same), "\(same)")
    }

    @Test func `an offset is what other software computes from the documentation`() {
        let identifiers = KeyedIdentifiers(keyOfSevens)
        let person = KeyedIdentifiers.Person.patient(id: "123456", issuer: "")
        #expect(
            identifiers.offset(for: person, DateShift(unit: .weeks, range: -100 ... -1)).days == KnownAnswers.offset)
        #expect(
            identifiers.offset(for: person, DateShift(unit: .days, range: -3650...3650)).days
                == KnownAnswers.widerOffset)
        #expect(identifiers.hash(of: "A-1", digits: 16) == KnownAnswers.hash)
    }

    @Test func `one value of a range is that value`() {
        let identifiers = KeyedIdentifiers(keyOfSevens)
        for number in 0..<20 {
            let person = KeyedIdentifiers.Person.patient(id: "\(number)", issuer: "")
            #expect(identifiers.offset(for: person, DateShift(unit: .weeks, range: 0...1)).days == 7)
            #expect(identifiers.offset(for: person, DateShift(unit: .days, range: -1...0)).days == -1)
        }
    }
}
