/// What belongs to text that becomes black, and was not read: between two parts of one line, and behind the end of a line in a
/// block of which other lines are longer. There letters run into what lies beneath them: a drawing, stripes.
struct TextBlocks {
    /// To become black, too.
    private(set) var rests: [PixelRectangle] = []

    /// Of the height of a line: what parts two words, and what a line may be longer than what was read of it.
    private static let widestGap = 2
    private static let longestRest = 8

    /// - Parameters:
    ///   - places: that become black, as high as their strokes.
    ///   - kept: words that stay.
    init(_ places: [PixelRectangle], _ ink: InkExtent, sparing kept: [PixelRectangle]) {
        // What lies within another place ends where that does.
        let places = places.filter { place in !places.contains { $0 != place && $0.intersection(place) == place } }
        for place in places {
            let others = places.filter { $0 != place }
            if let gap = Self.gap(behind: place, others) { rests.append(gap) }
            for isRight in [true, false] {
                if let rest = Self.rest(of: place, others, ink, isRight: isRight) { rests.append(rest) }
            }
        }
        rests.removeAll { rest in kept.contains { !$0.intersection(rest).isEmpty } }
    }

    /// Between a place and the next one of its line.
    private static func gap(behind place: PixelRectangle, _ others: [PixelRectangle]) -> PixelRectangle? {
        let beside = others.filter { $0.isOfLine(with: place) && $0.right > place.right }
        guard let next = beside.min(by: { $0.left < $1.left }), next.left > place.right,
            next.left - place.right <= max(place.height, next.height) * widestGap
        else { return nil }
        return PixelRectangle(
            left: place.right, top: min(place.top, next.top), right: next.left, bottom: max(place.bottom, next.bottom))
    }

    /// What goes on at an end of a place, no farther than its block does.
    private static func rest(
        of place: PixelRectangle, _ others: [PixelRectangle], _ ink: InkExtent, isRight: Bool
    ) -> PixelRectangle? {
        // Only where the line ends.
        guard !others.contains(where: { $0.isOfLine(with: place) && (isRight ? $0.right > place.right : $0.left < place.left) })
        else { return nil }
        let block = others.filter { $0.isOfBlock(with: place) }
        let room = place.height * longestRest
        var rest = place
        if isRight {
            guard let end = block.map(\.right).max(), end > place.right + 1 else { return nil }
            rest.left = place.right
            rest.right = min(end, place.right + room)
        } else {
            guard let end = block.map(\.left).min(), end < place.left - 1 else { return nil }
            rest.right = place.left
            rest.left = max(end, place.left - room, 0)
        }
        let strokes = ink.strokeColumns(rest, like: place)
        // From the end of what was read outwards, until nothing stands for as far as the line is high.
        var last: Int?
        for (step, hasStroke) in (isRight ? strokes : strokes.reversed()).enumerated() {
            if step - (last ?? -1) > place.height { break }
            if hasStroke { last = step }
        }
        guard let last else { return nil }
        if isRight { rest.right = rest.left + last + 1 } else { rest.left = rest.right - last - 1 }
        return rest
    }
}

extension PixelRectangle {
    /// Whether another place is a part of the same line: in the same rows, and about as high.
    func isOfLine(with other: PixelRectangle) -> Bool {
        let shared = min(bottom, other.bottom) - max(top, other.top)
        return shared * 3 >= max(height, other.height) * 2
    }
}
