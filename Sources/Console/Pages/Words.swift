internal import Host
internal import Registry

/// How things are said on pages.
enum Words {
    static func list(_ roles: Set<Role>) -> String { roles.map(\.rawValue).sorted().joined(separator: ", ") }

    /// `2026-11-24 02:28`, in UTC.
    static func time(_ time: Instant) -> String { time.description.prefix(16).replacing("T", with: " ") + " UTC" }

    static func day(_ time: Instant) -> String { String(time.description.prefix(10)) }

    /// `20310214` as `2031-02-14`; what is no date (PS3.5 6.2) as it is.
    static func studyDate(_ text: String) -> String {
        guard text.utf8.count == 8, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return text }
        return "\(text.prefix(4))-\(text.dropFirst(4).prefix(2))-\(text.suffix(2))"
    }

    static func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(number) \(number == 1 ? one : many)"
    }

    /// `12 minutes`, `3 hours`, `2 days`, rounded down.
    static func span(milliseconds: Int64) -> String {
        let minutes = max(0, milliseconds) / 60_000
        if minutes < 1 { return "less than a minute" }
        if minutes < 120 { return count(Int(minutes), "minute", "minutes") }
        if minutes < 48 * 60 { return count(Int(minutes / 60), "hour", "hours") }
        return count(Int(minutes / 1440), "day", "days")
    }
}
