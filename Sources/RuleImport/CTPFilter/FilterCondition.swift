import RuleLanguage

/// A filter expression as a condition of ours, from both sides.
struct FilterCondition {
    let log: ImportLog

    func condition(_ expression: FilterExpression) -> ApproximateCondition {
        switch expression {
        case .all(let parts): return .all(parts.map(condition))
        case .any(let parts): return .any(parts.map(condition))
        case .not(let inner): return condition(inner).negated
        case .constant(let value, let id):
            log.translated(id)
            return ApproximateCondition(ConvertedCondition(.constant(value), from: [id]))
        case .term(let term):
            let condition = condition(term)
            // Spoken of already where it is not the same.
            if !log.hasOutcome(term.id) { log.translated(term.id) }
            return condition
        }
    }

    private func condition(_ term: FilterTerm) -> ApproximateCondition {
        let id = term.id
        let name = ImportLog.shown(term.identifier)
        func unknown(_ reason: String) -> ApproximateCondition {
            log.refused(id, "\(reason): what it asks is not known, and an object about which it matters is held back")
            return .unknown([id])
        }
        guard let argument = term.argument else {
            return unknown("its argument is not in quotes, and CTP takes it for false")
        }
        guard let reference = CTPReference(term.identifier) else {
            return unknown("`\(name)` is no element that is known, and CTP takes it to be empty")
        }
        guard reference.isKnownToCTP else {
            return unknown("CTP spells `\(name)` otherwise, and takes it to be empty")
        }
        let attribute = reference.attribute
        guard !attribute.isSequence else { return unknown("`\(name)` is a sequence, which has no value") }
        if let element = reference.element, case .privateElement = element, attribute.vrs.isEmpty {
            log.changed(id, "nobody says what kind of value `\(name)` has")
        }
        guard var condition = compare(attribute, term.method, argument, id) else {
            return unknown("`\(ImportLog.shown(term.method))` of `\(name)` cannot be asked")
        }
        if attribute.isFileMeta {
            log.changed(id, "of an object without file meta information CTP makes it up; in doubt it is held back")
            condition = condition.inDoubt(ConvertedCondition(.absent(attribute.text), from: [id]))
        }
        if condition.over != condition.under, !log.hasOutcome(id) {
            log.changed(id, "\(Self.difference(of: attribute)); in doubt the object is held back")
        }
        return condition
    }

    /// Why a comparison of ours is not CTP's.
    private static func difference(of attribute: ScriptAttribute) -> String {
        if attribute.isPersonName {
            return "a name is compared by its groups, without delimiters at their ends, where CTP sees all of it"
        }
        if attribute.isPrivate {
            return "CTP leaves the blank at the end of a private text, and compares several values as one"
        }
        if attribute.isNumber, !attribute.hasSeveralValues {
            return "CTP compares the digits alone, those of an exponent with the others"
        }
        if attribute.isDate, !attribute.hasSeveralValues {
            return "a date with points in it (`1995.05.01`) is a date, where CTP takes it for none"
        }
        return "each of several values is compared by itself, where CTP compares them as one text"
    }

    /// Nil when nothing of ours asks this.
    private func compare(
        _ attribute: ScriptAttribute, _ method: String, _ argument: String, _ id: ImportLog.ID
    ) -> ApproximateCondition? {
        let text = TextCondition(attribute, from: [id])
        let number = NumberCondition(attribute: attribute, origins: [id])
        let ignoresCase = method.hasSuffix("IgnoreCase")
        switch method {
        case "equals", "equalsIgnoreCase":
            if argument.isEmpty { return text.equals("", ignoresCase: false) }
            if attribute.isBinaryNumber { return number.equals(argument) }
        case "isLessThan", "isGreaterThan":
            if !attribute.isUnsigned, attribute.isNumber { log.changed(id, "signs do not count, as in CTP") }
            return number.differs(by: method == "isLessThan" ? "lt" : "gt", argument)
        default: break
        }
        guard attribute.isText else {
            guard ["contains", "startsWith", "endsWith"].contains(where: { method.hasPrefix($0) }) else { return nil }
            if argument.isEmpty { return ApproximateCondition(ConvertedCondition(.constant(true), from: [id])) }
            guard let found = number.contains(argument) else { return nil }
            log.changed(id, "the digits of a number are not looked into: a number of that size or more is held back")
            return found
        }
        if argument.trimmed != argument, !argument.contains("\\"), method.hasPrefix("equals"), !attribute.isPrivate {
            log.changed(id, "values have no blanks around them, in CTP neither: it is never so")
            return ApproximateCondition(ConvertedCondition(.constant(false), from: [id]))
        }
        switch method {
        case "equals", "equalsIgnoreCase": return text.equals(argument, ignoresCase: ignoresCase)
        case "contains", "containsIgnoreCase": return text.contains(argument, ignoresCase: ignoresCase)
        case "startsWith", "startsWithIgnoreCase": return text.startsWith(argument, ignoresCase: ignoresCase)
        case "endsWith", "endsWithIgnoreCase": return text.endsWith(argument, ignoresCase: ignoresCase)
        case "matches": return text.matches(argument)
        default: return nil
        }
    }
}
