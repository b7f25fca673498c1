/// A second in time, as certificates and decisions name it.
struct Moment: Comparable, Sendable {
    /// Since 1970, UTC.
    let seconds: Int

    init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        // Days of the Gregorian calendar, counted in years that begin with March, so that leap days end them.
        let marchYear = month > 2 ? year : year - 1
        let century = marchYear / 100
        let days =
            marchYear * 365 + marchYear / 4 - century + century / 4 + (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5
            + day - 719_469
        seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
    }

    /// Of a DT (PS3.5 6.2): year, month and day at least, an offset from UTC at most. Without an offset it counts as UTC.
    init?(_ text: String) {
        var digits = Array(text.utf8)
        var offset = 0
        if let sign = digits.firstIndex(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }) {
            guard let zone = Self.number(digits[(sign + 1)...]), digits.count - sign == 5 else { return nil }
            offset = (zone / 100 * 60 + zone % 100) * (digits[sign] == UInt8(ascii: "-") ? -60 : 60)
            digits.removeSubrange(sign...)
        }
        if let point = digits.firstIndex(of: UInt8(ascii: ".")) { digits.removeSubrange(point...) }
        guard (8...14).contains(digits.count), digits.count % 2 == 0, Self.number(digits[...]) != nil else {
            return nil
        }
        func part(_ start: Int, _ count: Int = 2) -> Int {
            digits.count < start + count ? 0 : Self.number(digits[start..<(start + count)]) ?? 0
        }
        guard (1...12).contains(part(4)), (1...31).contains(part(6)) else { return nil }
        let local = Moment(
            year: part(0, 4), month: part(4), day: part(6), hour: part(8), minute: part(10), second: part(12))
        seconds = local.seconds - offset
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }

    static func < (left: Moment, right: Moment) -> Bool { left.seconds < right.seconds }
}

extension Moment: CustomStringConvertible {
    /// `2027-01-31 12:00:00 UTC`.
    var description: String {
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let time = seconds - days * 86_400
        // The other way round: days since 1 March of the year 0, in cycles of 400 years.
        let shifted = days + 719_468
        let cycle = shifted >= 0 ? shifted / 146_097 : (shifted - 146_096) / 146_097
        let ofCycle = shifted - cycle * 146_097
        let yearOfCycle = (ofCycle - ofCycle / 1460 + ofCycle / 36_524 - ofCycle / 146_096) / 365
        let ofYear = ofCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let shiftedMonth = (5 * ofYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0)
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
        return "\(year)-\(two(month))-\(two(ofYear - (153 * shiftedMonth + 2) / 5 + 1)) "
            + "\(two(time / 3600)):\(two(time / 60 % 60)):\(two(time % 60)) UTC"
    }
}
