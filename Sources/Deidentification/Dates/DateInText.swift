import DICOMEncoding

/// A date that stands in a text.
struct DateInText: Sendable, Hashable {
    /// In the UTF-8 of the text.
    var range: Range<Int>
    /// Nil for what is a date of which nobody can say which: 03/04/2015, March 2014, 12.03.14.
    var date: DICOMDate?
    /// Where day, month and year stand, in order of place.
    var parts: [Part]

    struct Part: Sendable, Hashable {
        enum Kind: Sendable, Hashable {
            /// Numbers keep the zeros in front that they have.
            case year, month, day
            case monthName(CalendarNames.Name)
            case weekday(CalendarNames.Name)
            /// `st`, `nd`, `rd`, `th`; `er` of the first in French.
            case ordinal
        }

        var range: Range<Int>
        var kind: Kind
    }

    /// The same text with the date moved; nil when it cannot be.
    func shifted(by offset: DateOffset, in bytes: [UInt8]) -> [UInt8]? {
        guard let date, let new = offset.shifted(date) else { return nil }
        let isNamed = parts.contains { if case .monthName = $0.kind { true } else { false } }
        var result: [UInt8] = []
        var copied = range.lowerBound
        for part in parts {
            result += bytes[copied..<part.range.lowerBound]
            let old = bytes[part.range]
            // Beside a name the 12th becomes the 3rd, not the 03rd.
            let width = isNamed && old.first != UInt8(ascii: "0") ? 1 : old.count
            result += Self.text(of: part.kind, new, like: old, width: width)
            copied = part.range.upperBound
        }
        return result + bytes[copied..<range.upperBound]
    }

    private static func text(of kind: Part.Kind, _ date: DICOMDate, like old: ArraySlice<UInt8>, width: Int) -> [UInt8]
    {
        switch kind {
        case .year: padded(date.year, old.count)
        case .month: padded(date.month, width)
        case .day: padded(date.day, width)
        case .monthName(let name): CalendarNames.month(date.month, like: name, in: old)
        case .weekday(let name): CalendarNames.weekday(date.dayNumber, like: name, in: old)
        case .ordinal: ordinal(of: date.day, like: old)
        }
    }

    private static func padded(_ number: Int, _ width: Int) -> [UInt8] {
        let digits = Array(String(number).utf8)
        return [UInt8](repeating: UInt8(ascii: "0"), count: max(0, width - digits.count)) + digits
    }

    private static func ordinal(of day: Int, like old: ArraySlice<UInt8>) -> [UInt8] {
        let isFrench = CalendarNames.lowered(old).elementsEqual("er".utf8)
        let ending =
            switch day {
            case _ where isFrench: day == 1 ? "er" : ""
            case 1, 21, 31: "st"
            case 2, 22: "nd"
            case 3, 23: "rd"
            default: "th"
            }
        let isUpper = old.first.map { $0 < 0x60 } ?? false
        return Array((isUpper ? ending.uppercased() : ending).utf8)
    }
}
