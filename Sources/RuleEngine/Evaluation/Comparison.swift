import DICOMCore
import DICOMEncoding
import RuleLanguage

/// How a value is compared with what a rule says.
enum Comparison {
    /// What a rule says, in the form in which both sides are compared.
    static func wanted(_ texts: [String], _ folding: Condition.Folding, _ reference: AttributeReference) -> [String] {
        texts.map { text in
            let name = reference.vr == .PN && reference.component == nil ? PersonName(text).canonical : text
            return fold(trimmed(name), folding)
        }
    }

    /// The rows of a list in the form in which values of these attributes are compared: a name is the same with delimiters at
    /// its end and without.
    static func list(_ list: ValueList, of references: [AttributeReference]) -> ValueList {
        let names = references.indices.filter { references[$0].vr == .PN }
        return names.isEmpty ? list : list.rewritten(names) { PersonName($0).canonical }
    }

    static func text(
        _ comparison: Condition.TextComparison, _ texts: [String], _ folding: Condition.Folding,
        _ reference: AttributeReference
    ) -> Question.ValueTest {
        let wanted = wanted(texts, folding, reference)
        switch comparison {
        case .equals:
            if let only = wanted.first, wanted.count == 1 { return { trimmed($0) == only } }
            let all = Set(wanted)
            return { all.contains(trimmed($0)) }
        case .startsWith:
            return { value in
                let value = trimmed(value)
                return wanted.contains { value.utf8.starts(with: $0.utf8) }
            }
        case .contains:
            let parts = wanted.map { Array($0.utf8) }
            return { value in parts.contains { isFound($0, in: value) } }
        }
    }

    static func number(_ order: Condition.Order, _ number: Double) -> Question.ValueTest {
        { value throws(ValueError) in
            guard !value.isEmpty else { return false }
            return holds(try NumericText.decimal(value), order, number)
        }
    }

    /// A DA, or the day of a DT. A DT that is less precise than the comparison needs is no reading of it.
    static func date(_ order: Condition.Order, _ date: CalendarDate) -> Question.ValueTest {
        { value throws(ValueError) in
            guard !value.isEmpty else { return false }
            let (first, last) = try days(value)
            let answer = holds(first, order, date)
            // Of equality the ends of the time say nothing while the date may lie between them.
            let mayBeEqual = (order == .equal || order == .unequal) && first < date && date < last
            guard answer == holds(last, order, date), !mayBeEqual else {
                throw ValueError(.malformedDate, reason: "a date that is less precise than the rule's")
            }
            return answer
        }
    }

    /// Days of the mean Gregorian year, as a rule counts them.
    static func age(_ order: Condition.Order, _ days: Double) -> Question.ValueTest {
        { value throws(ValueError) in
            guard !value.isEmpty else { return false }
            let own = try Age(value).days
            // A minute: twelve months are a year, however it was computed.
            return holds(abs(own - days) < 0.0007 ? days : own, order, days)
        }
    }

    static func holds<Value: Comparable>(_ value: Value, _ order: Condition.Order, _ other: Value) -> Bool {
        switch order {
        case .less: value < other
        case .lessOrEqual: value <= other
        case .equal: value == other
        case .greaterOrEqual: value >= other
        case .greater: value > other
        case .unequal: value != other
        }
    }

    /// The first and the last day that a DA or DT may mean.
    private static func days(_ value: String) throws(ValueError) -> (CalendarDate, CalendarDate) {
        if let day = try? DICOMDate(value) {
            let date = CalendarDate(year: day.year, month: day.month, day: day.day)
            return (date, date)
        }
        let time = try DICOMDateTime(value)
        return (
            CalendarDate(year: time.year, month: time.month ?? 1, day: time.day ?? 1),
            CalendarDate(year: time.year, month: time.month ?? 12, day: time.day ?? 31)
        )
    }

    /// In the form in which both sides are compared.
    static func fold(_ text: String, _ folding: Condition.Folding) -> String {
        folded(text, letterCase: folding.contains(.letterCase), accents: folding.contains(.accents))
    }

    /// Without blanks around it; they mean nothing in a comparison, and nearly no value has them.
    static func trimmed(_ text: String) -> String {
        guard text.utf8.first == 0x20 || text.utf8.last == 0x20 else { return text }
        guard let first = text.utf8.firstIndex(where: { $0 != 0x20 }),
            let last = text.utf8.lastIndex(where: { $0 != 0x20 })
        else { return "" }
        return String(text[first...last])
    }

    private static func isFound(_ part: [UInt8], in text: String) -> Bool {
        guard let first = part.first else { return true }
        var rest = Substring(text).utf8
        while let start = rest.firstIndex(of: first) {
            rest = rest[start...]
            if rest.starts(with: part) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}
