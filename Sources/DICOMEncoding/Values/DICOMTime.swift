/// A time of day with any precision (TM, PS3.5 6.2).
public struct DICOMTime: Hashable, Sendable {
    /// 0 to 23.
    public let hour: Int
    public let minute: Int?
    /// 0 to 60; 60 is a leap second.
    public let second: Int?
    /// The digits behind the point: one to six.
    public let fraction: String?

    /// Nil for a time that no clock shows, or with a gap in its precision.
    public init?(hour: Int, minute: Int? = nil, second: Int? = nil, fraction: String? = nil) {
        guard hour >= 0, hour <= 23, minute.map({ $0 >= 0 && $0 <= 59 }) ?? (second == nil),
            second.map({ $0 >= 0 && $0 <= 60 }) ?? (fraction == nil),
            fraction.map({ $0.utf8.count <= 6 && Digits.number($0.utf8) != nil }) ?? true
        else { return nil }
        self.hour = hour
        self.minute = minute
        self.second = second
        self.fraction = fraction
    }

    /// Reads `HH`, `HHMM`, `HHMMSS`, `HHMMSS.F` to `.FFFFFF`, and `HH:MM:SS.F` as ACR-NEMA wrote it. Spaces may follow.
    public init(_ text: some StringProtocol) throws(ValueError) {
        guard let time = DICOMTime(bytes: unpadded(text)[...], colons: true) else {
            throw ValueError(.malformedDate, reason: "expected a time, HHMMSS.FFFFFF")
        }
        self = time
    }

    init?(bytes: ArraySlice<UInt8>, colons: Bool) {
        let point = bytes.firstIndex(of: UInt8(ascii: "."))
        var whole = Array(bytes[..<(point ?? bytes.endIndex)])
        if colons, whole.contains(UInt8(ascii: ":")) {
            let parts = whole.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard parts.allSatisfy({ $0.count == 2 }) else { return nil }
            whole = Array(parts.joined())
        }
        guard whole.count == 2 || whole.count == 4 || whole.count == 6 else { return nil }
        var numbers: [Int] = []
        for start in stride(from: 0, to: whole.count, by: 2) {
            guard let number = Digits.number(whole[start..<start + 2]) else { return nil }
            numbers.append(number)
        }
        var fraction: String?
        if let point {
            guard whole.count == 6, Digits.number(bytes[(point + 1)...]) != nil else { return nil }
            fraction = String(decoding: bytes[(point + 1)...], as: UTF8.self)
        }
        self.init(
            hour: numbers[0], minute: numbers.count > 1 ? numbers[1] : nil,
            second: numbers.count > 2 ? numbers[2] : nil,
            fraction: fraction)
    }

    /// Microseconds since midnight; what is not given counts as zero.
    public var microseconds: Int {
        let digits = fraction.map { $0 + String(repeating: "0", count: 6 - $0.utf8.count) }
        let seconds = (hour * 60 + (minute ?? 0)) * 60 + (second ?? 0)
        return seconds * 1_000_000 + (digits.flatMap { Digits.number($0.utf8) } ?? 0)
    }
}

extension DICOMTime: CustomStringConvertible {
    /// With the precision it was read with, without colons.
    public var description: String {
        [hour, minute, second].compactMap { $0.map { Digits.padded($0, 2) } }.joined()
            + (fraction.map { "." + $0 } ?? "")
    }
}
