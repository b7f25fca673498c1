import ArgumentParser

/// A span of time as people write it: `12h`, `30d`, `2w`, `1y` (365 days).
struct TimeSpan: ExpressibleByArgument {
    let seconds: Int64

    init?(argument: String) {
        let units: [Character: Int64] = ["h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000]
        guard let last = argument.last, let unit = units[last], let count = Int64(argument.dropLast()), count >= 0,
            count < 1_000_000
        else { return nil }
        seconds = count * unit
    }
}

/// A number of bytes as people write it: `500000`, `64K`, `50G`, `2T`, in powers of 1024.
struct ByteCount: ExpressibleByArgument {
    let bytes: Int64

    init?(argument: String) {
        let units: [Character: Int64] = ["K": 10, "M": 20, "G": 30, "T": 40, "P": 50]
        let shift = argument.last.flatMap { units[$0] }
        let digits = shift == nil ? argument[...] : argument.dropLast()
        guard let count = Int64(digits), count >= 0 else { return nil }
        let (bytes, isOver) = count.multipliedReportingOverflow(by: 1 << (shift ?? 0))
        guard !isOver else { return nil }
        self.bytes = bytes
    }

    /// `1.2 GiB`.
    static func text(_ bytes: Int64) -> String {
        var value = Double(bytes)
        for unit in ["bytes", "KiB", "MiB", "GiB", "TiB"] {
            if value < 1024 || unit == "TiB" {
                return unit == "bytes" ? "\(bytes) bytes" : "\((value * 10).rounded() / 10) \(unit)"
            }
            value /= 1024
        }
        return "\(bytes) bytes"
    }
}
