import DICOMCore
import DICOMEncoding

/// Looks for the identifiers of the originals in bytes of an output.
struct Scanner: Sendable {
    let book: IdentifierBook
    /// Whose data the output is made of, as far as that is known.
    var patient: Int32?
    /// What the output declares that it kept.
    var options: DeidentificationOptions = []

    /// All finds in some bytes, each once.
    func hits(in bytes: [UInt8], as kind: ByteKind) -> Set<Hit> {
        var hits: Set<Hit> = []
        search(lowercased(bytes), kind, &hits)
        guard kind == .text || kind == .bytes else { return hits }
        for text in EmbeddedText.wide(in: bytes) + EmbeddedText.encoded(in: bytes) + EmbeddedText.references(in: bytes)
        {
            search(lowercased(text), kind, &hits)
            // What was packed may be wide.
            for inner in EmbeddedText.wide(in: text) { search(lowercased(inner), kind, &hits) }
        }
        return hits
    }

    /// All finds in a decoded text: as it stands and folded.
    func hits(in text: String, as kind: ByteKind = .text) -> Set<Hit> {
        let folded = TextForms.folded(text)
        var hits = hits(in: Array(text.utf8), as: kind)
        if !folded.utf8.elementsEqual(text.utf8) { search(lowercased(folded.utf8), kind, &hits) }
        return hits
    }

    private func search(_ bytes: [UInt8], _ kind: ByteKind, _ hits: inout Set<Hit>) {
        book.patterns.forEachMatch(in: bytes) { match in
            let identifier = book.identifiers[Int(book.patterns.entries[match.pattern].owner)]
            guard options.isDisjoint(with: identifier.options), counts(match, identifier, bytes, kind) else { return }
            hits.insert(Hit(kind: Self.kind(identifier.kind), source: identifier.source, value: identifier.value))
        }
        guard kind != .pixels else { return }
        if !options.contains(.retainUIDs) { searchUIDs(bytes, &hits) }
        guard kind != .number else { return }
        let words = WordRuns.words(in: bytes, asciiOnly: kind == .bytes)
        searchNames(bytes, words, &hits)
        if kind == .text { searchCondensed(bytes, words, &hits) }
        searchDates(bytes, words, kind, &hits)
    }

    private static func kind(_ kind: Identifier.Kind) -> Hit.Kind {
        switch kind {
        case .name, .nameComponent: .name
        case .number: .number
        case .text: .text
        }
    }

    private func isOwn(_ patients: Set<Int32>?) -> Bool { patient.map { patients?.contains($0) ?? false } ?? false }

    /// Whether a likeness is a find, by what the bytes are and what stands around it.
    private func counts(_ match: PatternSet.Match, _ identifier: Identifier, _ bytes: [UInt8], _ kind: ByteKind) -> Bool
    {
        let pattern = bytes[match.range]
        let count = pattern.count
        let isASCII = pattern.allSatisfy { $0 < 0x80 }
        let isDigits = pattern.allSatisfy(\.isDigit)
        let before = match.range.lowerBound > 0 ? bytes[match.range.lowerBound - 1] : 0
        let after = match.range.upperBound < bytes.count ? bytes[match.range.upperBound] : 0
        let isWhole = !before.isAlphanumeric && !after.isAlphanumeric
        switch kind {
        case .pixels: guard count >= 8, Set(pattern).count >= 4, !isDigits || isWhole else { return false }
        case .number where isDigits:
            // A whole value of a number that is not a measurement by chance.
            guard count >= 6, isWhole, before != 0x2E, after != 0x2E else { return false }
        case .number: guard isASCII, isWhole else { return false }
        case .bytes: guard isASCII || count >= 6 || bytes.count <= 4096, !isDigits || count >= 7 else { return false }
        case .text: break
        }
        switch identifier.kind {
        case .nameComponent:
            // Somebody else of that name may be meant, or nobody.
            guard let patients = identifier.patients, isOwn(patients) || patient == nil && count >= 6 else {
                return false
            }
            return !isASCII || isWhole || count >= 7
        case .name: return !isASCII || isWhole || count >= 8
        case .number:
            if isDigits {
                let isPart =
                    before == 0x2E
                    || after == 0x2E && match.range.upperBound + 1 < bytes.count
                        && bytes[match.range.upperBound + 1].isDigit
                return isWhole && !isPart && (count >= 7 || isOwn(identifier.patients))
            }
            return isWhole || count >= 8
        case .text: return isWhole || count >= 8
        }
    }

    // MARK: Names

    /// Words before a name.
    private static let titles: Set<String> = [
        "mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "mme", "mlle", "sr", "sra", "srta", "patient",
    ]
    /// Words that say that a name or a number of somebody follows.
    private static let labels: Set<String> = ["id", "mrn", "name", "nom", "nombre", "pid"]

    private func searchNames(_ bytes: [UInt8], _ words: [WordRuns.Word], _ hits: inout Set<Hit>) {
        guard !book.persons.isEmpty else { return }
        for (index, word) in words.enumerated() {
            guard let found = book.personsByWord[word.text] else { continue }
            for next in words[(index + 1)...].prefix(2) where next.range.lowerBound - word.range.upperBound <= 8 {
                guard next.text != word.text, max(word.text.count, next.text.count) >= 3,
                    let others = book.personsByWord[next.text], Self.areNear(word, next, bytes)
                else { continue }
                guard let both = found.first(where: others.contains) else { continue }
                let person = book.persons[Int(both)]
                // A name all of words is a name in the files of its bearer.
                let isPublic = PublicWords.contains(word.text) && PublicWords.contains(next.text)
                guard !isPublic || isOwn(person.patients) || patient == nil else { continue }
                // Of others than the patient, words that are only words need the sign of a name between them.
                let between = bytes[word.range.upperBound..<next.range.lowerBound]
                guard !isPublic || person.source.group == 0x0010 || between.contains(where: "^,_".utf8.contains) else {
                    continue
                }
                hits.insert(Hit(kind: .name, source: person.source, value: "\(word.text) \(next.text)"))
            }
            guard word.text.count > 1, let title = Self.title(before: index, words),
                let person = found.first(where: { isOwn(book.persons[Int($0)].patients) })
            else { continue }
            // "Patient position" is no name, and nobody's family is called so in earnest.
            if title == "patient", PublicWords.contains(word.text) { continue }
            hits.insert(Hit(kind: .name, source: book.persons[Int(person)].source, value: word.text))
        }
    }

    /// The title in front of a word; of `ID of X` and `name: X` the first.
    private static func title(before index: Int, _ words: [WordRuns.Word]) -> String? {
        guard index > 0, words[index].range.lowerBound - words[index - 1].range.upperBound <= 2 else { return nil }
        let last = words[index - 1].text
        if titles.contains(last) || labels.contains(last) { return last }
        guard index > 1, ["of", "is"].contains(last), labels.contains(words[index - 2].text) else { return nil }
        return words[index - 2].text
    }

    /// Whether what stands between two words separates the parts of a name, or another short part does.
    private static func areNear(_ word: WordRuns.Word, _ next: WordRuns.Word, _ bytes: [UInt8]) -> Bool {
        let between = bytes[word.range.upperBound..<next.range.lowerBound]
        return between.allSatisfy { $0.isAlphanumeric || " ^,._-=/'\\\t\r\n\0<>\"()".utf8.contains($0) }
    }

    // MARK: Numbers

    private static let separators: Set<UInt8> = Set(" -./()+_:".utf8)

    /// Numbers that somebody wrote with other separators.
    private func searchCondensed(_ bytes: [UInt8], _ words: [WordRuns.Word], _ hits: inout Set<Hit>) {
        guard !book.condensed.isEmpty else { return }
        for (index, word) in words.enumerated() {
            var joined = ""
            var end = word.range.lowerBound
            for next in words[index...].prefix(6) {
                let gap = bytes[end..<next.range.lowerBound]
                guard gap.count <= 2, gap.allSatisfy(Self.separators.contains) else { break }
                joined += next.text
                end = next.range.upperBound
                guard joined.utf8.count <= 32 else { break }
                guard joined.utf8.count >= 6, let number = book.condensed[joined] else { continue }
                let identifier = book.identifiers[Int(number)]
                guard options.isDisjoint(with: identifier.options) else { continue }
                let isPart =
                    word.range.lowerBound > 1 && bytes[word.range.lowerBound - 1] == 0x2E
                    && bytes[word.range.lowerBound - 2].isDigit
                if !isPart { hits.insert(Hit(kind: .number, source: identifier.source, value: identifier.value)) }
            }
        }
    }

    private func searchUIDs(_ bytes: [UInt8], _ hits: inout Set<Hit>) {
        guard !book.uids.isEmpty else { return }
        var start = 0
        while start < bytes.count {
            guard bytes[start].isDigit else {
                start += 1
                continue
            }
            var end = start + 1
            while end < bytes.count, bytes[end].isDigit || bytes[end] == 0x2E { end += 1 }
            var last = end
            while last > start, bytes[last - 1] == 0x2E { last -= 1 }
            if last - start >= 9, last - start <= 64, bytes[start..<last].contains(0x2E) {
                let text = String(decoding: bytes[start..<last], as: UTF8.self)
                if book.uids.contains(IdentifierBook.hash(text)) {
                    hits.insert(Hit(kind: .uid, source: nil, value: text))
                }
            }
            start = end
        }
    }

    private func searchDates(_ bytes: [UInt8], _ words: [WordRuns.Word], _ kind: ByteKind, _ hits: inout Set<Hit>) {
        guard let patient else { return }
        let dates = options.contains(.retainFullDates) ? [] : book.dates[patient] ?? []
        let births = book.birthDates[patient] ?? []
        guard !dates.isEmpty || !births.isEmpty else { return }
        for (day, text) in WrittenDates.dates(in: bytes, words: words, wholeOnly: kind == .bytes) {
            if births.contains(day) {
                hits.insert(Hit(kind: .birthDate, source: Tag(0x0010, 0x0030), value: text, day: day))
            } else if dates.contains(day) {
                hits.insert(Hit(kind: .date, source: nil, value: text, day: day))
            }
        }
    }
}
