import DICOMEncoding
import RuleLanguage

/// What becomes of one value of a date or time.
enum ChangedValue: Sendable, Hashable {
    case value(String)
    /// The same, and a reader of the record should know something of it.
    case noted(String, String)
    /// Nothing that may stay; why, in words.
    case none(String)
}

extension DateOffset {
    private static let beyond = ChangedValue.none("its date leaves the calendar when it is moved")
    private static let noDate = ChangedValue.none("it is no date")

    /// A DA. Old forms are read (1993.04.22) and written in the current one.
    func shifted(date text: String) -> ChangedValue {
        if let date = try? DICOMDate(text) {
            return shifted(date).map { .value($0.description) } ?? Self.beyond
        }
        return [4, 6].contains(text.utf8.count) ? shifted(partial: text) : Self.noDate
    }

    /// A DT, with the precision and the time zone that it has: whole days move neither.
    func shifted(dateTime text: String) -> ChangedValue {
        guard let value = try? DICOMDateTime(text) else { return Self.noDate }
        guard let date = value.date else { return shifted(partial: text) }
        guard let moved = shifted(date), let new = value.on(moved) else { return Self.beyond }
        return .value(new.description)
    }

    /// A month or year without a day moves as its first day would, and is cut to what it was. Where so little shows no
    /// difference, it goes: what came in does not go out.
    private func shifted(partial text: String) -> ChangedValue {
        guard let value = try? DICOMDateTime(text), value.day == nil, value.year >= 1,
            let first = DICOMDate(year: value.year, month: value.month ?? 1, day: 1)
        else { return Self.noDate }
        guard let moved = shifted(first) else { return Self.beyond }
        guard moved.year != value.year || value.month.map({ $0 != moved.month }) ?? false,
            let new = DICOMDateTime(
                year: moved.year, month: value.month == nil ? nil : moved.month, offset: value.offset)
        else { return .none("it has no day, and its month or year is the same when it is moved") }
        return .noted(new.description, "moved as the first day of its month or year: it has no day")
    }

    /// A TM, which whole days leave as it is.
    static func checked(time text: String) -> ChangedValue {
        guard let time = try? DICOMTime(text) else { return .none("it is no time") }
        return .value(time.description)
    }

    /// A date in any of the forms that are found in text, alone or with a time, where the VR says nothing of dates.
    func shifted(whole text: String) -> ChangedValue {
        let bytes = Array(text.utf8)
        let found = DatesInText.find(in: bytes)
        guard let date = found.first, found.count == 1, date.range.lowerBound == 0,
            bytes[date.range.upperBound...].allSatisfy(Self.mayFollowDate)
        else { return Self.noDate }
        guard date.date != nil else { return .none("its date may be read in two ways") }
        guard let moved = date.shifted(by: self, in: bytes) else { return Self.beyond }
        return .value(String(decoding: moved + bytes[date.range.upperBound...], as: UTF8.self))
    }

    /// What a time of day and a zone are written with.
    private static func mayFollowDate(_ byte: UInt8) -> Bool {
        byte >= 0x30 && byte <= 0x39 || " T:.+-Z".utf8.contains(byte)
    }

    /// Timezone Offset From UTC (0008,0201), `&ZZXX`: whole days leave it as it is.
    static func checked(zone text: String) -> ChangedValue {
        let bytes = Array(text.utf8)
        guard bytes.count == 5, bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
            bytes.dropFirst().allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
        else { return .none("it is no offset from UTC") }
        return .value(text)
    }
}

extension ProfileAction.DatePrecision {
    /// A DA or DT: the first day of its year or month, without a time.
    func truncated(_ text: String, isDateTime: Bool) -> ChangedValue {
        let read: DICOMDateTime?
        if !isDateTime, let date = try? DICOMDate(text) {
            read = DICOMDateTime(year: date.year, month: date.month, day: date.day)
        } else {
            read = (try? DICOMDateTime(text)).flatMap { isDateTime || $0.time == nil && $0.offset == nil ? $0 : nil }
        }
        guard let read, read.year >= 1 else { return .none("it is no date") }
        if isDateTime, self == .year ? read.month == nil : read.day == nil {
            // It says no more than this already.
            return .value(String(read.description.prefix(self == .year || read.month == nil ? 4 : 6)))
        }
        let month = self == .year ? 1 : read.month ?? 1
        return DICOMDate(year: read.year, month: month, day: 1).map { .value($0.description) } ?? .none("it is no date")
    }
}

extension Age {
    /// An age above so many completed years becomes one year more than them, and says no more.
    static func capped(_ text: String, years: Int) -> ChangedValue {
        guard let age = try? Age(text) else { return .none("it is no age") }
        guard age.completedYears > years else { return .value(age.description) }
        return Age(years + 1, .years).map { .value($0.description) } ?? .none("it is above what an age can say")
    }
}
