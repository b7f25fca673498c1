/// Reads what the actions of a profile work with: `date-shift`, `pseudonyms`, `text`, `concepts`, `recipient`; and `pixels`.
struct SettingsParser {
    let log: FindingLog
    let actions: ActionParser
    let patterns: CompiledPatterns

    /// The elements of a profile that are settings and no statements.
    static let names: Set<String> = ["date-shift", "pseudonyms", "text", "concepts", "recipient", "pixels"]

    /// Something that a profile states, where, and as what a finding names it. A class: those that extend it have the same.
    final class Stated<Value: Hashable> {
        let value: Value
        let text: String
        let place: Place

        init(value: Value, text: String, place: Place) {
            self.value = value
            self.text = text
            self.place = place
        }
    }

    /// The settings of one profile as it writes them; nil and empty where it says nothing.
    struct Written {
        var dateShift: Stated<DateShift>?
        var pseudonyms: Stated<PseudonymForm>?
        var keptWords: Set<String> = []
        /// By name.
        var patterns: [String: Stated<TextCleaning.Pattern>] = [:]
        var concepts: [Concept: Stated<ConceptStatement>] = [:]
        var recipients: Stated<[Recipient]>?
        var honoursPrivateCharacteristics: Stated<Bool>?
        var encryptsChanges: Stated<Bool>?
        var burnedIn: Stated<Profile.BurnedInPolicy>?
        var pixels = PixelParser.Written()
        var decodesLossy: Stated<Bool>? { pixels.decodesLossy }
        var removesFaces: Stated<Bool>? { pixels.removesFaces }
    }

    /// Which content items a statement about a concept means.
    struct Concept: Hashable, Comparable {
        var system: String
        var code: String
        var valueType: String

        static func < (left: Concept, right: Concept) -> Bool {
            (left.system, left.code, left.valueType) < (right.system, right.code, right.valueType)
        }
    }

    func parse(_ profile: XMLElement) -> Written {
        var written = Written()
        written.dateShift = only("date-shift", in: profile).flatMap { dateShift($0) }
        written.pseudonyms = only("pseudonyms", in: profile).flatMap { pseudonyms($0) }
        for element in profile.children(named: "text") { text(element, &written) }
        for element in profile.children(named: "concepts") { concepts(element, &written) }
        written.recipients = recipients(profile.children(named: "recipient"))
        if let attribute = profile.attribute("private-characteristics"), let word = attribute.trimmed {
            written.honoursPrivateCharacteristics = Stated(
                value: word == "honour", text: "private-characteristics", place: attribute.place)
        }
        if let attribute = profile.attribute("encrypt"), let word = attribute.trimmed {
            written.encryptsChanges = Stated(value: word == "changed", text: "encrypt", place: attribute.place)
        }
        if let attribute = profile.attribute("burned-in"), let word = attribute.trimmed,
            let policy = Profile.BurnedInPolicy(rawValue: word)
        {
            written.burnedIn = Stated(value: policy, text: "burned-in", place: attribute.place)
        }
        written.pixels = PixelParser(log: log, lists: actions.lists, patterns: patterns).parse(profile)
        return written
    }

    private func only(_ name: String, in profile: XMLElement) -> XMLElement? {
        let all = profile.children(named: name)
        if let second = all.dropFirst().first {
            log.error(.misplacedElement, "a profile has one `\(name)`", at: second.place)
        }
        return all.first
    }

    // MARK: - Dates

    /// More than a lifetime away, dates are no longer believed by those who read them.
    private static let maximumDays = 36525

    private func dateShift(_ element: XMLElement) -> Stated<DateShift>? {
        guard let unit = element.attribute("unit")?.trimmed.flatMap(DateShift.Unit.init(rawValue:)),
            let from = element.attribute("from"), let to = element.attribute("to"),
            let first = from.trimmed.flatMap({ Int($0) }), let last = to.trimmed.flatMap({ Int($0) })
        else { return nil }
        guard first <= last else {
            log.error(
                .badSetting, "dates shift from \(first) to \(last), which is nothing", at: from.place,
                hint: "`from` is the smaller one; the past is negative")
            return nil
        }
        let days = unit == .weeks ? 7 : 1
        for (value, attribute) in [(first, from), (last, to)] where abs(value) * days > Self.maximumDays {
            log.error(.badSetting, "dates shift by more than a hundred years", at: attribute.place)
            return nil
        }
        guard last - first - (first <= 0 && last >= 0 ? 1 : 0) >= 1 else {
            log.error(
                .badSetting, "the dates of all patients shift alike", at: from.place,
                hint: "one known date gives all others away; write a wider range")
            return nil
        }
        return Stated(value: DateShift(unit: unit, range: first...last), text: "date-shift", place: element.place)
    }

    // MARK: - Pseudonyms

    private func pseudonyms(_ element: XMLElement) -> Stated<PseudonymForm>? {
        let list = element.attribute("list")
        let id = list.flatMap { actions.valueList($0, keys: 1...2, forWhat: "patients have an ID and an issuer") }
        if list != nil, id == nil { return nil }
        let prefix = element.attribute("prefix")?.trimmed ?? ""
        if let attribute = element.attribute("prefix"), let objection = Self.objection(to: prefix) {
            log.error(.badSetting, "a pseudonym cannot begin with `\(prefix)`: \(objection)", at: attribute.place)
            return nil
        }
        let alphabet = element.attribute("alphabet")?.trimmed.flatMap(PseudonymForm.Alphabet.init(rawValue:))
        let length = element.attribute("length")?.trimmed.flatMap { Int($0) }
        if list == nil, let attribute = element.attribute("length"), let length, length < 8, alphabet == .digits {
            log.error(
                .badSetting, "\(length) digits are fewer than patients need", at: attribute.place,
                hint: "write 8 or more; of the alphabet `consonants`, 6 are enough for a small set")
            return nil
        }
        if list == nil, let attribute = element.attribute("length"), let length, length < 12,
            alphabet == .digits || length < 8
        {
            log.warning(
                .badSetting, "two of many patients may get the same pseudonym of \(length) characters",
                at: attribute.place, hint: "write 12, or 8 of the alphabet `consonants`, or more")
        }
        let form = PseudonymForm(prefix: prefix, alphabet: alphabet ?? .consonants, length: length ?? 12, list: id)
        return Stated(value: form, text: "pseudonyms", place: element.place)
    }

    /// The text stands in PN, LO and SH, which is why it has the characters of all of them.
    private static func objection(to prefix: String) -> String? {
        if prefix.utf8.count > 16 { return "it has more than 16 characters" }
        let isPlain = prefix.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !#"\^="#.utf8.contains($0) }
        return isPlain ? nil : #"it holds letters, digits and signs of ASCII, but not \, ^ and ="#
    }

    // MARK: - Text and structured content

    private func text(_ element: XMLElement, _ written: inout Written) {
        for child in element.children(named: "keep-words") {
            guard let list = child.attribute("list"), let id = actions.list(list) else { continue }
            written.keptWords.insert(id)
        }
        for child in element.children(named: "pattern") {
            guard let name = child.attribute("name"), let id = name.trimmed, let source = child.attribute("pattern")
            else { continue }
            let isCaseSensitive = child.attribute("case")?.trimmed != "ignore"
            let check = PatternCheck(log: log, patterns: patterns)
            guard let compiled = check.compile(source, isCaseSensitive: isCaseSensitive) else { continue }
            guard !compiled.isFound(in: "") else {
                log.error(
                    .badPattern, "the pattern is found where there is nothing", at: source.place,
                    hint: "it names what is taken out: write one that is at least a character long")
                continue
            }
            let pattern = TextCleaning.Pattern(name: id, pattern: source.value, isCaseSensitive: isCaseSensitive)
            if let other = written.patterns[id] {
                log.error(
                    .duplicateName, "the pattern `\(id)` is defined twice", at: name.place,
                    hint: "the other stands at \(other.place.location)")
                continue
            }
            written.patterns[id] = Stated(value: pattern, text: "pattern \(id)", place: name.place)
        }
    }

    private func concepts(_ element: XMLElement, _ written: inout Written) {
        guard let system = element.attribute("system")?.trimmed else { return }
        for child in element.children {
            guard let attribute = child.attribute("code"), let code = attribute.trimmed,
                let action = actions.parse(child)
            else { continue }
            let type = child.attribute("type")?.trimmed
            let concept = Concept(system: system, code: code, valueType: type ?? "")
            if let other = written.concepts[concept] {
                log.error(
                    .duplicateStatement, "the profile says two things of the same concept", at: child.place,
                    hint: "the other stands at \(other.place.location)")
                continue
            }
            let statement = ConceptStatement(
                system: system, code: code, valueType: type, action: action, location: child.location)
            written.concepts[concept] = Stated(value: statement, text: "(\(code), \(system))", place: child.place)
        }
    }

    // MARK: - Recipients

    private func recipients(_ elements: [XMLElement]) -> Stated<[Recipient]>? {
        guard let first = elements.first else { return nil }
        var recipients: [Recipient] = []
        for element in elements {
            guard let attribute = element.attribute("certificate"),
                let recipient = CertificateFile(log: log).read(attribute)
            else { continue }
            if recipients.contains(where: { $0.certificate == recipient.certificate }) {
                log.error(.duplicateName, "the certificate is named twice", at: attribute.place)
            } else {
                recipients.append(recipient)
            }
        }
        return Stated(value: recipients.sorted { $0.path < $1.path }, text: "recipient", place: first.place)
    }
}
