import DICOMEncoding
import TestSupport
import Testing

@testable import Deidentification

@Suite struct DatesInTextTests {
    let tenDays = DateOffset(days: 10)

    @Test(arguments: [
        ("seen 20140312.", "seen 20140322."), ("2014-03-25 10:11", "2014-04-04 10:11"), ("2014/3/5", "2014/3/15"),
        ("2014.12.31", "2015.01.10"), ("12.03.2014", "22.03.2014"), ("5.3.2014", "15.3.2014"),
        ("am 12. 3. 2014 hier", "am 22. 3. 2014 hier"), ("25/03/2014", "04/04/2014"), ("03/25/2014", "04/04/2014"),
        ("03-25-2014", "04-04-2014"), ("03/03/2015", "13/03/2015"), ("12 Mar 2014", "22 Mar 2014"),
        ("28 MAY 2014", "7 JUN 2014"), ("12-Mar-2014", "22-Mar-2014"), ("12MAR2014", "22MAR2014"),
        ("Mar 12, 2014", "Mar 22, 2014"), ("March 12th, 2014", "March 22nd, 2014"),
        ("the 1st of December 2014", "the 11th of December 2014"), ("25. Dezember 2014", "4. Januar 2015"),
        ("25. März 2014", "4. April 2014"), ("25 février 2014", "7 mars 2014"),

        ("25 de marzo de 2014", "4 de abril de 2014"), ("20140312101112.123456+0100", "20140322101112.123456+0100"),
        ("2014年3月12日", "2014年3月22日"), ("T20140312T101112", "T20140322T101112"), ("25032014", "04042014"),
        ("Wed Mar 12 10:20:30 2014", "Sat Mar 22 10:20:30 2014"),
        ("Wednesday, 12 March 2014", "Saturday, 22 March 2014"),
        ("Mittwoch, 12.03.2014", "Samstag, 22.03.2014"), ("20240229 and 20240301", "20240310 and 20240311"),
        ("IMG_2014_03_12_0815", "IMG_2014_03_22_0815"), ("2014:03:12 10:15:00", "2014:03:22 10:15:00"),
        ("scan 25_03_2014", "scan 04_04_2014"), ("scan_20140312_1", "scan_20140322_1"), ("28.02.1900.", "10.03.1900."),
    ])
    func `a date is moved and written as it was`(text: String, expected: String) {
        #expect(tenDays.shifted(text: text) == expected)
    }

    @Test(arguments: [
        ("on 03/04/2015 at", "on # at"), ("03-04-2015", "#"), ("12.03.14", "#"), ("3/4/15", "#"), ("12-MAR-14", "#"),
        ("March 2014", "#"), ("since 03/2014", "since #"), ("2014-03", "#"), ("12 February", "#"), ("February 12", "#"),
        ("03_04_2015", "#"), ("03042015", "#"), ("Wed, 03/04/2015", "#"), ("2014年3月", "#"),
    ])
    func `what may be read in two ways, or lacks day or century, is taken out`(text: String, expected: String) {
        #expect(tenDays.shifted(text: text, mark: "#") == expected)
    }

    @Test(arguments: [
        "Hounsfield units 40/400", "May be repeated in 6 months", "may 5", "slice 12 of 36", "1.2.840.10008.5.1.4",
        "3.14",
        "12345678", "99999999", "19990231", "0012345678901", "C2-C3/4", "10:20:30", "2014", "120/80", "T1 1.5 12.5",
        "5 mm 10 mm 20", "12/13/2014a1".replacing("12/13/2014", with: "13/13/2014"), "", "Mar", "ABC 1/2", "1.13.2.4",
        "phone 2014-03-1234", "2014-15", "2014_03", "2014:30:12", "12_03_14", "1_2_3", "20:14:03", "Versuch 8.1.2",
        "ratio 1/2/", "ä ö ü 漢字 \u{80}",
    ])
    func `what is no date stays`(text: String) {
        #expect(tenDays.shifted(text: text, mark: "#") == text)
    }

    @Test func `every date of two centuries is found in every form, and moved by the same number of days`() throws {
        var generator = SeededGenerator(seed: 11)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let first = try #require(DICOMDate(year: 1900, month: 1, day: 1)).dayNumber
        for _ in 0..<3000 {
            let date = try #require(DICOMDate(dayNumber: first + generator.below(73_000)))
            let offset = DateOffset(days: generator.below(7300) - 3650)
            let moved = try #require(offset.shifted(date))
            func forms(_ date: DICOMDate) -> [String] {
                let text = date.description, y = text.prefix(4), m = text.dropFirst(4).prefix(2), d = text.suffix(2)
                let name = months[date.month - 1]
                return [
                    text, "\(y)-\(m)-\(d)", "\(d).\(m).\(y)", "\(Int(d) ?? 0) \(name) \(y)",
                    "\(name) \(Int(d) ?? 0), \(y)",
                    "\(Int(d) ?? 0)-\(name.uppercased())-\(y)", text + "101112", "\(y)/\(m)/\(d)",
                ]
            }
            for (old, new) in zip(forms(date), forms(moved)) {
                #expect(offset.shifted(text: "x \(old) y") == "x \(new) y", "\(offset.days)")
            }
        }
    }

    @Test func `no bytes make a date stand outside its text, and a found one does not overlap the next`() {
        var generator = SeededGenerator(seed: 12)
        let pieces = [
            "12", "3", "2014", "20140312", ".", "-", "/", " ", ",", "Mar", "March", "mai", "März", "th", "年", "月", "日",
            "10:20:30", "Wed", "'", "\u{C3}", "é", "1", "0", "of ", "de ",
        ]
        for _ in 0..<20_000 {
            let text = (0..<generator.below(12)).map { _ in generator.pick(pieces) }.joined()
            var end = 0
            for date in DatesInText.find(in: text) {
                #expect(date.range.lowerBound >= end && date.range.upperBound <= text.utf8.count && !date.range.isEmpty)
                end = date.range.upperBound
                #expect(
                    date.parts.allSatisfy { $0.range.lowerBound >= date.range.lowerBound && $0.range.upperBound <= end }
                )
            }
        }
    }

    @Test func `numbers without end, and names without numbers, are read to their end`() {
        let text = String(repeating: "12.", count: 5000) + String(repeating: "Mar ", count: 5000)
        #expect(DatesInText.find(in: text).count == 1)
        #expect(DatesInText.find(in: String(repeating: "1", count: 100_000)).isEmpty)
    }
}
