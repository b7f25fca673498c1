/// A day of the Gregorian calendar (DA, PS3.5 6.2).
public struct DICOMDate: Hashable, Comparable, Sendable {
    /// 0 to 9999, as the standard's four digits allow.
    public let year: Int
    /// 1 to 12.
    public let month: Int
    /// 1 to 31, as many as the month has.
    public let day: Int

    /// Nil for a day that the calendar does not have.
    public init?(year: Int, month: Int, day: Int) {
        guard year >= 0, year <= 9999, month >= 1, month <= 12, day >= 1,
            day <= Self.days(inMonth: month, of: year)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// Reads `YYYYMMDD`, and `YYYY.MM.DD` as ACR-NEMA wrote it (PS3.5 6.2, note on DA). Spaces may follow.
    public init(_ text: some StringProtocol) throws(ValueError) {
        var bytes = unpadded(text)
        if bytes.count == 10, bytes[4] == UInt8(ascii: "."), bytes[7] == UInt8(ascii: ".") {
            bytes.remove(at: 7)
            bytes.remove(at: 4)
        }
        guard bytes.count == 8, let year = Digits.number(bytes[0..<4]), let month = Digits.number(bytes[4..<6]),
            let day = Digits.number(bytes[6..<8]), let date = DICOMDate(year: year, month: month, day: day)
        else { throw ValueError(.malformedDate, reason: "expected a date, YYYYMMDD") }
        self = date
    }

    static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    public static func < (left: DICOMDate, right: DICOMDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }
}

extension DICOMDate: CustomStringConvertible {
    /// `YYYYMMDD`.
    public var description: String { Digits.padded(year, 4) + Digits.padded(month, 2) + Digits.padded(day, 2) }
}

extension DICOMDate {
    /// Days since 1 January of the year 0 of this calendar, for differences and shifts.
    public var dayNumber: Int {
        // Years begin in March, so that the leap day is the last of them.
        let y = month > 2 ? year : year - 1
        let era = y >= 0 ? y / 400 : (y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear + 60
    }

    /// The day with this number; nil beyond the years 0 to 9999.
    public init?(dayNumber: Int) {
        guard dayNumber >= 0, dayNumber < 3_652_425 else { return nil }
        let shifted = dayNumber - 60
        let era = shifted >= 0 ? shifted / 146_097 : (shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        self.init(year: year, month: month, day: dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}
