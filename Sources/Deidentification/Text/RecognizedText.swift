/// Looks for what identifies in text that was read out of pixels: as in other text, and with the errors that reading
/// makes. `0` and `O` look alike, a slash becomes an apostrophe, a letter is lost.
struct RecognizedText: Sendable {
    private let cleaner: TextCleaner
    private let forms: Forms
    private var approximate: ApproximatePatterns { forms.approximate }
    private var parts: PartialMatches { forms.parts }

    /// What is looked for with errors, made of what is known of a patient: once, and not for each instance.
    struct Forms: Sendable {
        let approximate: ApproximatePatterns
        let parts: PartialMatches

        init(_ known: KnownText, kept: KeptWords) {
            approximate = ApproximatePatterns(known)
            parts = PartialMatches(known, kept: kept)
        }
    }

    /// - Parameter forms: of what the cleaner knows.
    init(_ cleaner: TextCleaner, _ forms: Forms) {
        self.cleaner = cleaner
        self.forms = forms
    }

    init(_ cleaner: TextCleaner) {
        self.init(cleaner, Forms(cleaner.known, kept: cleaner.kept))
    }

    /// What of a text identifies somebody, dates among it, and what may be a part of that.
    ///
    /// - Parameter text: lines, each with words that blanks part.
    func identifying(in text: String) -> IdentifyingText {
        let folded = FoldedText(text)
        if folded.units.isEmpty { return .nothing }
        var ranges = exact(folded)
        let mended = MendedText(folded.bytes)
        if mended.bytes != folded.bytes {
            ranges += exact(FoldedText(String(decoding: mended.bytes, as: UTF8.self))).map(mended.original)
        }
        ranges += approximate.ranges(in: folded.units)
        let words = TextWords(folded).words
        return IdentifyingText(
            ranges: ranges, possible: parts.find(words, in: folded),
            ordinary: words.filter { parts.isOrdinary($0.text) }.map { word in
                Int(folded.units[word.first].start)..<Int(folded.units[word.last].end)
            })
    }

    private func exact(_ text: FoldedText) -> [Range<Int>] {
        cleaner.removedRanges(text, .remove) + DatesInText.find(in: text.bytes).map(\.range)
    }
}

/// A text with what reading commonly gets wrong in numbers put right: letters that look like digits among digits, and
/// whatever was read in place of what parts a date.
struct MendedText {
    private(set) var bytes: [UInt8] = []
    /// Of each byte, where it was; and the end.
    private var origins: [Int] = []

    init(_ text: [UInt8]) {
        var start = 0
        while start < text.count {
            var end = start
            while end < text.count, !Self.isBlank(text[end]) { end += 1 }
            append(text, start..<end)
            if end < text.count {
                bytes.append(text[end])
                origins.append(end)
            }
            start = end + 1
        }
        origins.append(text.count)
    }

    /// The same place in the text as it was read.
    func original(_ range: Range<Int>) -> Range<Int> { origins[range.lowerBound]..<origins[range.upperBound] }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0D }
    private static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }
    private static func isLetter(_ byte: UInt8) -> Bool { 0x41...0x5A ~= byte & 0xDF || byte >= 0x80 }

    private static let digits: [UInt8: UInt8] = [
        UInt8(ascii: "O"): 0x30, UInt8(ascii: "o"): 0x30, UInt8(ascii: "Q"): 0x30, UInt8(ascii: "D"): 0x30,
        UInt8(ascii: "I"): 0x31, UInt8(ascii: "l"): 0x31, UInt8(ascii: "i"): 0x31, UInt8(ascii: "|"): 0x31,
        UInt8(ascii: "Z"): 0x32, UInt8(ascii: "z"): 0x32, UInt8(ascii: "S"): 0x35, UInt8(ascii: "s"): 0x35,
        UInt8(ascii: "B"): 0x38,
    ]

    private mutating func append(_ text: [UInt8], _ word: Range<Int>) {
        var mended = Array(text[word])
        let count = mended.count(where: Self.isDigit)
        let alike = mended.count { Self.digits[$0] != nil }
        // Beyond ASCII there are signs and letters that nobody can tell apart here.
        let letters = mended.count { 0x41...0x5A ~= $0 & 0xDF && Self.digits[$0] == nil }
        if count > 0, alike > 0, letters == 0, count >= alike {
            mended = mended.map { Self.digits[$0] ?? $0 }
        }
        let runs = Self.runs(mended)
        guard Self.isDate(runs, mended) else {
            bytes += mended
            origins += word
            return
        }
        for (number, run) in runs.enumerated() {
            if number > 0 {
                bytes.append(UInt8(ascii: "/"))
                origins.append(word.lowerBound + runs[number - 1].upperBound)
            }
            bytes += mended[run]
            origins += run.map { word.lowerBound + $0 }
        }
    }

    /// Where digits stand.
    private static func runs(_ word: [UInt8]) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start: Int?
        for index in 0...word.count {
            let isDigit = index < word.count && Self.isDigit(word[index])
            if isDigit, start == nil { start = index }
            if !isDigit, let first = start {
                runs.append(first..<index)
                start = nil
            }
        }
        return runs
    }

    /// Day, month and year, or the year first, with any sign between them.
    private static func isDate(_ runs: [Range<Int>], _ word: [UInt8]) -> Bool {
        let counts = runs.map(\.count)
        guard counts.count == 3, runs[0].lowerBound == 0, runs[2].upperBound == word.count else { return false }
        guard 1...2 ~= counts[1],
            counts[0] == 4 ? 1...2 ~= counts[2] : 1...2 ~= counts[0] && [2, 4].contains(counts[2])
        else { return false }
        return !zip(runs, runs.dropFirst()).contains { first, second in
            let between = word[first.upperBound..<second.lowerBound]
            return between.count > 3 || between.contains { 0x41...0x5A ~= $0 & 0xDF }
        }
    }
}
