public import Host

/// A DTM or TS (2A.22): `YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]`.
public struct HL7Time: Hashable, Sendable {
    /// In UTC; where no offset is given, as if the sender's clock were UTC.
    public var instant: Instant
    public var hasOffset: Bool
    /// The first moment that is no longer meant: a day for a date, a month for a month.
    public var end: Instant

    /// Nil for what is no time.
    public init?(_ text: String) {
        var digits = Array(text.utf8)
        var offset = ""
        if let sign = digits.firstIndex(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }) {
            offset = String(decoding: digits[sign...], as: UTF8.self)
            digits = Array(digits[..<sign])
            guard offset.utf8.count == 5 else { return nil }
        }
        var fraction: [UInt8] = []
        if let point = digits.firstIndex(of: UInt8(ascii: ".")) {
            fraction = Array(digits[(point + 1)...])
            digits = Array(digits[..<point])
            guard digits.count == 14, (1...4).contains(fraction.count) else { return nil }
        }
        guard (digits + fraction).allSatisfy({ (0x30...0x39).contains($0) }),
            [4, 6, 8, 10, 12, 14].contains(digits.count)
        else { return nil }
        let given = digits.count
        let whole = String(decoding: digits, as: UTF8.self) + String("00000101000000".dropFirst(given))
        func part(_ start: Int, _ length: Int) -> String { String(whole.dropFirst(start).prefix(length)) }
        let zone = offset.isEmpty ? "Z" : "\(offset.prefix(3)):\(offset.suffix(2))"
        let text = "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))T\(part(8, 2)):\(part(10, 2)):\(part(12, 2))"
        guard var instant = Instant(text + zone) else { return nil }
        hasOffset = !offset.isEmpty
        // Milliseconds: the first three digits.
        let digitsOfMilliseconds = (fraction + [0x30, 0x30, 0x30]).prefix(3)
        instant.milliseconds += digitsOfMilliseconds.reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) }
        self.instant = instant
        switch given {
        case 4: end = instant.adding(seconds: 366 * 86_400)
        case 6: end = instant.adding(seconds: 31 * 86_400)
        case 8: end = instant.adding(seconds: 86_400)
        case 10: end = instant.adding(seconds: 3600)
        case 12: end = instant.adding(seconds: 60)
        default: end = instant.adding(seconds: 1)
        }
    }

    /// As it is written, to the second in UTC.
    public static func text(_ instant: Instant) -> String {
        let plain = instant.description.filter(\.isNumber)
        return String(plain.prefix(14)) + "+0000"
    }
}
