/// Which of many words a person may have meant.
enum Spelling {
    /// The candidates nearest to the text, best first, at most `limit`; none that differs in more than a third.
    ///
    /// Nearness is the number of letters to insert, delete, replace or swap with their neighbour; case does not count.
    static func nearest(to text: String, limit: Int, among candidates: some Sequence<String>) -> [String] {
        let wanted = folded(text)
        guard limit > 0, !wanted.isEmpty, wanted.count <= longest else { return [] }
        let allowed = max(1, wanted.count / 3)
        var found: [(distance: Int, word: String)] = []
        for candidate in candidates {
            let letters = folded(candidate)
            guard abs(letters.count - wanted.count) <= allowed,
                let distance = distance(wanted, letters, atMost: allowed)
            else { continue }
            found.append((distance, candidate))
        }
        found.sort { ($0.distance, $0.word) < ($1.distance, $1.word) }
        return found.prefix(limit).map(\.word)
    }

    /// Longer than any keyword or creator: nobody means one of them, and the work would grow with the text.
    private static let longest = 100

    private static func folded(_ text: String) -> [UInt8] {
        text.utf8.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
    }

    /// Optimal string alignment; nil when it is greater than `limit`.
    static func distance(_ left: [UInt8], _ right: [UInt8], atMost limit: Int) -> Int? {
        var beforePrevious = [Int](repeating: 0, count: right.count + 1)
        var previous = Array(0...right.count)
        var current = previous
        for row in 1..<(left.count + 1) {
            current[0] = row
            var least = row
            for column in 1..<(right.count + 1) {
                let same = left[row - 1] == right[column - 1]
                var cost = min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + (same ? 0 : 1))
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    cost = min(cost, beforePrevious[column - 2] + 1)
                }
                current[column] = cost
                least = min(least, cost)
            }
            if least > limit { return nil }
            (beforePrevious, previous, current) = (previous, current, beforePrevious)
        }
        let result = previous[right.count]
        return result <= limit ? result : nil
    }
}
