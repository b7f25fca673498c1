import DICOMCore
import RuleLanguage

/// Comparisons of other tools with text, from both sides where ours differ: those read an attribute as one text, absent or
/// without a value as the empty one, several values joined by `\`; ours compare each value by itself.
struct TextCondition {
    let attribute: ScriptAttribute
    let origins: [ImportLog.ID]
    private var name: String { attribute.text }

    init(_ attribute: ScriptAttribute, from origins: [ImportLog.ID]) {
        self.attribute = attribute
        self.origins = origins
    }

    private func condition(_ kind: ConvertedCondition.Kind) -> ConvertedCondition {
        ConvertedCondition(kind, from: origins)
    }

    var isBlank: ConvertedCondition {
        ConvertedCondition(.any([condition(.absent(name)), condition(.empty(name))]), from: origins)
    }

    // MARK: - Comparisons

    func equals(_ text: String, ignoresCase: Bool) -> ApproximateCondition {
        if text.isEmpty { return ApproximateCondition(isBlank) }
        if text.contains("\\") { return joinedValues(text, ignoresCase) }
        let wanted = isSeenWhole ? compared(text) : text
        let some =
            value(wanted, ignoresCase, prefix: "^(?:", suffix: ")$") ?? .equals(name, wanted, ignoresCase: ignoresCase)
        if isSeenWhole { return ofWhole(some, text) }
        return eachValue(some, unlike: RegularExpression.notEqual(to: text), ignoresCase)
    }

    func contains(_ text: String, ignoresCase: Bool) -> ApproximateCondition {
        if text.isEmpty { return ApproximateCondition(condition(.constant(true))) }
        if text.contains("\\") { return joinedValues(text, ignoresCase) }
        if isSeenWhole, isName ? PersonNameText.isParted(text) || text.trimmed != text : text.last == " " {
            let some = ofWhole(.contains(name, compared(text), ignoresCase: ignoresCase), text)
            // What is found in the form in which names are compared is found in the name as it is written.
            guard !isName || !text.contains("=") else { return some }
            let sure = ConvertedCondition.Kind.matches(
                name, pattern: RegularExpression.literal(text), ignoresCase: ignoresCase)
            return ApproximateCondition(over: some.over, under: condition(sure))
        }
        let some =
            value(text, ignoresCase, prefix: "(?:", suffix: ")") ?? .contains(name, text, ignoresCase: ignoresCase)
        return ApproximateCondition(condition(some))
    }

    func startsWith(_ text: String, ignoresCase: Bool) -> ApproximateCondition {
        if text.isEmpty { return ApproximateCondition(condition(.constant(true))) }
        if text.contains("\\") { return joinedValues(text, ignoresCase) }
        if isName || isSeenWhole && text.last == " " {
            return ofWhole(.startsWith(name, compared(text), ignoresCase: ignoresCase), text)
        }
        let some =
            value(text, ignoresCase, prefix: "^(?:", suffix: ")") ?? .startsWith(name, text, ignoresCase: ignoresCase)
        return eachValue(some, unlike: RegularExpression.notBeginning(with: text), ignoresCase)
    }

    func endsWith(_ text: String, ignoresCase: Bool) -> ApproximateCondition {
        if text.isEmpty { return ApproximateCondition(condition(.constant(true))) }
        if text.contains("\\") { return joinedValues(text, ignoresCase) }
        if isSeenWhole {
            let pattern = "(?:\(RegularExpression.literal(compared(text))))$"
            return ofWhole(.matches(name, pattern: pattern, ignoresCase: ignoresCase), text)
        }
        let pattern = "(?:\(RegularExpression.literal(text)))$"
        return eachValue(
            .matches(name, pattern: pattern, ignoresCase: ignoresCase), unlike: RegularExpression.notEnding(with: text),
            ignoresCase)
    }

    /// The whole text, by a pattern.
    func matches(_ pattern: String) -> ApproximateCondition? {
        let whole = "^(?:\(pattern))$"
        guard let compiled = try? TextPattern(whole) else { return nil }
        let some = condition(.matches(name, pattern: whole, ignoresCase: false))
        let isBlankToo = compiled.isFound(in: "")
        // A pattern may take the sign between two values, too, the delimiters of a name, or a blank at the end.
        if attribute.hasSeveralValues || isSeenWhole {
            let over: ConvertedCondition.Kind = isBlankToo ? .constant(true) : .present(name)
            return ApproximateCondition(over: condition(over), under: condition(.constant(false)))
        }
        guard isBlankToo else { return ApproximateCondition(some) }
        return ApproximateCondition(ConvertedCondition(.any([isBlank, some]), from: origins))
    }

    // MARK: - What those see whole

    private var isName: Bool { attribute.isPersonName }

    /// Ours compare a name group by group, without blanks around components and delimiters at its end (PS3.5 6.2.1.1),
    /// and any text without the blank that pads it; those see all of a name, and of a private text, as it is written. What
    /// is sure of the one is never sure of the other.
    private var isSeenWhole: Bool { isName || attribute.isPrivate }

    /// A text of a script as ours is compared.
    private func compared(_ text: String) -> String {
        guard !isName else { return PersonNameText.canonical(text) }
        var text = text
        while text.last == " " { text.removeLast() }
        return text
    }

    private func ofWhole(_ some: ConvertedCondition.Kind, _ text: String) -> ApproximateCondition {
        let over = compared(text).isEmpty ? ConvertedCondition.Kind.present(name) : some
        return ApproximateCondition(over: condition(over), under: condition(.constant(false)))
    }

    // MARK: - Values

    /// Several values in an order: nothing of ours says that.
    private func joinedValues(_ text: String, _ ignoresCase: Bool) -> ApproximateCondition {
        ApproximateCondition(over: condition(.present(name)), under: condition(.constant(false)))
    }

    /// Of several values, that all compare so is told by none that does not.
    private func eachValue(
        _ some: ConvertedCondition.Kind, unlike pattern: String, _ ignoresCase: Bool
    ) -> ApproximateCondition {
        let over = condition(some)
        guard attribute.hasSeveralValues else { return ApproximateCondition(over) }
        let other = condition(.matches(name, pattern: pattern, ignoresCase: ignoresCase))
        let all = ConvertedCondition(.all([over, ConvertedCondition(.not(other), from: origins)]), from: origins)
        return ApproximateCondition(over: over, under: all)
    }

    /// A text that the VR cannot hold, found by a pattern in values that break it; nil for one that it can.
    private func value(
        _ text: String, _ ignoresCase: Bool, prefix: String, suffix: String
    ) -> ConvertedCondition.Kind? {
        let isHeld = attribute.vrs.contains { vr in
            vr.isText
                && TextRule(vr: vr).objection(to: text, .equals, ignoresCase ? .letterCase : []) == nil
        }
        guard !attribute.vrs.isEmpty, !isHeld else { return nil }
        return .matches(name, pattern: prefix + RegularExpression.literal(text) + suffix, ignoresCase: ignoresCase)
    }
}

/// Texts that a name is compared with.
enum PersonNameText {
    /// Whether it holds what parts components or groups.
    static func isParted(_ text: String) -> Bool { text.contains { $0 == "^" || $0 == "=" } }

    /// As names are compared: no blanks around components, no delimiters at the end of a group or of the whole.
    static func canonical(_ text: String) -> String {
        joined(text.split(separator: "=", omittingEmptySubsequences: false).map(group), by: "=")
    }

    private static func group(_ text: Substring) -> String {
        joined(text.split(separator: "^", omittingEmptySubsequences: false).map { String($0).trimmed }, by: "^")
    }

    private static func joined(_ parts: [String], by delimiter: Character) -> String {
        var text = parts.joined(separator: String(delimiter))
        while text.last == delimiter { text.removeLast() }
        return text
    }
}

/// Patterns of RE2 that are made of texts.
enum RegularExpression {
    static func literal(_ text: String) -> String { text.unicodeScalars.map(literal).joined() }

    private static func literal(_ scalar: Unicode.Scalar) -> String {
        let isPlain =
            scalar.value > 0x7F || scalar.properties.isAlphabetic || scalar.value >= 0x30 && scalar.value <= 0x39
            || scalar == " " || scalar == "_"
        return isPlain ? String(scalar) : "\\" + String(scalar)
    }

    /// But for a control character that no value has: a pattern that is found in one is taken to be found everywhere.
    private static func other(than scalar: Unicode.Scalar) -> String { "[^\(literal(scalar))\\x01]" }

    /// What does not begin with a text: it ends before, or has another character at some place.
    static func notBeginning(with text: String) -> String {
        var pattern = ""
        for scalar in text.unicodeScalars.reversed() {
            let rest = pattern.isEmpty ? "" : "|\(literal(scalar))(?:\(pattern))"
            pattern = "$|\(other(than: scalar))\(rest)"
        }
        return "^(?:\(pattern))"
    }

    static func notEqual(to text: String) -> String {
        var pattern = "[\\s\\S]"
        for scalar in text.unicodeScalars.reversed() {
            pattern = "$|\(other(than: scalar))|\(literal(scalar))(?:\(pattern))"
        }
        return "^(?:\(pattern))"
    }

    static func notEnding(with text: String) -> String {
        var pattern = ""
        for scalar in text.unicodeScalars {
            let rest = pattern.isEmpty ? "" : "|(?:\(pattern))\(literal(scalar))"
            pattern = "^|\(other(than: scalar))\(rest)"
        }
        return "(?:\(pattern))$"
    }
}
