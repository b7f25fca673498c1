internal import CTimex
internal import Glibc
internal import Host

/// What made the production: which program, of which bytes, on which system, by which clock.
struct SoftwareIdentity {
    var version: String
    /// SHA-256 of the running program.
    var digest: String
    var system: String
    var clock: String

    init(version: String) {
        self.version = version
        digest = (try? ContentDigest(of: Descriptor(reading: PathBytes("/proc/self/exe"))))?.hexadecimal ?? "unknown"
        var name = utsname()
        uname(&name)
        func text<Field>(_ field: Field) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        system = "\(text(name.sysname)) \(text(name.release)) \(text(name.machine))"
        clock = Self.clockWords()
    }

    var words: String { "cordon \(version), executable SHA-256 \(digest), on \(system)" }

    /// What the kernel knows of its clock: whether somebody keeps it right (NTP), and by how much it may be wrong.
    private static func clockWords() -> String {
        var state = timex()
        let status = adjtimex(&state)
        let place = "/sys/devices/system/clocksource/clocksource0/current_clocksource"
        let name = (try? FileSystem.contents(place)) ?? []
        let source = name.isEmpty ? "unknown" : String(decoding: name.filter { $0 > 0x20 }, as: UTF8.self)
        let isKept = status >= 0 && status != TIME_ERROR && state.status & STA_UNSYNC == 0
        let kept =
            isKept
            ? "synchronised by the system, estimated error \(state.esterror) microseconds"
            : "not known to be synchronised"
        return "the system's clock in UTC (CLOCK_REALTIME, source \(source)), \(kept)"
    }
}
