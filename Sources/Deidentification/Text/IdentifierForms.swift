/// The forms in which identifiers may stand in a text, as patterns.
struct IdentifierForms {
    struct Pattern {
        var units: [UInt32]
        var meanings: Set<KnownText.Meaning>
    }

    private let kept: KeptWords
    private var numbers: [[UInt32]: Int] = [:]
    private(set) var patterns: [Pattern] = []
    private(set) var initials: [[Int8: Set<UInt32>]] = []

    /// Of longer values the beginning is looked for.
    private static let longest = 64

    init(kept: KeptWords) { self.kept = kept }

    mutating func add(_ identifier: PatientIdentifiers.Identifier) {
        let text = identifier.text
        switch identifier.kind {
        case .patientName: addName(text, isOfPatient: true)
        case .name: addName(text, isOfPatient: false)
        case .patientNumber: addNumber(text, isOfPatient: true)
        case .number: addNumber(text, isOfPatient: false)
        case .digits: addDigits(text)
        case .phrase: addPhrase(text)
        case .address: addAddress(text)
        case .institution: addInstitution(text)
        case .date: addDate(text)
        }
    }

    private mutating func add(_ units: [UInt32], _ meaning: KnownText.Meaning) {
        let units = Array(units.prefix(Self.longest))
        guard !units.isEmpty else { return }
        if let number = numbers[units] {
            patterns[number].meanings.insert(meaning)
        } else {
            numbers[units] = patterns.count
            patterns.append(Pattern(units: units, meanings: [meaning]))
        }
    }

    // MARK: Names

    private mutating func addName(_ text: String, isOfPatient: Bool) {
        let person = Int32(initials.count)
        initials.append([:])
        for group in text.split(separator: "=") {
            var parts = group.split(separator: "^", omittingEmptySubsequences: false).map(String.init)
            if parts.filter({ !$0.isEmpty }).count == 1, let only = parts.first(where: { !$0.isEmpty }) {
                // `Jürgen Müller` or `Müller, Jürgen`: every word is a part.
                parts = Words(only).all
                if parts.count > 1 { addWhole(parts, person, isOfPatient) }
            } else if parts.count > 1 {
                addWhole(Array(parts.prefix(2)), person, isOfPatient)
            }
            // Prefix and suffix are titles.
            for (number, part) in parts.prefix(3).enumerated() {
                addPart(part, Int8(number), person, isOfPatient)
            }
        }
    }

    /// All of it in both orders, whatever stands between.
    private mutating func addWhole(_ parts: [String], _ person: Int32, _ isOfPatient: Bool) {
        let meaning = KnownText.Meaning(kind: .wholeName, person: person, isOfPatient: isOfPatient, hasWords: true)
        for spelling in Spelling.allCases {
            let spelled = parts.map { spelling.units($0) }.filter { !$0.isEmpty }
            guard spelled.count > 1 else { continue }
            // Latin names of two or three letters together are any word.
            let joined = spelled.flatMap { $0 }
            guard joined.count >= 6 || joined.contains(where: { $0 > 0x2E80 }) else { continue }
            add(joined, meaning)
            add(spelled.reversed().flatMap { $0 }, meaning)
        }
    }

    private mutating func addPart(_ text: String, _ part: Int8, _ person: Int32, _ isOfPatient: Bool) {
        let words = Words(text)
        guard let initial = words.units.first else { return }
        initials[Int(person)][part, default: []].insert(initial.value)
        var meaning = KnownText.Meaning(
            kind: .part, person: person, part: part, isOfPatient: isOfPatient, hasWords: words.all.count > 1)
        if words.units.count > 1 {
            meaning.isWeak = words.all.allSatisfy(isWeak)
            addSpellings(text, meaning)
        }
        guard words.all.count > 1 else { return }
        meaning.hasWords = false
        for word in words.all where !KeptWords.isNoName(word) && word.unicodeScalars.count > 1 {
            meaning.isWeak = isWeak(word)
            addSpellings(word, meaning)
        }
    }

    private mutating func addSpellings(_ text: String, _ meaning: KnownText.Meaning) {
        for spelling in Spelling.allCases {
            let units = spelling.units(text)
            if units.count > 1 { add(units, meaning) }
        }
        // Вересаева, Вересаеву: the stem without its vowel, and any ending.
        let units = FoldedText(text).units
        if let last = units.last, last.script == .inflected, units.count >= 5, Self.endings.contains(last.value) {
            add(units.dropLast().map(\.value), meaning)
        }
    }

    private static let endings = Set("аяйьоеуыιηαοσςυ".unicodeScalars.map(\.value))

    /// Whether a word is too short, or too much of a word, to be somebody's name by itself.
    private func isWeak(_ word: String) -> Bool {
        let units = FoldedText(word).units
        guard let first = units.first else { return true }
        if KeptWords.isNoName(word) || kept.contains(word) { return true }
        switch first.script {
        case .han, .hangul: return units.count < 2
        case .kana, .unspaced, .latin, .digit: return units.count < 3
        case .inflected, .prefixed: return units.count < 3
        }
    }

    // MARK: Numbers

    private mutating func addNumber(_ text: String, isOfPatient: Bool) {
        let units = FoldedText.values(text)
        guard units.count >= 5, units.contains(where: Self.isDigit) else { return }
        // 00000, 11111
        guard Set(units).count > 1 else { return }
        add(units, KnownText.Meaning(kind: .number, isOfPatient: isOfPatient))
        // Without the zeros that fill it up.
        let stripped = Array(units.drop { $0 == 0x30 })
        if stripped.count < units.count, stripped.count >= 6 {
            add(stripped, KnownText.Meaning(kind: .number, isOfPatient: isOfPatient))
        }
    }

    private static func isDigit(_ unit: UInt32) -> Bool { unit >= 0x30 && unit <= 0x39 }

    private mutating func addDigits(_ text: String) {
        let units = FoldedText.values(text).filter(Self.isDigit)
        guard units.count >= 6, Set(units).count > 1 else { return }
        add(units, KnownText.Meaning(kind: .digits))
        // Without the country's code, and with the zero that takes its place.
        for dropped in 1...3 where units.count - dropped >= 7 {
            add(Array(units.dropFirst(dropped)), KnownText.Meaning(kind: .digits))
            add([0x30] + units.dropFirst(dropped), KnownText.Meaning(kind: .digits))
        }
    }

    /// Without separators; dates with separators are found in any text.
    private mutating func addDate(_ text: String) {
        let units = FoldedText.values(text)
        guard units.count == 8, units.allSatisfy(Self.isDigit) else { return }
        let year = Array(units[0..<4]), month = Array(units[4..<6]), day = Array(units[6..<8])
        let short = Array(year[2...])
        let meaning = KnownText.Meaning(kind: .date)
        for form in [
            year + month + day, day + month + year, month + day + year, day + month + short, short + month + day,
        ] {
            add(form, meaning)
        }
    }

    // MARK: Words

    private mutating func addPhrase(_ text: String) {
        let words = Words(text)
        guard words.all.contains(where: { !KeptWords.isNoName($0) && !kept.contains($0) && !Self.generic.contains($0) })
        else { return }
        let hasDigit = words.units.contains { $0.script == .digit }
        let isIdeographic = words.units.contains { $0.value > 0x2E80 }
        guard words.units.count >= (isIdeographic ? 3 : hasDigit || words.all.count == 1 ? 5 : 6) else { return }
        add(
            words.units.map(\.value),
            KnownText.Meaning(kind: hasDigit && words.all.count == 1 ? .number : .phrase, hasWords: true))
    }

    /// The whole, its lines and parts, and the postcode.
    private mutating func addAddress(_ text: String) {
        addPhrase(text)
        for line in text.split(whereSeparator: { ",;^=\\/".contains($0) || $0.isNewline }) {
            addPhrase(String(line))
            // `99999 Nordfelden`, `Quenborough QX9 4ZT`: the words, and the numbers behind or before them.
            let words = Words(String(line)).all
            let isName = words.filter { word in
                !word.unicodeScalars.contains { $0.value >= 0x30 && $0.value <= 0x39 }
            }
            if isName.count < words.count, isName.count <= 2 { for word in isName { addRare(word) } }
            let codes = words.filter { word in word.unicodeScalars.contains { $0.value >= 0x30 && $0.value <= 0x39 } }
            if codes.count == 2, codes.joined().utf8.count >= 5 { addPhrase(codes.joined(separator: " ")) }
            if codes.count == 1, codes[0].utf8.count >= 5 { addPhrase(codes[0]) }
        }
    }

    private mutating func addInstitution(_ text: String) {
        addPhrase(text)
        for line in text.split(whereSeparator: { ",;^=\\/()".contains($0) || $0.isNewline }) {
            addPhrase(String(line))
            // What tells it from others: runs of words between the general ones.
            for run in Words(String(line)).all.split(whereSeparator: {
                Self.generic.contains($0) || KeptWords.isNoName($0)
            }) {
                if run.count > 1 { addPhrase(run.joined(separator: " ")) } else { run.first.map { addRare($0) } }
            }
        }
    }

    /// A word that is looked for by itself.
    private mutating func addRare(_ word: String) {
        let units = FoldedText(word).units
        guard units.count >= 6 || units.contains(where: { $0.value > 0x2E80 }) && units.count >= 3 else { return }
        addPhrase(word)
    }

    /// Words of which names of institutions are made.
    static let generic: Set<String> = [
        "hospital", "hospitals", "clinic", "clinics", "center", "centre", "centers", "medical", "health", "healthcare",
        "university", "universitats", "universitatsklinikum", "klinikum", "klinik", "krankenhaus", "hopital",
        "hospitalier",
        "clinique", "clinica", "ospedale", "ziekenhuis", "institute", "institut", "instituto", "school", "college",
        "saint",
        "sankt", "infirmary", "general", "regional", "national", "county", "city", "memorial", "department", "dept",
        "abteilung",
        "radiology", "radiologie", "imaging", "diagnostic", "diagnostics", "nuclear", "medicine", "oncology",
        "cardiology",
        "neurology", "surgery", "emergency", "ward", "station", "unit", "room", "floor", "building", "street", "road",
        "avenue", "foundation", "trust", "group", "service", "services", "care", "children", "childrens", "royal",
        "research",
        "north", "south", "east", "west", "central", "new", "old", "upper", "lower", "community", "associates",
        "partners",
    ]
}

/// The words of a short text, folded.
struct Words {
    let all: [String]
    let units: [FoldedText.Unit]

    init(_ text: String) {
        let folded = FoldedText(text)
        units = folded.units
        var words: [String.UnicodeScalarView] = []
        for unit in units {
            if unit.gap != .none || words.isEmpty { words.append(String.UnicodeScalarView()) }
            if let scalar = Unicode.Scalar(unit.value) { words[words.count - 1].append(scalar) }
        }
        all = words.map { String($0) }
    }
}

/// How people write letters that their keyboard does not have.
enum Spelling: CaseIterable {
    /// Without what is above or below: `Müller`, `Muller`.
    case plain
    /// Written out: `Mueller`.
    case written
    /// Somebody wrote it out, others do not: `Mueller` as `Muller`.
    case contracted

    func units(_ text: String) -> [UInt32] {
        switch self {
        case .plain: return FoldedText.values(text)
        case .written:
            var written = ""
            // Composed and decomposed letters are the same to a `Character`.
            for character in text { written += Self.writtenOut[character] ?? String(character) }
            return FoldedText.values(written)
        case .contracted:
            let units = FoldedText.values(text)
            var result: [UInt32] = []
            for unit in units {
                if unit == 0x65, let last = result.last, last == 0x61 || last == 0x6F || last == 0x75 { continue }
                result.append(unit)
            }
            // What is short is another word then.
            return result.count >= 5 ? result : units
        }
    }

    private static let writtenOut: [Character: String] = [
        "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "å": "aa", "Å": "Aa", "ø": "oe", "Ø": "Oe",
        "æ": "ae", "Æ": "Ae", "ñ": "nn",
    ]
}
