/// The words of a text with what their look says: what names of people that nobody told us of are recognised by.
struct TextWords {
    struct Word {
        /// Units, both included.
        var first: Int
        var last: Int
        /// Folded; of a long one the beginning.
        var text: String
        var gap: FoldedText.Gap
        /// Begins with a capital letter, or is of a script that has none.
        var isCapitalised: Bool
        /// All of two letters or more are capitals.
        var isCapitals: Bool
        var hasDigit: Bool
        /// The byte behind it; 0 at the end.
        var next: UInt8
        /// Between this word and the one before it is a line's end.
        var startsLine: Bool

        var isInitial: Bool { first == last && isCapitalised && !hasDigit }
    }

    private static let longest = 256

    private(set) var words: [Word] = []
    /// The word that a unit is of.
    private(set) var ofUnit: [Int32]

    init(_ text: FoldedText) {
        ofUnit = []
        ofUnit.reserveCapacity(text.units.count)
        let units = text.units
        var first = 0
        while first < units.count {
            var last = first
            var scalars = String.UnicodeScalarView()
            var hasDigit = false
            var isCapitals = true
            while true {
                let unit = units[last]
                TextSteps.add()
                // No list has longer ones, and looking one up must not take longer than a list's words need.
                if last - first < Self.longest, let scalar = Unicode.Scalar(unit.value) { scalars.append(scalar) }
                hasDigit = hasDigit || unit.script == .digit
                isCapitals = isCapitals && (unit.isUpper || unit.script == .digit)
                ofUnit.append(Int32(clamping: words.count))
                guard last + 1 < units.count, units[last + 1].gap == .none else { break }
                last += 1
            }
            let hasNoCase = units[first].script.rawValue >= FoldedText.Script.prefixed.rawValue
            let end = Int(units[last].end)
            let before = first == 0 ? 0 : Int(units[first - 1].end)
            TextSteps.add(Int(units[first].start) - before)
            words.append(
                Word(
                    first: first, last: last, text: String(scalars), gap: units[first].gap,
                    isCapitalised: units[first].isUpper || hasNoCase, isCapitals: isCapitals && last > first,
                    hasDigit: hasDigit, next: end < text.bytes.count ? text.bytes[end] : 0,
                    startsLine: text.bytes[before..<Int(units[first].start)].contains { $0 == 0x0A || $0 == 0x0D }))
            first = last + 1
        }
    }
}
