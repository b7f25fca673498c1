import DICOMEncoding
import Glibc
import Host

/// A time of decision as a DT (PS3.5 6.2): rules read no clock, so somebody gives it to them.
enum DecisionTime {
    /// `20261123204500+0000`.
    static var now: String { text(ofSeconds: time(nil)) }

    static func text(of instant: Instant) -> String { text(ofSeconds: time_t(instant.milliseconds / 1000)) }

    private static func text(ofSeconds seconds: time_t) -> String {
        var seconds = seconds
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let year = digits(Int(parts.tm_year) + 1900, 4)
        let rest = [parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec].map {
            digits(Int($0), 2)
        }
        return year + rest.joined() + "+0000"
    }

    /// Year to second of a day that the calendar has, with or without an offset from UTC.
    static func isValid(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 14 || bytes.count == 19 else { return false }
        let isOffset = bytes.count == 14 || bytes[14] == UInt8(ascii: "+") || bytes[14] == UInt8(ascii: "-")
        let numbers = bytes[..<14] + bytes.dropFirst(15)
        guard isOffset, numbers.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return false
        }
        func number(_ range: Range<Int>) -> Int { Int(String(decoding: bytes[range], as: UTF8.self)) ?? -1 }
        if bytes.count == 19 {
            // Of PS3.5 6.2: from -1200 to +1400.
            let hours = number(15..<17), minutes = number(17..<19), most = bytes[14] == UInt8(ascii: "-") ? 12 : 14
            guard minutes < 60, hours < most || hours == most && minutes == 0 else { return false }
        }
        return DICOMDate(year: number(0..<4), month: number(4..<6), day: number(6..<8)) != nil
            && (0...23).contains(number(8..<10)) && (0...59).contains(number(10..<12))
            && (0...60).contains(number(12..<14))
    }

    private static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
