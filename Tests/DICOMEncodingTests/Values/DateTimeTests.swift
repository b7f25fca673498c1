import DICOMEncoding
import Testing

@Suite struct DateTimeTests {
    @Test(arguments: [
        ("20260228", "20260228"), ("2024.02.29", "20240229"), ("19000101  ", "19000101"), ("00010101", "00010101"),
    ])
    func `a date is read as DICOM and as ACR-NEMA wrote it`(text: String, printed: String) throws {
        #expect(try DICOMDate(text).description == printed)
    }

    @Test(arguments: [
        "", " 20260228", "20230229", "19000229", "20261301", "20260100", "2026022", "202602288", "2026-02-28",
        "2026.2.28",
        "2026.0228", "２０２６0228", "+2260228", "20260431", "20260228x",
    ])
    func `what is no date is an error`(text: String) {
        #expect(code { _ = try DICOMDate(text) } == .malformedDate)
    }

    @Test func `every day of ten thousand years has its number, and every number its day`() throws {
        var number = 0
        for year in stride(from: 0, to: 10000, by: 1) {
            for month in 1...12 {
                var day = 1
                while let date = DICOMDate(year: year, month: month, day: day) {
                    if date.dayNumber != number || DICOMDate(dayNumber: number) != date {
                        Issue.record("\(date) is \(date.dayNumber), expected \(number)")
                        return
                    }
                    number += 1
                    day += 1
                }
            }
        }
        #expect(number == 3_652_425)
        #expect(DICOMDate(dayNumber: number) == nil)
        #expect(DICOMDate(dayNumber: -1) == nil)
        #expect(try DICOMDate("20261123").dayNumber - DICOMDate("19700101").dayNumber == 20780)
    }

    @Test(arguments: ["00", "2359", "235960", "120000.1", "120000.123456", "070907.0705"])
    func `a time keeps its precision`(text: String) throws {
        #expect(try DICOMTime(text).description == text)
        #expect(try DICOMTime(text + " ").description == text)
    }

    @Test func `times compare by microseconds`() throws {
        #expect(try DICOMTime("12:30:15.5").microseconds == 45_015_500_000)
        #expect(try DICOMTime("123015.5") == DICOMTime("12:30:15.5"))
    }

    @Test(arguments: [
        "", "1", "24", "1260", "123", "120061", "1200.5", "120000.", "120000.1234567", "12:3:15", ":12", "-10000",
        "12 30",
    ])
    func `what is no time is an error`(text: String) {
        #expect(code { _ = try DICOMTime(text) } == .malformedDate)
    }

    @Test(arguments: [
        "2026", "202611", "20261123", "2026112308", "202611230830", "20261123083059", "20261123083059.000001",
        "20261123083059.1+0100", "2026+1400", "20261123-1200", "202611230830-0930",
    ])
    func `a date and time keeps its precision and its offset`(text: String) throws {
        let value = try DICOMDateTime(text)
        #expect(value.description == text)
        #expect(text.contains { $0 == "+" || $0 == "-" } == (value.offset != nil))
        #expect((value.date != nil) == (text.prefix { $0.isNumber }.count >= 8))
    }

    @Test(arguments: [
        "", "202", "20261", "202613", "2026112", "20261131", "202611238", "2026112324", "20261123-0000",
        "20261123+1401",
        "20261123-1201", "20261123+1", "20261123+01000", "20261123+0160", "20261123083059.", "2026112308:30", "+0100",
        "20261123 0830",
    ])
    func `what is no date and time is an error`(text: String) {
        #expect(code { _ = try DICOMDateTime(text) } == .malformedDate)
    }

    @Test func `ages are three digits and a unit`() throws {
        for text in ["000D", "018M", "052W", "999Y"] { #expect(try Age(text).description == text) }
        #expect(try Age("002Y").days == Age("024M").days)
        for text in ["", "18Y", "018y", "0018Y", "018", " 18Y", "01８Y", "-18Y"] {
            #expect(code { _ = try Age(text) } == .malformedAge)
        }
    }
}
