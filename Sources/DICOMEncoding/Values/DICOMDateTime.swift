/// A point in time with any precision, perhaps with its offset from UTC (DT, PS3.5 6.2).
public struct DICOMDateTime: Hashable, Sendable {
    public let year: Int
    public let month: Int?
    public let day: Int?
    public let time: DICOMTime?
    /// Minutes east of UTC, -720 to 840; nil when the value does not say (then Timezone Offset From UTC (0008,0201) or
    /// nobody does). `-0000` may not be written.
    public let offset: Int?

    /// Reads `YYYYMMDDHHMMSS.FFFFFF&ZZXX`, or as much of it from the left as is given. Spaces may follow.
    public init(_ text: some StringProtocol) throws(ValueError) {
        guard let value = Self(bytes: unpadded(text)) else {
            throw ValueError(.malformedDate, reason: "expected a date and time, YYYYMMDDHHMMSS.FFFFFF&ZZXX")
        }
        self = value
    }

    private init?(bytes: [UInt8]) {
        let sign = bytes.firstIndex { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
        let local = bytes[..<(sign ?? bytes.endIndex)]
        offset = nil == sign ? nil : Self.offset(bytes[(sign ?? 0)...])
        guard sign == nil || offset != nil, local.count >= 4, let year = Digits.number(local[0..<4]) else { return nil }
        self.year = year
        month = local.count >= 6 ? Digits.number(local[4..<6]) : nil
        day = local.count >= 8 ? Digits.number(local[6..<8]) : nil
        time = local.count > 8 ? DICOMTime(bytes: local[8...], colons: false) : nil
        switch local.count {
        case 4: break
        case 6: guard let month, month >= 1, month <= 12 else { return nil }
        case 8...: guard local.count == 8 || time != nil, date != nil else { return nil }
        default: return nil
        }
    }

    /// A point in time from its parts; nil for one that no calendar or clock shows, or with a gap in its precision.
    public init?(
        year: Int, month: Int? = nil, day: Int? = nil, time: DICOMTime? = nil, offset: Int? = nil
    ) {
        guard DICOMDate(year: year, month: month ?? 1, day: day ?? 1) != nil, day == nil || month != nil,
            time == nil || day != nil, offset.map({ $0 >= -720 && $0 <= 840 }) ?? true
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
        self.time = time
        self.offset = offset
    }

    /// The same time, in the same zone, on another day.
    public func on(_ date: DICOMDate) -> DICOMDateTime? {
        DICOMDateTime(year: date.year, month: date.month, day: date.day, time: time, offset: offset)
    }

    private static func offset(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count == 5, let sign = bytes.first, let hours = Digits.number(bytes.dropFirst().prefix(2)),
            let minutes = Digits.number(bytes.dropFirst(3)), minutes <= 59
        else { return nil }
        let isWest = sign == UInt8(ascii: "-")
        let value = (hours * 60 + minutes) * (isWest ? -1 : 1)
        return value >= -720 && value <= 840 && !(isWest && value == 0) ? value : nil
    }

    /// The day, when the value is as precise as that.
    public var date: DICOMDate? {
        guard let month, let day else { return nil }
        return DICOMDate(year: year, month: month, day: day)
    }
}

extension DICOMDateTime: CustomStringConvertible {
    /// As it was read.
    public var description: String {
        let local =
            Digits.padded(year, 4) + [month, day].compactMap { $0.map { Digits.padded($0, 2) } }.joined()
            + (time?.description ?? "")
        guard let offset else { return local }
        let minutes = abs(offset)
        return local + (offset < 0 ? "-" : "+") + Digits.padded(minutes / 60, 2) + Digits.padded(minutes % 60, 2)
    }
}
