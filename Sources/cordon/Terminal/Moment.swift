import Host
import Inputs

/// Times that people give: a date, or RFC 3339.
enum Moment {
    static func parse(_ text: String?, _ option: String) throws(RunError) -> Instant? {
        guard let text else { return nil }
        guard let instant = Instant(text) else {
            throw RunError(.arguments, "`\(option)` is a date as 2026-11-24, or a time as 2026-11-24T10:00:00Z")
        }
        return instant
    }
}

extension Instant {
    /// `2026-11-24`, in UTC.
    var day: String { String(description.prefix(10)) }
}
