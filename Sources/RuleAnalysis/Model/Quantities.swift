import DICOMCore
import RuleLanguage

/// Numbers, dates or ages that fall on and between the bounds that rules name: one value for each, as it would be written.
struct Quantities {
    private(set) var samples: [String] = []
    let isEmpty: Bool

    init(_ conditions: [Condition], vr: VR?) {
        var numbers: Set<Double> = [], ages: Set<Double> = []
        var dates: Set<CalendarDate> = []
        for condition in conditions {
            switch condition.kind {
            case .compareNumber(_, _, let number): numbers.insert(number)
            case .compareAge(_, _, let days): ages.insert(days)
            case .compareDate(_, _, let date): dates.insert(date)
            default: break
            }
        }
        isEmpty = numbers.isEmpty && ages.isEmpty && dates.isEmpty
        samples = Self.numbers(numbers.sorted(), vr) + Self.ages(ages.sorted()) + Self.dates(dates.sorted())
    }

    // MARK: - Numbers

    private static func numbers(_ bounds: [Double], _ vr: VR?) -> [String] {
        cells(bounds).compactMap { low, high in number(low, high, vr) }
    }

    /// On each bound, below the first, between two, above the last.
    private static func cells(_ bounds: [Double]) -> [(Double, Double)] {
        guard let first = bounds.first, let last = bounds.last else { return [] }
        var result = [(-Double.infinity, first)]
        for (index, bound) in bounds.enumerated() {
            if index > 0 { result.append((bounds[index - 1], bound)) }
            result.append((bound, bound))
        }
        return result + [(last, Double.infinity)]
    }

    /// A number between, or on both when they are the same; nil where the VR has none.
    private static func number(_ low: Double, _ high: Double, _ vr: VR?) -> String? {
        let value: Double
        if low == high {
            value = low
        } else if low == -.infinity {
            value = high.rounded(.up) - 1
        } else if high == .infinity {
            value = low.rounded(.down) + 1
        } else {
            let whole = low.rounded(.down) + 1
            value = whole < high ? whole : (low + high) / 2
        }
        if let range = vr.flatMap(Self.range) {
            guard value == value.rounded(), range.contains(value) else { return nil }
        }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
    }

    /// Of a binary VR of whole numbers.
    private static func range(_ vr: VR) -> ClosedRange<Double>? {
        switch vr {
        case .US: 0...65535
        case .SS: -32768...32767
        case .UL: 0...4_294_967_295
        case .SL: -2_147_483_648...2_147_483_647
        case .UV: 0...18_446_744_073_709_549_568
        case .SV: -9_223_372_036_854_774_784...9_223_372_036_854_774_784
        default: nil
        }
    }

    // MARK: - Ages

    /// AS has few values: all that fall into a cell are looked through.
    private static func ages(_ bounds: [Double]) -> [String] {
        guard !bounds.isEmpty else { return [] }
        let all = ["Y", "M", "W", "D"].flatMap { unit in
            (0...999).map { (text: digits($0, 3) + unit, days: Double($0) * days(of: unit)) }
        }
        return cells(bounds).compactMap { low, high in
            all.first {
                // As the engine compares: a minute does not count.
                let isLow = abs($0.days - low) < 0.0007, isHigh = abs($0.days - high) < 0.0007
                return low == high ? isLow : $0.days > low && $0.days < high && !isLow && !isHigh
            }?.text
        }
    }

    private static func days(of unit: String) -> Double {
        switch unit {
        case "Y": MeanYear.days
        case "M": MeanYear.days / 12
        case "W": 7
        default: 1
        }
    }

    // MARK: - Dates

    private static func dates(_ bounds: [CalendarDate]) -> [String] {
        guard let first = bounds.first else { return [] }
        var days = [day(before: first)]
        for date in bounds {
            let next = day(after: date)
            days.append(date)
            // Where the next bound is the next day, nothing lies between.
            if next != date { days.append(next) }
        }
        return Set(days.map(text)).filter { $0.count == 8 }.sorted()
    }

    private static func text(_ date: CalendarDate) -> String {
        (0...9999).contains(date.year) ? digits(date.year, 4) + digits(date.month, 2) + digits(date.day, 2) : ""
    }

    private static func day(after date: CalendarDate) -> CalendarDate {
        var next = date
        if date.day < length(of: date.month, date.year) {
            next.day += 1
        } else if date.month < 12 {
            (next.month, next.day) = (date.month + 1, 1)
        } else {
            next = CalendarDate(year: date.year + 1, month: 1, day: 1)
        }
        return next
    }

    private static func day(before date: CalendarDate) -> CalendarDate {
        if date.day > 1 { return CalendarDate(year: date.year, month: date.month, day: date.day - 1) }
        if date.month > 1 {
            return CalendarDate(year: date.year, month: date.month - 1, day: length(of: date.month - 1, date.year))
        }
        return CalendarDate(year: date.year - 1, month: 12, day: 31)
    }

    private static func length(of month: Int, _ year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    private static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
