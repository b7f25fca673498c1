/// Words that may be a part of what is known: cut off at an edge, read in two, with letters taken for others. Whoever knows
/// how surely they were read decides which of them are.
struct PartialMatches: Sendable {
    private struct Known: Sendable {
        /// With units that look alike as one.
        var units: [UInt32]
        /// Bits of the units that stand in it: what shares too few of them is not compared.
        var signs: UInt64
    }

    private let known: [Known]
    private let kept: KeptWords

    /// Of shorter words any text has some that a name begins with.
    private static let shortest = 4
    /// Shorter words are looked for at the ends alone.
    private static let shortestWithin = 6
    /// Words that are read as one.
    private static let mostWords = 3

    init(_ text: KnownText, kept: KeptWords) {
        self.kept = kept
        known = zip(text.patterns, text.meanings).compactMap { units, meanings in
            guard units.count > Self.shortest, meanings.contains(where: { !$0.isWeak }) else { return nil }
            let plain = units.map(ApproximatePatterns.plain)
            return Known(units: plain, signs: Self.signs(plain[...]))
        }
    }

    /// Whether a word is one of a language, of imaging or of institutions: no part of a name for which it is taken.
    func isOrdinary(_ word: String) -> Bool {
        KeptWords.isNoName(word) || KeptWords.eponymNouns.contains(word) || IdentifierForms.generic.contains(word)
            || kept.contains(word)
    }

    /// Runs of words, each with the fewest letters in which it differs from a part of something that is known.
    func find(_ words: [TextWords.Word], in text: FoldedText) -> [IdentifyingText.Possible] {
        guard !known.isEmpty else { return [] }
        let plain = text.units.map { ApproximatePatterns.plain($0.value) }
        var result: [IdentifyingText.Possible] = []
        for first in words.indices {
            for last in first..<min(words.count, first + Self.mostWords) {
                if last > first, words[last].gap == .long { break }
                let units = plain[words[first].first...words[last].last]
                guard units.count <= DistanceColumn.longest else { break }
                guard units.count >= Self.shortest, !words[first...last].allSatisfy({ isOrdinary($0.text) }) else {
                    continue
                }
                // What is not nearly the same is not made so by a word that stands beside it.
                let most =
                    last > first ? units.count / 8 : units.count < Self.shortestWithin ? 1 : units.count / 3
                guard let errors = fewestErrors(units, most: most) else { continue }
                result.append(
                    IdentifyingText.Possible(
                        range: Int(text.units[words[first].first].start)..<Int(text.units[words[last].last].end),
                        length: units.count, errors: errors))
            }
        }
        return result
    }

    /// Nil where too many letters are others.
    private func fewestErrors(_ units: ArraySlice<UInt32>, most: Int) -> Int? {
        let signs = Self.signs(units), places = DistanceColumn.places(of: Array(units))
        var fewest = most + 1
        for one in known where fewest > 0 {
            // Each sign that it has not is an error.
            guard (signs & ~one.signs).nonzeroBitCount < fewest, one.units.count + most >= units.count else { continue }
            let errors =
                units.count < Self.shortestWithin
                ? min(
                    Self.differences(units, one.units.prefix(units.count)),
                    Self.differences(units, one.units.suffix(units.count)))
                : Self.errors(of: units.count, at: places, within: one.units)
            fewest = min(fewest, errors)
        }
        return fewest <= most ? fewest : nil
    }

    private static func signs(_ units: ArraySlice<UInt32>) -> UInt64 {
        units.reduce(0) { $0 | 1 << UInt64($1 & 63) }
    }

    private static func differences(_ left: ArraySlice<UInt32>, _ right: ArraySlice<UInt32>) -> Int {
        left.count == right.count ? zip(left, right).count { $0 != $1 } : left.count
    }

    /// The smallest distance of a pattern to any part of a text.
    private static func errors(of count: Int, at places: [UInt32: UInt64], within text: [UInt32]) -> Int {
        var column = DistanceColumn(count)
        var fewest = count
        for unit in text {
            column.take(places[unit] ?? 0)
            fewest = min(fewest, column.score)
        }
        return fewest
    }
}
