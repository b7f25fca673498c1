import Glibc

/// A moment in milliseconds since 1970 in UTC. Rules read no clock; what records what happened does.
public struct Instant: Hashable, Sendable, Comparable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// The clock's.
    public static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    public static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }

    /// Later by so many seconds, or earlier.
    public func adding(seconds: Int64) -> Instant { Instant(milliseconds: milliseconds &+ seconds &* 1000) }
}

extension Instant: CustomStringConvertible {
    /// RFC 3339 in UTC: `2026-11-24T02:28:21.000Z`.
    public var description: String {
        let (days, rest) = milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
        let isBefore = rest < 0
        let (year, month, day) = Self.civil(fromDays: isBefore ? days - 1 : days)
        let part = isBefore ? rest + 86_400_000 : rest
        func digits(_ number: Int64, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let time = [part / 3_600_000, part / 60_000 % 60, part / 1000 % 60].map { digits($0, 2) }.joined(separator: ":")
        return "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))T\(time).\(digits(part % 1000, 3))Z"
    }

    /// RFC 3339 with `Z` or an offset, with or without a fraction; or a date alone, which is its beginning in UTC.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64? {
            guard range.upperBound <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[range] {
                guard (48...57).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - 48)
            }
            return value
        }
        func stands(_ character: Character, _ offset: Int) -> Bool {
            offset < bytes.count && bytes[offset] == character.asciiValue
        }
        guard stands("-", 4), stands("-", 7), let year = number(0..<4), let month = number(5..<7),
            let day = number(8..<10), (1...12).contains(month)
        else { return nil }
        let days = Self.days(fromCivil: year, month, day)
        guard Self.civil(fromDays: days) == (year, month, day) else { return nil }
        var value = days * 86_400_000
        if bytes.count > 10 {
            guard stands("T", 10) || stands("t", 10) || stands(" ", 10), stands(":", 13), stands(":", 16),
                let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19), hour < 24,
                minute < 60, second <= 60
            else { return nil }
            value += hour * 3_600_000 + minute * 60_000 + second * 1000
            var place = 19
            if stands(".", place) {
                var scale: Int64 = 100
                place += 1
                let first = place
                while let digit = number(place..<place + 1) {
                    value += digit * scale
                    scale /= 10
                    place += 1
                }
                guard place > first else { return nil }
            }
            if stands("Z", place) || stands("z", place) {
                guard place + 1 == bytes.count else { return nil }
            } else {
                guard stands("+", place) || stands("-", place), stands(":", place + 3), place + 6 == bytes.count,
                    let hours = number(place + 1..<place + 3), let minutes = number(place + 4..<place + 6), hours < 24,
                    minutes < 60
                else { return nil }
                value += (stands("+", place) ? -1 : 1) * (hours * 3_600_000 + minutes * 60_000)
            }
        }
        milliseconds = value
    }

    /// Days since 1970-01-01 in the Gregorian calendar, and back: eras of 400 years that begin in March.
    private static func days(fromCivil year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(fromDays days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
