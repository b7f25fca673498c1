/// What belongs to text that becomes black, and was not read: between two parts of one line, and at the end of a line in a block
/// of which other lines are longer. There letters run into what lies beneath them: a drawing, stripes.
struct TextBlocks {
    /// To become black, too.
    private(set) var rests: [PixelRectangle] = []

    /// Of the height of a line: what parts two words, and what a line may be longer than what was read of it.
    private static let widestGap = 3
    private static let longestRest = 8

    /// - Parameters:
    ///   - places: that become black, as high as their strokes.
    ///   - kept: words that stay.
    init(_ places: [PixelRectangle], _ ink: InkExtent, sparing kept: [PixelRectangle]) {
        // What lies within another place ends where that does.
        let parts = places.filter { place in !places.contains { $0 != place && $0.intersection(place) == place } }
            .sorted { ($0.left, $0.top, $0.right, $0.bottom) < ($1.left, $1.top, $1.right, $1.bottom) }
        let lines = Self.lines(parts, &rests)
        for block in Self.blocks(lines) {
            for line in block {
                for isRight in [true, false] {
                    if let rest = Self.rest(of: line, block, ink, isRight: isRight) { rests.append(rest) }
                }
            }
        }
        rests.removeAll { rest in kept.contains { !$0.intersection(rest).isEmpty } }
    }

    /// Parts, from the left to the right, joined to lines; and what lies between them.
    private static func lines(_ parts: [PixelRectangle], _ gaps: inout [PixelRectangle]) -> [PixelRectangle] {
        var lines: [PixelRectangle] = []
        for part in parts {
            let near = lines.indices.filter { index in
                let line = lines[index]
                return line.isOfLine(with: part) && part.left - line.right <= max(line.height, part.height) * widestGap
            }
            guard let index = near.max(by: { lines[$0].right < lines[$1].right }) else {
                lines.append(part)
                continue
            }
            let line = lines[index]
            if part.left > line.right {
                gaps.append(
                    PixelRectangle(
                        left: line.right, top: min(line.top, part.top), right: part.left,
                        bottom: max(line.bottom, part.bottom)))
            }
            lines[index] = line.union(part)
        }
        return lines
    }

    /// Lines above and below each other, from one to the next: each line is of one block.
    private static func blocks(_ lines: [PixelRectangle]) -> [[PixelRectangle]] {
        var open = Set(lines)
        var blocks: [[PixelRectangle]] = []
        for line in lines where open.contains(line) {
            open.remove(line)
            var block = [line], next = 0
            while next < block.count {
                let last = block[next]
                let near = open.filter { $0.isOfBlock(with: last) }
                open.subtract(near)
                block += near
                next += 1
            }
            blocks.append(block)
        }
        return blocks
    }

    /// What goes on at an end of a line, no farther than its block does.
    private static func rest(
        of line: PixelRectangle, _ block: [PixelRectangle], _ ink: InkExtent, isRight: Bool
    ) -> PixelRectangle? {
        let room = line.height * longestRest
        var rest = line
        if isRight {
            guard let end = block.map(\.right).max(), end > line.right + 1 else { return nil }
            rest.left = line.right
            rest.right = min(end, line.right + room)
        } else {
            guard let end = block.map(\.left).min(), end < line.left - 1 else { return nil }
            rest.right = line.left
            rest.left = max(end, line.left - room, 0)
        }
        let strokes = ink.strokeColumns(rest, like: line)
        // From the end of what was read outwards, until nothing stands for as far as the line is high.
        var last: Int?
        for (step, hasStroke) in (isRight ? strokes : strokes.reversed()).enumerated() {
            if step - (last ?? -1) > line.height { break }
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
