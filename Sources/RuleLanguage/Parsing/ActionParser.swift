/// What a rule set knows of its lists before their rows are read: a list that could not be read is known all the same.
struct ListColumns: Sendable {
    var keys: [String]
    var value: String?
}

typealias ListNames = [String: ListColumns]

/// Reads actions: elements with arguments, and words such as `shift-date` or `hash:16`.
struct ActionParser {
    let log: FindingLog
    let lists: ListNames

    /// Nil when it is not understood; then something has been said about it.
    func parse(_ element: XMLElement) -> ProfileAction? {
        switch element.name {
        case "replace": element.attribute("value").map { .replace($0.value) }
        case "truncate-date": Self.precision(element.attribute("to")?.trimmed).map { .truncateDate($0) }
        case "cap-age": Self.years(element.attribute("at")?.trimmed).map { .capAge(years: $0) }
        case "hash": Self.digits(element.attribute("digits")?.trimmed).map { .hash(digits: $0) }
        case "lookup": lookup(element)
        case "encrypt": word(element.attribute("then")).map { .encrypt(then: $0) }
        case "by-type": byType(element)
        default: Self.simple(element.name)
        }
    }

    private func byType(_ element: XMLElement) -> ProfileAction? {
        let actions = ["type1", "type2", "type3"].compactMap { word(element.attribute($0)) }
        guard actions.count == 3 else { return nil }
        return .byType(type1: actions[0], type2: actions[1], type3: actions[2])
    }

    private func lookup(_ element: XMLElement) -> ProfileAction? {
        guard let list = element.attribute("list"), let otherwise = word(element.attribute("otherwise")),
            let id = valueList(list, keys: 1...1, forWhat: "a value is looked up by one")
        else { return nil }
        return .lookup(list: id, otherwise: otherwise)
    }

    /// A list with a value column and so many keys.
    func valueList(_ attribute: XMLAttribute, keys: ClosedRange<Int>, forWhat reason: String) -> String? {
        guard let id = list(attribute), let columns = lists[id] else { return nil }
        guard columns.value != nil else {
            log.error(
                .noValueColumn, "the list `\(id)` does not say which column is the value", at: attribute.place,
                hint: "write value=\"…\" at the list")
            return nil
        }
        guard keys.contains(columns.keys.count) else {
            log.error(
                .keyCount, "the list `\(id)` has \(columns.keys.count) key columns, and \(reason)",
                at: attribute.place, hint: "its keys are \(Spelling.list(columns.keys, conjunction: "and"))")
            return nil
        }
        return id
    }

    /// A list that is declared.
    func list(_ attribute: XMLAttribute) -> String? {
        guard let id = attribute.trimmed else { return nil }
        guard lists[id] == nil else { return id }
        log.error(
            .unknownList, "there is no list `\(id)`", at: attribute.place,
            hint: Spelling.suggestion(for: id, among: lists.keys))
        return nil
    }

    // MARK: - Words

    /// An action in a word, with its argument behind a colon.
    private func word(_ attribute: XMLAttribute?) -> ProfileAction? {
        guard let text = attribute?.trimmed else { return nil }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { return Self.simple(text) }
        switch parts[0] {
        case "truncate-date": return Self.precision(parts[1]).map { .truncateDate($0) }
        case "cap-age": return Self.years(parts[1]).map { .capAge(years: $0) }
        case "hash": return Self.digits(parts[1]).map { .hash(digits: $0) }
        default: return nil
        }
    }

    private static func simple(_ name: String) -> ProfileAction? {
        switch name {
        case "keep": .keep
        case "remove": .remove
        case "empty": .empty
        case "dummy": .dummy
        case "clean": .clean
        case "uid": .uid
        case "pseudonym": .pseudonym
        case "shift-date": .shiftDate
        default: nil
        }
    }

    private static func precision(_ text: String?) -> ProfileAction.DatePrecision? {
        text.flatMap(ProfileAction.DatePrecision.init(rawValue:))
    }

    /// `089Y`: other units would cap an infant.
    private static func years(_ text: String?) -> Int? {
        guard let text, text.utf8.count == 4, text.hasSuffix("Y") else { return nil }
        return Int(text.dropLast())
    }

    private static func digits(_ text: String?) -> Int? {
        guard let text, let number = Int(text), (8...64).contains(number) else { return nil }
        return number
    }
}
