import DICOMCore

/// Compiles patterns, and finds those that can never be found or always are.
struct PatternCheck {
    let log: FindingLog
    let patterns: CompiledPatterns

    /// Of a condition.
    func compile(_ written: XMLAttribute, isCaseSensitive: Bool, _ fit: TextFit) -> TextPattern? {
        guard !written.value.isEmpty else {
            log.error(
                .alwaysMatches, "the pattern is empty and is found in every value", at: written.place,
                hint: "write <present attribute=\"\(fit.attribute.text)\"/>")
            return nil
        }
        guard let pattern = compile(written, isCaseSensitive: isCaseSensitive) else { return nil }
        if pattern.isFound(in: ""), pattern.isFound(in: "\u{1}"), pattern.isFound(in: "Zz 0") {
            log.warning(
                .alwaysMatches, "the pattern is found in every value", at: written.place,
                hint: "anchor it with ^ and $, or write `present`")
        }
        checkLiteral(written, isCaseSensitive: isCaseSensitive, fit)
        return pattern
    }

    /// Nil when RE2 does not take it, which has been said.
    func compile(_ written: XMLAttribute, isCaseSensitive: Bool) -> TextPattern? {
        do throws(TextPattern.CompileError) {
            return try patterns.pattern(written.value, isCaseSensitive: isCaseSensitive)
        } catch {
            log.error(
                .badPattern, "the pattern cannot be compiled: \(error.reason)", at: written.place,
                hint: Self.hint(for: written.value))
            return nil
        }
    }

    private static func hint(for pattern: String) -> String {
        let others: [(String, String)] = [
            ("(?=", "look-ahead"), ("(?!", "look-ahead"), ("(?<=", "look-behind"), ("(?<!", "look-behind"),
            ("(?>", "atomic groups"), ("\\1", "back-references"), ("\\2", "back-references"),
            ("++", "possessive repeats"),
        ]
        for (text, name) in others where pattern.contains(text) {
            return "RE2 has no \(name), so that patterns run in linear time; join conditions with `all`, `any`, `not`"
        }
        return "patterns are written as RE2 takes them: https://github.com/google/re2/wiki/Syntax"
    }

    /// A pattern without any operator is a text that must be found, which the VR must be able to hold. About others
    /// nothing is said.
    private func checkLiteral(_ written: XMLAttribute, isCaseSensitive: Bool, _ fit: TextFit) {
        guard !fit.attribute.isUnknown else { return }
        var text = Substring(written.value)
        if text.first == "^" { text.removeFirst() }
        if text.last == "$" { text.removeLast() }
        guard !text.isEmpty, !text.contains(where: { "\\^$.|?*+()[]{}".contains($0) }) else { return }
        let folding: Condition.Folding = isCaseSensitive ? [] : .letterCase
        var first: TextRule.Objection?
        for vr in fit.attribute.allowedVRs where vr.isText {
            let rule = TextRule(vr: vr, component: fit.reference.component, group: fit.reference.group)
            guard let objection = rule.objectionToCharacters(of: String(text), folding) else { return }
            first = first ?? objection
        }
        guard let first else { return }
        log.error(
            .impossibleValue, "`\(fit.attribute.text)` never holds this: \(first.reason)", at: written.place,
            hint: first.hint)
    }
}

/// The patterns of one load: packs ask many attributes for the same words, and compiling them takes the most time.
final class CompiledPatterns {
    private struct Key: Hashable {
        var source: String
        var isCaseSensitive: Bool
    }

    private var compiled: [Key: Result<TextPattern, TextPattern.CompileError>] = [:]

    func pattern(_ source: String, isCaseSensitive: Bool) throws(TextPattern.CompileError) -> TextPattern {
        let key = Key(source: source, isCaseSensitive: isCaseSensitive)
        if let known = compiled[key] { return try known.get() }
        let result = Result { () throws(TextPattern.CompileError) in
            try TextPattern(source, isCaseSensitive: isCaseSensitive)
        }
        compiled[key] = result
        return try result.get()
    }
}
