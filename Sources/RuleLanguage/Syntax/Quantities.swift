import DICOMCore

extension CalendarDate {
    /// `YYYYMMDD`, a day that the Gregorian calendar has.
    init?(dicom text: some StringProtocol) {
        guard text.utf8.count == 8, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = Int(text) else {
            return nil
        }
        self.init(year: number / 10000, month: number / 100 % 100, day: number % 100)
        guard (1...12).contains(month), day >= 1, day <= Self.days(in: month, of: year) else { return nil }
    }

    static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }
}

/// Ages as AS writes them (PS3.5 6.2): three digits and a unit.
enum AgeText {
    /// In days of the mean Gregorian year (365.2425 days); nil when it is no age.
    static func days(_ text: some StringProtocol) -> Double? {
        guard text.utf8.count == 4, let unit = text.last, let number = Int(text.dropLast()), number >= 0,
            text.dropLast().utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
        else { return nil }
        switch unit {
        case "D": return Double(number)
        case "W": return Double(number) * 7
        case "M": return Double(number) * MeanYear.days / 12
        case "Y": return Double(number) * MeanYear.days
        default: return nil
        }
    }
}
