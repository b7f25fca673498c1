/// Identifiers made ready to be looked for: all of them in one pass over a text.
final class KnownText: Sendable {
    /// What it means that a pattern was found.
    struct Meaning: Sendable, Hashable {
        enum Kind: UInt8, Sendable, Hashable {
            /// A part of a person's name.
            case part
            /// Family and given name.
            case wholeName
            case number, digits, phrase, date
        }
        var kind: Kind
        /// Whose name: by number.
        var person: Int32 = -1
        /// Which part of it: family 0, given 1, middle 2, and so on.
        var part: Int8 = 0
        /// Is also a word, or so short that it may be one: a name only beside another part of it.
        var isWeak = false
        var isOfPatient = false
        /// Blanks are part of it.
        var hasWords = false
    }

    private let automaton: PatternAutomaton
    private let lengths: [Int]
    /// The units of each pattern, and what it means.
    let patterns: [[UInt32]]
    let meanings: [[Meaning]]
    /// First letters of the parts of each person's name.
    let initials: [[Int8: Set<UInt32>]]

    var isEmpty: Bool { automaton.isEmpty }

    init(_ identifiers: PatientIdentifiers, kept: KeptWords) {
        var forms = IdentifierForms(kept: kept)
        for identifier in identifiers.sorted { forms.add(identifier) }
        patterns = forms.patterns.map(\.units)
        automaton = PatternAutomaton(patterns)
        lengths = patterns.map(\.count)
        meanings = forms.patterns.map { $0.meanings.sorted { "\($0)" < "\($1)" } }
        initials = forms.initials
    }

    /// A pattern in a text, with boundaries as its kind asks for.
    struct Hit: Sendable {
        /// Units, both included.
        var first: Int
        var last: Int
        var meaning: Meaning
    }

    func hits(in text: FoldedText) -> [Hit] {
        var result: [Hit] = []
        guard !isEmpty else { return result }
        let units = text.units
        var state: Int32 = 0
        for (index, unit) in units.enumerated() {
            state = automaton.step(from: state, unit.value)
            guard automaton.hasEnd(state) else { continue }
            automaton.forEachEnd(in: state) { pattern in
                let first = index - lengths[pattern] + 1
                for meaning in meanings[pattern] {
                    TextSteps.add(lengths[pattern])
                    if let last = Self.end(of: meaning, first, index, units) {
                        result.append(Hit(first: first, last: last, meaning: meaning))
                    }
                }
            }
        }
        return result
    }

    /// Whether anything at all might be found in ASCII bytes: nothing is decoded or allocated. Other bytes always might.
    func mayBe(in text: Span<UInt8>) -> Bool {
        guard !isEmpty else { return false }
        var state: Int32 = 0
        for index in 0..<text.count {
            let byte = text[index]
            switch byte {
            case 0x30...0x39, 0x61...0x7A: state = automaton.step(from: state, UInt32(byte))
            case 0x41...0x5A: state = automaton.step(from: state, UInt32(byte | 0x20))
            case 0x1B, 0x26, 0x80...0xFF: return true
            default: continue
            }
            if automaton.hasEnd(state) { return true }
        }
        return false
    }

    // MARK: Boundaries

    /// The last unit of what goes, when the units are what the meaning says; nil when they merely look so.
    private static func end(of meaning: Meaning, _ first: Int, _ last: Int, _ units: [FoldedText.Unit]) -> Int? {
        var widest = FoldedText.Gap.none
        if first < last { for index in (first + 1)...last { widest = max(widest, units[index].gap) } }
        let count = last - first + 1
        switch meaning.kind {
        case .part:
            guard widest <= (meaning.hasWords || count >= 8 ? .short : .soft) else { return nil }
            return wordEnd(first, last, units)
        case .wholeName:
            guard widest <= .short else { return nil }
            return wordEnd(first, last, units)
        case .number:
            let isDigits = units[first...last].allSatisfy { $0.script == .digit }
            guard widest <= (isDigits && count < 7 ? .soft : .short) else { return nil }
            // Letters and digits are nothing else by chance.
            let isLong = count >= 8 || !isDigits && units[first...last].contains { $0.script == .digit }
            return (isLong || startsRun(first, units)) && (isLong || endsRun(last, units)) ? last : nil
        case .digits:
            // Parentheses and blanks stand in telephone numbers.
            guard Int(units[last].end - units[first].start) <= count * 2 + 8 else { return nil }
            return startsRun(first, units) && endsRun(last, units) ? last : nil
        case .date: return widest == .none && startsRun(first, units) && endsRun(last, units) ? last : nil
        case .phrase:
            guard Int(units[last].end - units[first].start) <= count * 6 + 16 else { return nil }
            return wordEnd(first, last, units)
        }
    }

    /// Not in the midst of digits, or of letters.
    static func startsRun(_ first: Int, _ units: [FoldedText.Unit]) -> Bool {
        first == 0 || units[first].gap != .none || units[first - 1].script != units[first].script
    }

    static func endsRun(_ last: Int, _ units: [FoldedText.Unit]) -> Bool {
        last + 1 >= units.count || startsRun(last + 1, units)
    }

    private static func startsWord(_ first: Int, _ units: [FoldedText.Unit]) -> Bool {
        // A hump: `PtMueller`.
        startsRun(first, units)
            || units[first].isUpper && !units[first - 1].isUpper && units[first].start != units[first - 1].start
    }

    /// Where the word ends of which these units are the stem, if they begin one.
    private static func wordEnd(_ first: Int, _ last: Int, _ units: [FoldedText.Unit]) -> Int? {
        let count = last - first + 1
        let script = units[first].script
        switch script {
        case .han, .hangul, .kana, .unspaced:
            // No blanks say where a word ends. Two characters are a word; of syllables it takes three.
            let least = script == .han ? 2 : script == .hangul ? 2 : 3
            if count >= least { return last }
        case .prefixed:
            if !startsWord(first, units) {
                // `and`, `the`, `to` are written as one with what follows.
                var start = first
                while start > 0, first - start < 3, units[start].gap == .none, units[start - 1].script == script {
                    start -= 1
                }
                guard count >= 3, startsRun(start, units) else { return nil }
            }
            return endOfWord(last, units, atMost: count >= 4 ? 2 : 0)
        case .inflected:
            guard startsWord(first, units) else { return nil }
            return endOfWord(last, units, atMost: count >= 4 ? 3 : 0)
        case .digit, .latin: break
        }
        guard startsWord(first, units) else { return nil }
        if last + 1 < units.count, startsWord(last + 1, units) || last + 1 == units.count {
            return withGenitive(last, units)
        }
        if last + 1 >= units.count { return last }
        // `Müllers`
        if count >= 4, units[last + 1].value == 0x73, endsRun(last + 1, units) { return last + 1 }
        return nil
    }

    /// `Müller's`
    private static func withGenitive(_ last: Int, _ units: [FoldedText.Unit]) -> Int {
        guard last + 1 < units.count, units[last + 1].gap == .soft, units[last + 1].value == 0x73,
            endsRun(last + 1, units)
        else { return last }
        return last + 1
    }

    private static func endOfWord(_ last: Int, _ units: [FoldedText.Unit], atMost count: Int) -> Int? {
        var end = last
        while !endsRun(end, units) {
            end += 1
            if end - last > count { return nil }
        }
        return end
    }
}

extension KnownText {
    /// Whether a text names the patient: by a number, by first and last name, wherever they stand in it.
    func namesPatient(_ text: FoldedText) -> Bool {
        var parts: [Int32: Set<Int8>] = [:]
        for hit in hits(in: text) where hit.meaning.isOfPatient {
            switch hit.meaning.kind {
            case .number, .wholeName: return true
            case .part: parts[hit.meaning.person, default: []].insert(hit.meaning.part)
            case .digits, .phrase, .date: break
            }
        }
        return parts.values.contains { $0.contains(0) && $0.contains(1) }
    }

    /// Whether one of several numbers is the patient's: a series with the patient's number has it for that reason.
    func isPatientsNumber(in text: FoldedText) -> Bool {
        hits(in: text).contains { hit in
            hit.meaning.isOfPatient && hit.meaning.kind == .number && hit.last - hit.first >= 5
                && (hit.first...hit.last).dropFirst().allSatisfy { text.units[$0].gap == .none }
        }
    }
}
