/// Patterns found in a text with a few errors: letters lost, added, or read as others. A step for each pattern and unit,
/// whatever their lengths.
struct ApproximatePatterns: Sendable {
    private struct Pattern: Sendable {
        /// With units that look alike as one.
        var units: [UInt32]
        /// Bits of the places where a unit stands.
        var places: [UInt32: UInt64]
        var errors: Int
        /// Whether it must begin and end with a word: what is short is in many words.
        var isWord: Bool
    }

    private let patterns: [Pattern]

    init(_ known: KnownText) {
        var patterns: [Pattern] = []
        for (units, meanings) in zip(known.patterns, known.meanings) {
            let units = Array(units.map(Self.plain).prefix(DistanceColumn.longest))
            guard let errors = meanings.compactMap({ Self.errors($0, units.count) }).max() else { continue }
            patterns.append(
                Pattern(
                    units: units, places: DistanceColumn.places(of: units), errors: errors, isWord: units.count < 8))
        }
        self.patterns = patterns
    }

    /// How many errors a pattern may have; nil for one that is looked for as it is.
    private static func errors(_ meaning: KnownText.Meaning, _ count: Int) -> Int? {
        switch meaning.kind {
        case .part: meaning.isWeak || count < 4 ? nil : count < 5 ? 0 : count < 8 ? 1 : 2
        case .wholeName, .phrase: count < 8 ? nil : count < 12 ? 2 : 3
        case .number: count < 5 ? nil : count < 8 ? 1 : 2
        case .digits, .date: count < 8 ? nil : 1
        }
    }

    /// One unit for all that are easily taken for each other.
    static func plain(_ unit: UInt32) -> UInt32 {
        switch unit {
        case 0x6F, 0x71: 0x30
        case 0x69, 0x6C, 0x6A: 0x31
        case 0x7A: 0x32
        case 0x73: 0x35
        case 0x62: 0x38
        case 0x76: 0x75
        default: unit
        }
    }

    /// Ranges of the bytes of a text.
    func ranges(in units: [FoldedText.Unit]) -> [Range<Int>] {
        let plain = units.map { Self.plain($0.value) }
        var ranges: [Range<Int>] = []
        for pattern in patterns {
            for last in ends(of: pattern, in: plain) {
                guard let first = start(of: pattern, endingAt: last, in: plain) else { continue }
                if pattern.isWord {
                    // What is not of the pattern is of another word.
                    guard first == 0 || units[first].gap != .none,
                        last + 1 == units.count || units[last + 1].gap != .none
                    else { continue }
                }
                ranges.append(Int(units[first].start)..<Int(units[last].end))
            }
        }
        return ranges
    }

    /// Where the pattern ends with few enough errors, and with fewer than a unit earlier or later.
    private func ends(of pattern: Pattern, in text: [UInt32]) -> [Int] {
        var ends: [Int] = []
        var column = DistanceColumn(pattern.units.count)
        // Of places one behind the other, the last with the fewest.
        var run: (last: Int, fewest: Int)?
        for (index, unit) in text.enumerated() {
            column.take(pattern.places[unit] ?? 0)
            let score = column.score
            if score <= pattern.errors {
                if let known = run, known.last == index - 1 {
                    if score <= known.fewest { ends[ends.count - 1] = index }
                    run = (index, min(known.fewest, score))
                } else {
                    ends.append(index)
                    run = (index, score)
                }
            }
        }
        return ends
    }

    /// Where what ends there began: the nearest place with the fewest errors. Few are asked for, and the pattern is short.
    private func start(of pattern: Pattern, endingAt last: Int, in text: [UInt32]) -> Int? {
        let units = pattern.units
        var row = Array(0...units.count)
        var best: (errors: Int, first: Int)?
        for step in 0..<min(last + 1, units.count + pattern.errors) {
            let unit = text[last - step]
            var diagonal = row[0]
            row[0] = step + 1
            for place in 1...units.count {
                let next = min(
                    row[place] + 1, row[place - 1] + 1, diagonal + (units[units.count - place] == unit ? 0 : 1))
                diagonal = row[place]
                row[place] = next
            }
            if row[units.count] < best?.errors ?? pattern.errors + 1 { best = (row[units.count], last - step) }
        }
        return best?.first
    }
}

/// A table of distances of one pattern to the parts of a text, column by column, bit by bit over a word of the machine
/// (Myers 1999, "A fast bit-vector algorithm for approximate string matching based on dynamic programming").
struct DistanceColumn {
    /// Units of a pattern: the first bit of the last of 64 is the last bit there is.
    static let longest = 63

    private var positive = ~UInt64(0)
    private var negative = UInt64(0)
    private let last: UInt64
    /// Errors of the pattern where it ends with the unit that was taken last.
    private(set) var score: Int

    /// - Parameter count: units of the pattern, at least one.
    init(_ count: Int) {
        last = UInt64(1) << UInt64(count - 1)
        score = count
    }

    /// Bits of the places where a unit stands in a pattern.
    static func places(of units: [UInt32]) -> [UInt32: UInt64] {
        var places: [UInt32: UInt64] = [:]
        for (place, unit) in units.enumerated() { places[unit, default: 0] |= 1 << UInt64(place) }
        return places
    }

    /// - Parameter equal: bits of the places where the next unit of the text stands in the pattern.
    mutating func take(_ equal: UInt64) {
        let vertical = equal | negative
        let horizontal = (((equal & positive) &+ positive) ^ positive) | equal
        var positiveHorizontal = negative | ~(horizontal | positive)
        var negativeHorizontal = positive & horizontal
        if positiveHorizontal & last != 0 { score += 1 }
        if negativeHorizontal & last != 0 { score -= 1 }
        // The pattern may begin anywhere: the row above has nothing but zeros.
        positiveHorizontal <<= 1
        negativeHorizontal <<= 1
        positive = negativeHorizontal | ~(vertical | positiveHorizontal)
        negative = positiveHorizontal & vertical
    }
}
