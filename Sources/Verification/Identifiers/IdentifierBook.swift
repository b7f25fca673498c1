import DICOMCore
import DICOMEncoding

/// All that identifies anybody in the originals, ready to be looked for. Grows with people and studies, not with bytes.
struct IdentifierBook: Sendable {
    /// Somebody who is named in an original, by the words of the name.
    struct Person: Sendable {
        var words: [String]
        var source: Tag
        var patients: Set<Int32>?
    }

    private(set) var identifiers: [Identifier] = []
    private(set) var persons: [Person] = []
    /// Persons by each word of their names.
    private(set) var personsByWord: [String: [Int32]] = [:]
    /// Letters and digits alone, of values that people write with and without separators: identifiers by number.
    private(set) var condensed: [String: Int32] = [:]
    private(set) var uids: Set<UInt64> = []
    private(set) var patients: [String: Int32] = [:]
    private(set) var dates: [Int32: Set<Int32>] = [:]
    private(set) var birthDates: [Int32: Set<Int32>] = [:]
    private(set) var patterns = PatternSet([])

    private var identifierNumbers: [String: Int32] = [:]
    private var personNumbers: [String: Int32] = [:]
    private var forms: [Int32: String] = [:]

    /// People in whose files somebody may be named before that somebody is everybody's.
    private static let mostPatients = 64
    /// Persons of one name part that are remembered: among more of them, a part alone says nothing.
    private static let mostPersons = 256

    /// Takes an original in. Says who its patient is.
    mutating func add(_ harvest: Harvest) -> Int32 {
        let patient = patients[harvest.patient] ?? Int32(patients.count)
        patients[harvest.patient] = patient
        // In an order of their own: sets have another one in every process.
        for name in harvest.names.sorted(by: Harvest.Text.precedes) { add(name: name, patient) }
        for text in harvest.texts.sorted(by: Harvest.Text.precedes) { add(text: text, patient) }
        for uid in harvest.uids { uids.insert(Self.hash(uid)) }
        dates[patient, default: []].formUnion(harvest.dates)
        birthDates[patient, default: []].formUnion(harvest.birthDates)
        return patient
    }

    static func hash(_ text: some StringProtocol) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return hash ^ hash >> 29
    }

    private mutating func add(name: Harvest.Text, _ patient: Int32) {
        let person = PersonName(name.value)
        for group in PersonName.Group.allCases {
            let components = person[group]
            guard !components.isEmpty else { continue }
            let parts = PersonName.Component.allCases.map { components[$0] }
            let words = parts.flatMap(TextForms.words)
            guard !words.allSatisfy(Placeholders.contains) else { continue }
            add(words: words, name.source, patient)
            let family = parts[0], given = parts[1]
            for part in parts[..<3] where Self.isDistinctive(part) {
                add(part, .nameComponent, name.source, patient, options: [])
            }
            guard !family.isEmpty, !given.isEmpty else { continue }
            for form in [
                "\(family)^\(given)", "\(given)^\(family)", "\(family), \(given)", "\(given) \(family)",
                "\(family) \(given)", "\(family),\(given)", "\(family)_\(given)", "\(given)_\(family)",
            ] {
                add(form, .name, name.source, patient, options: [])
            }
        }
    }

    private mutating func add(words: [String], _ source: Tag, _ patient: Int32) {
        guard !words.isEmpty else { return }
        let key = words.joined(separator: "^")
        if let number = personNumbers[key] {
            persons[Int(number)].source = Self.better(source, persons[Int(number)].source)
            persons[Int(number)].patients?.insert(patient)
            if let count = persons[Int(number)].patients?.count, count > Self.mostPatients {
                persons[Int(number)].patients = nil
            }
            return
        }
        let number = Int32(persons.count)
        personNumbers[key] = number
        persons.append(Person(words: words, source: source, patients: [patient]))
        for word in Set(words) where word.count > 1 || !word.utf8.allSatisfy({ $0 < 0x80 }) {
            if personsByWord[word, default: []].count < Self.mostPersons {
                personsByWord[word, default: []].append(number)
            }
        }
    }

    /// Whether a part of a name says by itself who is meant.
    static func isDistinctive(_ part: String) -> Bool {
        let folded = TextForms.folded(part).trimmingBlanks
        if !folded.utf8.allSatisfy({ $0 < 0x80 }) { return folded.count >= 2 }
        let words = TextForms.words(part)
        return folded.count >= 4 && !words.allSatisfy { PublicWords.contains($0) || $0.count < 3 }
    }

    private mutating func add(text: Harvest.Text, _ patient: Int32) {
        let value = text.value.trimmingBlanks
        add(value: value, text, patient)
        // An address is known by its parts as well.
        let parts = value.split { $0 == "," || $0 == ";" || $0 == "\n" || $0 == "\r" || $0 == "^" }
        guard parts.count > 1 else { return }
        for part in parts.map({ String($0).trimmingBlanks }) where part.count >= 8 && TextForms.words(part).count > 1 {
            add(value: part, text, patient)
        }
    }

    private mutating func add(value: String, _ text: Harvest.Text, _ patient: Int32) {
        let words = TextForms.words(value)
        let letters = words.joined()
        guard letters.utf8.count >= 4, !words.allSatisfy(Placeholders.contains) else { return }
        let digits = letters.utf8.count(where: \.isDigit)
        if digits >= 1, words.count == 1 || digits * 3 >= letters.utf8.count {
            // A short number is everywhere; it is compared at its own place alone.
            guard letters.utf8.count >= 5, Set(letters.utf8).count > 2, InstanceUID.isOne(value) == false else {
                return
            }
            add(value, .number, text.source, patient, options: text.options)
            if digits >= 4, letters.utf8.count >= 6, words.count > 1 || digits >= 6 {
                let number = identifierNumbers[TextForms.folded(value)]
                if let number { condensed[letters] = number }
            }
        } else {
            guard words.contains(where: { !PublicWords.contains($0) && $0.count > 2 }) else { return }
            // One short word is likely a word.
            guard words.count > 1 || letters.count >= 5 else { return }
            add(value, .text, text.source, patient, options: text.options)
        }
    }

    private mutating func add(
        _ value: String, _ kind: Identifier.Kind, _ source: Tag, _ patient: Int32, options: DeidentificationOptions
    ) {
        let folded = TextForms.folded(value)
        if let number = identifierNumbers[folded] {
            identifiers[Int(number)].patients?.insert(patient)
            if let count = identifiers[Int(number)].patients?.count, count > Self.mostPatients {
                identifiers[Int(number)].patients = nil
            }
            identifiers[Int(number)].options.formIntersection(options)
            identifiers[Int(number)].source = Self.better(source, identifiers[Int(number)].source)
            // A number that is also part of a name stays a number: it needs no company.
            if identifiers[Int(number)].kind == .nameComponent { identifiers[Int(number)].kind = kind }
            return
        }
        let number = Int32(identifiers.count)
        identifierNumbers[folded] = number
        forms[number] = value
        identifiers.append(
            Identifier(kind: kind, value: folded, source: source, patients: [patient], options: options))
    }

    /// The attribute that tells a reader more: one of the standard, and the first of them.
    private static func better(_ one: Tag, _ other: Tag) -> Tag {
        if one.isPrivate != other.isPrivate { return one.isPrivate ? other : one }
        return min(one, other)
    }

    /// Makes the patterns: after the last original, before the first search.
    mutating func close() {
        var patterns: [(bytes: [UInt8], owner: Int32)] = []
        for number in identifiers.indices {
            for pattern in TextForms.patterns(forms[Int32(number)] ?? "") { patterns.append((pattern, Int32(number))) }
        }
        self.patterns = PatternSet(patterns)
        forms = [:]
        identifierNumbers = [:]
        personNumbers = [:]
    }
}

/// What stands in place of a value.
enum Placeholders {
    static func contains(_ word: String) -> Bool { words.contains(word) }

    private static let words: Set<String> = [
        "anon", "anonym", "anonymous", "anonymized", "anonymised", "deidentified", "dummy", "empty", "missing", "na",
        "no", "nobody", "none", "noname", "null", "removed", "unknown", "unnamed", "unspecified", "name", "yes", "xxx",
        "xxxx", "value", "redacted", "test", "de", "identified",
    ]
}
