import RuleLanguage

/// What some value must be like for a comparison to come out other than false.
enum TextKey: Sendable {
    /// In the form in which both sides are compared.
    case equals(String)
    case startsWith(String)
    case contains(String)
    case matches(TextPattern)
}

/// Rules by what they look for in the values of one view: one look-up, one walk and one scan for all of them.
struct TextIndex: Sendable {
    /// All that are in it; a rule may be there twice.
    private(set) var rules: [Int] = []
    private var equal: [String: [Int]] = [:]
    private var beginnings = TextTrie()
    private var parts = TextTrie()
    private var patterns: [(pattern: TextPattern, rule: Int)] = []
    private var sets: [PatternSet] = []

    /// Patterns that are scanned for together, and the rule of each.
    private struct PatternSet: Sendable {
        var set: TextPatternSet
        var rules: [Int]
    }

    mutating func add(_ key: TextKey, _ rule: Int) {
        rules.append(rule)
        switch key {
        case .equals(let text): equal[text, default: []].append(rule)
        case .startsWith(let text): beginnings.insert(text.utf8, rule)
        case .contains(let text): parts.insert(text.utf8, rule)
        case .matches(let pattern): patterns.append((pattern, rule))
        }
    }

    /// Patterns that are scanned for together, by whether case counts: one alone is as fast by itself, when its rule is
    /// asked.
    var setCount: Int { [true, false].count { togetherCount($0) > 1 } }

    private func togetherCount(_ isCaseSensitive: Bool) -> Int {
        patterns.count { $0.pattern.isCaseSensitive == isCaseSensitive }
    }

    /// To be called when all have been added.
    ///
    /// - Parameter memory: of each set of patterns, in bytes.
    mutating func finish(memory: Int64) {
        beginnings.link()
        parts.link()
        for isCaseSensitive in [true, false] where togetherCount(isCaseSensitive) > 1 {
            let some = patterns.filter { $0.pattern.isCaseSensitive == isCaseSensitive }
            guard let set = TextPatternSet(some.map(\.pattern), memory: memory) else { continue }
            sets.append(PatternSet(set: set, rules: some.map(\.rule)))
            patterns.removeAll { $0.pattern.isCaseSensitive == isCaseSensitive }
        }
    }

    /// The rules that such readings may make true or unknown; some more than once.
    func forEachRule(for readings: Readings, _ body: (Int) -> Void) {
        guard readings.problems.isEmpty else { return rules.forEach(body) }
        for (text, _) in readings.texts {
            let trimmed = Comparison.trimmed(text)
            if !equal.isEmpty { equal[trimmed]?.forEach(body) }
            beginnings.forEachBeginning(of: trimmed.utf8, body)
            parts.forEachPart(of: text.utf8, body)
            for (_, rule) in patterns { body(rule) }
            for patterns in sets {
                // A scan that was given up has found nothing out.
                guard let found = patterns.set.found(in: text) else {
                    patterns.rules.forEach(body)
                    continue
                }
                for number in found { body(patterns.rules[number]) }
            }
        }
    }
}
