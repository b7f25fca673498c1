/// Words that were probably meant.
package enum Spelling {
    /// "did you mean `flag`?", when a candidate is near.
    package static func suggestion(for word: String, among candidates: some Sequence<String>) -> String? {
        nearest(to: word, among: candidates).map { "did you mean `\($0)`?" }
    }

    /// The candidate with the fewest changes, if these are less than about a third of the word.
    static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        // Of one letter or of digits, any other is as near.
        let isArbitrary = word.count < 2 || word.allSatisfy(\.isNumber)
        let allowed = isArbitrary ? 0 : max(1, word.count / 3)
        var best: (distance: Int, candidate: String)?
        for candidate in candidates where abs(candidate.count - word.count) <= allowed {
            let distance = distance(Array(word.lowercased()), Array(candidate.lowercased()))
            guard distance <= allowed else { continue }
            if let best, (best.distance, best.candidate) <= (distance, candidate) { continue }
            best = (distance, candidate)
        }
        return best?.candidate
    }

    /// "`a`, `b` or `c`"; what exceeds the maximum is left out and counted.
    package static func list(_ words: [String], maximum: Int = 8, conjunction: String = "or") -> String {
        let shown = words.prefix(maximum).map { "`\($0)`" }
        if words.count > maximum {
            return shown.joined(separator: ", ") + " \(conjunction) \(words.count - maximum) more"
        }
        guard let last = shown.last, shown.count > 1 else { return shown.first ?? "nothing" }
        return shown.dropLast().joined(separator: ", ") + " \(conjunction) \(last)"
    }

    /// Insertions, deletions, substitutions and swaps of neighbours.
    static func distance(_ left: [Character], _ right: [Character]) -> Int {
        // Names are short; longer ones are compared by their beginnings (P9).
        let left = left.prefix(200), right = right.prefix(200)
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, a) in left.enumerated() {
            var current = [row + 1]
            for (column, b) in right.enumerated() {
                var cost = min(last[column + 1] + 1, current[column] + 1, last[column] + (a == b ? 0 : 1))
                if row > 0, column > 0, a == right[column - 1], left[row - 1] == b {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
