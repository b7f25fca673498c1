/// Quantities as a configuration writes them. The schema has looked at their shape; what does not fit is nil.
enum Quantity {
    /// `30s`, `5min`: milliseconds.
    static func duration(_ text: String) -> Int64? {
        let digits = text.prefix { $0.isNumber }
        let units: [Substring: Int64] = ["ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000]
        guard let count = Int64(digits), let unit = units[text.dropFirst(digits.count)] else { return nil }
        return count * unit
    }

    /// `500000`, `64K`, `50G`, in powers of 1024: bytes.
    static func size(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["K": 10, "M": 20, "G": 30, "T": 40]
        let shift = text.last.flatMap { units[$0] }
        guard let count = Int64(shift == nil ? text[...] : text.dropLast()) else { return nil }
        let (bytes, isOver) = count.multipliedReportingOverflow(by: 1 << (shift ?? 0))
        return isOver ? nil : bytes
    }

    /// `20/s`.
    static func rate(_ text: String) -> GatewayConfiguration.Rate? {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let count = Int(parts[0]), let span = duration("1" + parts[1]), count > 0 else {
            return nil
        }
        return GatewayConfiguration.Rate(count: count, span: span)
    }
}
