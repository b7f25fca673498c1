/// Names of people that nothing in the data set tells us of, by what stands before or behind them: `Dr. X`, `reported by
/// X Y`, `Patient: X`, `Mother X Y`, `X Y, MD`; and numbers behind `MRN`, `acc`, `phone`.
struct NameContexts {
    private let text: FoldedText
    private let words: [TextWords.Word]
    private let kept: KeptWords
    /// Words in which a known name was found, also one that is a word as well.
    private let isKnown: (Int) -> Bool
    private var found: [ClosedRange<Int>] = []

    /// - Returns: units.
    static func ranges(
        _ text: FoldedText, _ words: TextWords, kept: KeptWords, isKnown: @escaping (Int) -> Bool
    ) -> [ClosedRange<Int>] {
        var contexts = NameContexts(text: text, words: words.words, kept: kept, isKnown: isKnown)
        contexts.search()
        return contexts.found
    }

    private mutating func search() {
        for index in words.indices {
            let word = words[index]
            TextSteps.add(word.text.utf8.count)
            if isTitle(word) {
                take(from: index + 1, atMost: word.isCapitals ? 2 : 3, isCertain: true)
            } else if word.text == "by", index > 0, Self.deeds.contains(words[index - 1].text) {
                take(from: index + 1, atMost: 4, isCertain: false)
            } else if Self.foreignDeeds.contains(word.text), index + 1 < words.count,
                Self.foreignBy.contains(words[index + 1].text)
            {
                take(from: index + 2, atMost: 4, isCertain: false)
            } else if Self.roles.contains(word.text), word.next == UInt8(ascii: ":") || word.next == UInt8(ascii: "=") {
                take(from: index + 1, atMost: 4, isCertain: true, afterColon: true)
            } else if Self.relations.contains(word.text) {
                take(from: index + 1, atMost: 3, isCertain: false)
            } else if Self.degree(word) {
                takeBack(from: index - 1)
            }
            if Self.numbered.contains(word.text) { takeNumber(from: index + 1) }
        }
    }

    /// `MR`, `DR`, `MS` and `MRS` in capitals are modalities and diseases, unless a point follows.
    private func isTitle(_ word: TextWords.Word) -> Bool {
        guard KeptWords.titles.contains(word.text), word.isCapitalised else { return false }
        return !word.isCapitals || word.next == UInt8(ascii: ".") || !Self.ambiguousTitles.contains(word.text)
    }

    private static let ambiguousTitles: Set<String> = [
        "dr", "mr", "ms", "mrs", "sra", "miss", "sir", "sig", "pan", "dra",
    ]

    private static func degree(_ word: TextWords.Word) -> Bool {
        word.isCapitals && KeptWords.degrees.contains(word.text)
    }

    /// Takes the words that look like a name.
    ///
    /// - Parameter isCertain: a name must follow; a word that is kept elsewhere goes, unless it names a disease or its like.
    private mutating func take(from start: Int, atMost count: Int, isCertain: Bool, afterColon: Bool = false) {
        var end = start
        var taken = 0
        var first: Int?
        var last: Int?
        // Titles and particles are not counted, and no name has a dozen of them.
        while end < min(words.count, start + 12), taken < count {
            let word = words[end]
            TextSteps.add(word.text.utf8.count)
            if end == start, word.gap == .long, !afterColon { break }
            if end > start, word.gap == .long || word.startsLine || endsSentence(before: end) { break }
            if isTitle(word) || word.text == "by" || word.text == "dr" || word.text == "prof" {
                end += 1
                continue
            }
            if Self.degree(word) { break }
            if KeptWords.particles.contains(word.text), leadsToName(end) {
                first = first ?? end
                end += 1
                continue
            }
            guard word.isCapitalised, !word.hasDigit || isKnown(end), !Self.noNames.contains(word.text) else { break }
            if !isKnown(end), !word.isInitial {
                if isEponym(end) { break }
                if kept.contains(word.text), !(isCertain && taken == 0) { break }
                if word.text.unicodeScalars.count < 2 || Self.numbered.contains(word.text) { break }
            }
            taken += 1
            first = first ?? end
            last = end
            end += 1
        }
        if let first, let last, first <= last { found.append(words[first].first...words[last].last) }
    }

    /// Particles, and behind them a word that begins with a capital: `van der Berg`.
    private func leadsToName(_ index: Int) -> Bool {
        let behind = words[(index + 1)..<min(words.count, index + 4)].first { !KeptWords.particles.contains($0.text) }
        return behind?.isCapitalised == true
    }

    /// `Hounsfield units`: no person, whoever is called so.
    private func isEponym(_ index: Int) -> Bool {
        guard index + 1 < words.count, kept.contains(words[index].text) else { return false }
        let next = words[index + 1]
        return next.gap < .long && KeptWords.eponymNouns.contains(next.text)
    }

    private func endsSentence(before index: Int) -> Bool {
        let word = words[index - 1]
        return word.next == UInt8(ascii: ".") && !word.isInitial && !KeptWords.titles.contains(word.text)
    }

    /// `Percival Fitzwarren MD`: the two words before a degree.
    private mutating func takeBack(from start: Int) {
        var first: Int?
        var index = start
        while index >= 0, index > start - 3 {
            let word = words[index]
            TextSteps.add(word.text.utf8.count)
            guard words[index + 1].gap < .long, word.isCapitalised, !word.hasDigit, !Self.noNames.contains(word.text),
                isKnown(index) || !kept.contains(word.text), !KeptWords.eponymNouns.contains(word.text)
            else { break }
            first = index
            index -= 1
        }
        if let first { found.append(words[first].first...words[start].last) }
    }

    /// A number behind a word that says that one follows: `MRN MQX-233 6916`, `acc# 4711`.
    private mutating func takeNumber(from start: Int) {
        var index = start
        while index < words.count, index < start + 2, Self.fillers.contains(words[index].text) { index += 1 }
        guard index < words.count, !words[index].startsLine else { return }
        var last: Int?
        let first = index
        while index < words.count, index < first + 4, index == first || words[index].gap <= .short {
            if words[index].hasDigit {
                last = index
            } else if index > first || !(words[index].isCapitals || words[index].isInitial) || index + 1 >= words.count
                || !words[index + 1].hasDigit
            {
                break
            }
            index += 1
        }
        guard let last else { return }
        TextSteps.add(words[last].last - words[first].first + 1)
        let digits = text.units[words[first].first...words[last].last].count { $0.script == .digit }
        if digits >= 3 { found.append(words[first].first...words[last].last) }
    }

    // MARK: Words

    private static let deeds: Set<String> = [
        "reported", "read", "dictated", "signed", "verified", "seen", "reviewed", "performed", "contoured", "approved",
        "interpreted", "authorized", "authorised", "examined", "referred", "requested", "ordered", "transcribed",
        "drawn",
        "planned", "written", "entered", "acquired", "scanned", "done", "taken", "prepared", "checked", "validated",
        "edited",
        "created", "segmented", "annotated", "measured", "assessed", "evaluated", "supervised", "assisted", "injected",
        "administered", "attended", "treated", "sent", "submitted", "confirmed", "delineated", "operated", "finalized",
        "finalised", "cosigned", "countersigned", "electronically", "called", "discussed", "informed", "printed",
        "typed",
    ]

    private static let foreignDeeds: Set<String> = [
        "befundet", "uberwiesen", "untersucht", "diktiert", "freigegeben", "unterschrieben", "beurteilt",
        "durchgefuhrt", "lu",
        "signe", "dicte", "valide", "informado", "firmado", "realizado", "refertato", "firmato", "eseguito",
        "beoordeeld",
        "verwezen", "adresse", "interprete",
    ]
    private static let foreignBy: Set<String> = ["von", "vom", "durch", "par", "por", "da", "dal", "door"]

    private static let roles: Set<String> = [
        "patient", "pt", "name", "pat", "physician", "radiologist", "technologist", "tech", "operator", "mother",
        "father",
        "referring", "attending", "reader", "reporter", "requester", "requestor", "referrer", "surgeon", "cardiologist",
        "oncologist", "nurse", "contact", "guardian", "spouse", "wife", "husband", "doctor", "author", "observer",
        "consultant",
        "resident", "fellow", "sonographer", "provider", "pcp", "gp", "cc", "attn", "nok", "surname", "firstname",
        "lastname",
        "patientin", "arzt", "arztin", "befunder", "uberweiser", "nachname", "vorname", "mta", "medecin", "nom",
        "prenom",
        "medico", "paciente", "nombre", "apellido", "apellidos", "paziente", "nome", "cognome", "arts", "naam",
        "signature",
    ]

    private static let relations: Set<String> = [
        "mother", "father", "wife", "husband", "son", "daughter", "brother", "spouse", "guardian", "aunt", "uncle",
        "mutter",
        "vater", "ehefrau", "ehemann", "tochter", "bruder", "schwester", "madre", "padre", "mere", "pere",
    ]

    private static let numbered: Set<String> = [
        "mrn", "acc", "accession", "ssn", "nhs", "id", "pid", "tel", "phone", "telephone", "fax", "mobile", "cell",
        "pager",
        "telefon", "handy", "telefax", "policy", "insurance", "account", "acct", "admission", "encounter", "visit",
        "fin",
        "patientennummer", "fallnummer", "ipp", "nss", "hcn", "chi", "ssin", "bsn", "cpr", "cpf", "passport", "license",
        "licence", "serial", "order", "requisition",
    ]

    private static let fillers: Set<String> = ["no", "nr", "num", "number", "nummer", "is", "id", "numero", "of", "at"]

    /// Words that begin with a capital for other reasons.
    private static let noNames: Set<String> = [
        "the", "no", "on", "at", "and", "or", "with", "without", "for", "from", "in", "is", "was", "has", "had", "have",
        "he",
        "she", "they", "mrn", "dob", "call", "prior", "findings", "impression", "history", "hx", "exam", "date", "time",
        "report", "radiology", "department", "team", "mri", "ct", "xr", "us", "pet", "to", "as", "please", "see", "if",
        "may",
        "reviewed", "normal", "technique", "comparison", "clinical", "indication", "unknown", "none", "not", "this",
        "there",
        "said", "id", "ssn", "phone", "sex", "age", "und", "mit", "ohne", "not", "after", "before", "via", "per",
        "history",
    ]
}
