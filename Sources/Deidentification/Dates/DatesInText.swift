import DICOMEncoding

/// Finds the dates in a text, in one pass: 20140312, 2014-03-12, 2014_03_12, 2014:03:12, 12.03.2014, 25/03/2014,
/// 12 Mar 2014, March 12th, 2014, 20140312101112, 2014年3月12日, and what is a date without being one day: 03/04/2015,
/// 12.03.14, March 2014, 03/2014.
///
/// Years are 1850 to 2150: a number of eight digits is not often a date, and one that is not of this time is none.
/// A year alone is no date.
enum DatesInText {
    static func find(in text: String) -> [DateInText] { find(in: Array(text.utf8)) }

    static func find(in bytes: [UInt8]) -> [DateInText] {
        var found: [DateInText] = []
        var index = 0
        while index < bytes.count {
            TextSteps.add()
            let isDigit = DateScanner.isDigit(bytes[index])
            guard isDigit || CalendarNames.isLetter(bytes, index) else {
                index += 1
                continue
            }
            var scanner = DateScanner(bytes, at: index)
            let date = isDigit ? scanner.numberFirst() : scanner.nameFirst()
            if var date {
                scanner.addWeekday(to: &date, notBefore: found.last?.range.upperBound ?? 0)
                found.append(date)
                index = date.range.upperBound
            } else {
                index = isDigit ? scanner.endOfDigits(index) : scanner.endOfWord(index)
            }
        }
        return found
    }

    static let years = 1850...2150
}

/// Reads one date from a place in a text. Looks at most a few dozen bytes ahead.
struct DateScanner {
    private let bytes: [UInt8]
    private let start: Int
    private var position: Int
    private var parts: [DateInText.Part] = []

    init(_ bytes: [UInt8], at start: Int) {
        self.bytes = bytes
        self.start = start
        position = start
    }

    // MARK: Forms

    /// A date that begins with a number. A letter may stand before it (`T20140312`), a digit may not.
    mutating func numberFirst() -> DateInText? {
        let digits = start..<endOfDigits(start)
        position = digits.upperBound
        switch digits.count {
        case 8: return compact(digits) ?? compactDayFirst(digits)
        case 12, 14...20: return compactWithTime(digits)
        case 4: return yearFirst(digits)
        case 1, 2: return dayOrMonthFirst(digits)
        default: return nil
        }
    }

    /// A date that begins with the name of a month.
    mutating func nameFirst() -> DateInText? {
        guard let name = monthName() else { return nil }
        let word = start..<position
        skip(".")
        skip(" ")
        let digits = position..<endOfDigits(position)
        position = digits.upperBound
        if digits.count == 4 { return year(digits) == nil ? nil : undecided() }
        guard (1...2).contains(digits.count), let day = number(digits), (1...31).contains(day) else { return nil }
        add(digits, .day)
        let end = skipOrdinal()
        skip(",")
        skip(".")
        skip(" ")
        // `Mar 12 10:20:30 2014`, as C prints it.
        let mark = position
        if isTime() { skip(" ") } else { position = mark }
        if let date = closing(day: day, month: name.number + 1) { return date }
        return isWord(word, name) ? nil : undecided(upTo: end)
    }

    /// Short names, and those that mean something else too: without a year beside them they are no months.
    private func isWord(_ range: Range<Int>, _ name: CalendarNames.Name) -> Bool {
        let word = CalendarNames.lowered(bytes[range])
        return name.isShort || ["may", "march", "mars"].contains { word.elementsEqual($0.utf8) }
    }

    // MARK: Digits alone

    private mutating func compact(_ digits: Range<Int>) -> DateInText? {
        let parts = split(digits.prefix(8), 4, 2, 2)
        guard let year = year(parts[0]), let date = date(year, number(parts[1]), number(parts[2])) else { return nil }
        add(parts[0], .year)
        add(parts[1], .month)
        add(parts[2], .day)
        return decided(date)
    }

    /// DDMMYYYY or MMDDYYYY.
    private mutating func compactDayFirst(_ digits: Range<Int>) -> DateInText? {
        let parts = split(digits, 2, 2, 4)
        guard let year = year(parts[2]) else { return nil }
        return readings(parts[0], parts[1], year, parts[2], isDayFirst: false)
    }

    /// The date is moved, the time behind it stays.
    private mutating func compactWithTime(_ digits: Range<Int>) -> DateInText? {
        let time = split((digits.lowerBound + 8)..<digits.upperBound, 2, 2, digits.count == 12 ? 0 : 2)
        guard let hour = number(time[0]), hour < 24, let minute = number(time[1]), minute < 60,
            (number(time[2]) ?? 0) <= 60
        else { return nil }
        position = digits.lowerBound + 8
        return compact(digits)
    }

    private func split(_ digits: Range<Int>, _ counts: Int...) -> [Range<Int>] {
        var start = digits.lowerBound
        return counts.map { count in
            defer { start += count }
            return start..<(start + count)
        }
    }

    // MARK: Parted

    private mutating func yearFirst(_ digits: Range<Int>) -> DateInText? {
        guard let year = year(digits) else { return nil }
        add(digits, .year)
        if skip("年") { return ideographic(year) }
        // Also as files are called (2014_03_12) and pictures stamped (2014:03:12, EXIF).
        guard let separator = separator(among: ["-", "/", ".", "_", ":"]) else { return nil }
        let second = smallNumber()
        guard let month = number(second), (1...12).contains(month) else { return nil }
        add(second, .month)
        if skip(separator) {
            let third = smallNumber()
            guard let date = date(year, month, number(third)), isEnd else { return nil }
            add(third, .day)
            return decided(date)
        }
        return ["-", "/"].contains(separator) && second.count == 2 && isEnd ? undecided() : nil
    }

    private mutating func ideographic(_ year: Int) -> DateInText? {
        let second = smallNumber()
        guard let month = number(second), skip("月") else { return nil }
        add(second, .month)
        let third = smallNumber()
        guard third.count > 0 else { return undecided() }
        guard let date = date(year, month, number(third)), skip("日") else { return nil }
        add(third, .day)
        return decided(date)
    }

    private mutating func dayOrMonthFirst(_ first: Range<Int>) -> DateInText? {
        let mark = position
        if let separator = separator(among: ["-", "/", ".", "_"]) {
            if separator == "." { skip(" ") }
            let second = smallNumber()
            if !second.isEmpty, let date = numbers(first, separator, second) { return date }
            position = mark
        }
        return dayThenName(first)
    }

    private mutating func numbers(
        _ first: Range<Int>, _ separator: String, _ second: Range<Int>
    ) -> DateInText? {
        guard skip(separator) else { return nil }
        if separator == "." { skip(" ") }
        let third = position..<endOfDigits(position)
        position = third.upperBound
        guard isEnd else { return nil }
        if third.count == 4, let year = year(third) {
            return readings(first, second, year, third, isDayFirst: separator == ".")
        }
        let isExact = first.count == 2 && second.count == 2 && separator != "_" || separator == "/"
        return third.count == 2 && isExact && canBeDate(first, second, third) ? undecided() : nil
    }

    /// Day before month, or month before day: the one that the calendar allows; undecided where both are.
    private mutating func readings(
        _ first: Range<Int>, _ second: Range<Int>, _ year: Int, _ yearRange: Range<Int>, isDayFirst: Bool
    ) -> DateInText? {
        let european = date(year, number(second), number(first)), american = date(year, number(first), number(second))
        guard european != nil || american != nil else { return nil }
        if let european, american == nil || american == european || isDayFirst {
            add(first, .day)
            add(second, .month)
            add(yearRange, .year)
            return decided(european)
        }
        guard european == nil, let american else { return undecided() }
        add(first, .month)
        add(second, .day)
        add(yearRange, .year)
        return decided(american)
    }

    /// 12.03.14, in any of its three orders.
    private func canBeDate(_ first: Range<Int>, _ second: Range<Int>, _ third: Range<Int>) -> Bool {
        guard let first = number(first), let second = number(second), let third = number(third) else { return false }
        return date(2000, second, first) != nil || date(2000, first, second) != nil || date(2000, second, third) != nil
    }

    // MARK: Names

    /// 12 Mar 2014, 12. März 2014, 12th of March, 2014, 12-MAR-2014, 12MAR2014.
    private mutating func dayThenName(_ digits: Range<Int>) -> DateInText? {
        if let date = monthAndYear(digits) { return date }
        guard let day = number(digits), (1...31).contains(day) else { return nil }
        position = digits.upperBound
        add(digits, .day)
        _ = skipOrdinal()
        if !skip("-"), !skip("/") {
            skip(".")
            skip(" ")
            if !skip("of "), !skip("de ") { skip("di ") }
        }
        let wordStart = position
        guard let name = monthName() else { return nil }
        let end = position
        if !skip("-"), !skip("/") {
            skip(".")
            skip(",")
            skip(" ")
            if !skip("de ") { skip("'") }
        }
        if let date = closing(day: day, month: name.number + 1) { return date }
        return isWord(wordStart..<end, name) ? nil : undecided(upTo: end)
    }

    /// 03/2014, 03-2014.
    private mutating func monthAndYear(_ digits: Range<Int>) -> DateInText? {
        let mark = position
        defer { position = mark }
        guard digits.count == 2, let month = number(digits), (1...12).contains(month), skip("/") || skip("-") else {
            return nil
        }
        let second = position..<endOfDigits(position)
        position = second.upperBound
        return second.count == 4 && year(second) != nil && isEnd ? undecided() : nil
    }

    /// The year behind day and month; with two digits it has no century.
    private mutating func closing(day: Int, month: Int) -> DateInText? {
        let digits = position..<endOfDigits(position)
        guard date(2000, month, day) != nil else { return nil }
        if digits.count == 2 {
            position = digits.upperBound
            return isEnd ? undecided() : nil
        }
        guard digits.count == 4, let year = year(digits), let date = date(year, month, day) else { return nil }
        position = digits.upperBound
        add(digits, .year)
        return decided(date)
    }

    private mutating func monthName() -> CalendarNames.Name? {
        let word = position..<endOfWord(position)
        guard word.count <= CalendarNames.longest, let name = CalendarNames.month(bytes[word]) else { return nil }
        position = word.upperBound
        add(word, .monthName(name))
        return name
    }

    /// `Wed`, `Wednesday,` before a date go with it: left alone they would tell by how many days it was moved.
    func addWeekday(to date: inout DateInText, notBefore limit: Int) {
        var end = date.range.lowerBound
        let before = end
        while end > limit, before - end < 3,
            bytes[end - 1] == 0x20 || bytes[end - 1] == UInt8(ascii: ",")
                || bytes[end - 1] == UInt8(ascii: ".")
        { end -= 1 }
        guard end < before else { return }
        var first = end
        while first > limit, end - first <= CalendarNames.longest, CalendarNames.isLetter(bytes, first - 1) {
            first -= 1
        }
        guard first == 0 || !Self.isDigit(bytes[first - 1]), let name = CalendarNames.weekday(bytes[first..<end])
        else { return }
        date.range = first..<date.range.upperBound
        if date.date != nil { date.parts.insert(.init(range: first..<end, kind: .weekday(name)), at: 0) }
    }

    // MARK: Pieces

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    func endOfDigits(_ start: Int) -> Int {
        var index = start
        while index < bytes.count, Self.isDigit(bytes[index]) { index += 1 }
        TextSteps.add(index - start + 1)
        return index
    }

    func endOfWord(_ start: Int) -> Int {
        var index = start
        while index < bytes.count, CalendarNames.isLetter(bytes, index) { index += 1 }
        TextSteps.add(index - start + 1)
        return index
    }

    /// No digit follows, nor a sign with a digit behind it, by which longer numbers go on.
    private var isEnd: Bool {
        guard position < bytes.count else { return true }
        if Self.isDigit(bytes[position]) { return false }
        guard position + 1 < bytes.count, Self.isDigit(bytes[position + 1]) else { return true }
        return bytes[position] != UInt8(ascii: ".") && bytes[position] != UInt8(ascii: "/")
    }

    private func number(_ range: Range<Int>) -> Int? {
        guard !range.isEmpty, range.count <= 4 else { return nil }
        return bytes[range].reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    private func year(_ range: Range<Int>) -> Int? {
        number(range).flatMap { DatesInText.years.contains($0) ? $0 : nil }
    }

    private func date(_ year: Int, _ month: Int?, _ day: Int?) -> DICOMDate? {
        guard let month, let day else { return nil }
        return DICOMDate(year: year, month: month, day: day)
    }

    /// One or two digits; none when there are more.
    private mutating func smallNumber() -> Range<Int> {
        let digits = position..<endOfDigits(position)
        guard digits.count <= 2 else { return position..<position }
        position = digits.upperBound
        return digits
    }

    private mutating func separator(among signs: [String]) -> String? { signs.first { skip($0) } }

    @discardableResult
    private mutating func skip(_ text: String) -> Bool {
        let expected = text.utf8
        guard bytes.count - position >= expected.count,
            bytes[position..<(position + expected.count)].elementsEqual(expected)
        else { return false }
        position += expected.count
        return true
    }

    /// - Returns: where the number and its ending end.
    private mutating func skipOrdinal() -> Int {
        let end = position + 2
        if end <= bytes.count, end == bytes.count || !CalendarNames.isLetter(bytes, end) {
            let ending = CalendarNames.lowered(bytes[position..<end])
            if ["st", "nd", "rd", "th", "er"].contains(where: { ending.elementsEqual($0.utf8) }) {
                add(position..<end, .ordinal)
                position = end
            }
        }
        return position
    }

    /// HH:MM or HH:MM:SS.
    private mutating func isTime() -> Bool {
        var count = 0
        repeat {
            let digits = smallNumber()
            guard digits.count == 2 else { return false }
            count += 1
        } while skip(":")
        return count >= 2
    }

    private mutating func add(_ range: Range<Int>, _ kind: DateInText.Part.Kind) {
        parts.append(.init(range: range, kind: kind))
    }

    private func decided(_ date: DICOMDate) -> DateInText {
        DateInText(range: start..<position, date: date, parts: parts)
    }

    private func undecided(upTo end: Int? = nil) -> DateInText {
        DateInText(range: start..<(end ?? position), date: nil, parts: [])
    }
}
