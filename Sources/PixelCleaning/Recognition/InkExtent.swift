/// How high the strokes of a place are: what finds lines gives rather too much above and below them, and what lies there is
/// no text.
///
/// Strokes are what a top hat leaves, as for finding them: narrower than a third of the place, and lighter or darker than
/// what is around. Whatever stands out half as much as the strongest of them counts, so that of busy ground nothing is
/// taken away.
final class InkExtent {
    private let columns: Int
    private let rows: Int
    private let pictures: [[UInt8]]
    /// Samples that were looked at.
    private var sampleCount = 0
    /// Places are asked for again and again.
    private var known: [PixelRectangle: PixelRectangle] = [:]

    /// Less is left as it is, and what costs more than a frame does is not looked at.
    private static let leastHeight = 6
    private static let mostWork = 40_000_000
    /// Of 255: what differs less is no stroke.
    private static let leastContrast: UInt8 = 14

    init(_ frame: ShownFrame) {
        columns = frame.columns
        rows = frame.rows
        pictures = frame.pictures
    }

    /// What it took so far, in `TextFinder`'s measure: a line that is read takes as long as a million samples here.
    var work: Int { sampleCount / 1_000_000 }

    /// The place without rows at its top and bottom in which there are no strokes; never less than two fifths of it.
    func tightened(_ place: PixelRectangle) -> PixelRectangle {
        if let result = known[place] { return result }
        let result = cut(place)
        known[place] = result
        return result
    }

    private func cut(_ place: PixelRectangle) -> PixelRectangle {
        let place = place.intersection(PixelRectangle(left: 0, top: 0, right: columns, bottom: rows))
        guard place.height >= Self.leastHeight, place.width > 0 else { return place }
        var inked: Range<Int>?
        for picture in pictures {
            guard let found = inkedRows(place, picture) else { return place }
            inked = inked.map { min($0.lowerBound, found.lowerBound)..<max($0.upperBound, found.upperBound) } ?? found
        }
        guard let inked, inked.count * 5 >= place.height * 2 else { return place }
        var result = place
        result.top = place.top + inked.lowerBound
        result.bottom = place.top + inked.upperBound
        return result
    }

    /// Rows of a place with strokes, from its top; nil where there are none, or too much to look at.
    private func inkedRows(_ place: PixelRectangle, _ picture: [UInt8]) -> Range<Int>? {
        let reach = max(2, place.height / 6)
        let around = PixelRectangle(
            left: place.left - reach * 2, top: place.top - reach * 2, right: place.right + reach * 2,
            bottom: place.bottom + reach * 2
        ).intersection(PixelRectangle(left: 0, top: 0, right: columns, bottom: rows))
        guard around.area * reach <= Self.mostWork / 8 else { return nil }
        sampleCount += around.area * reach
        var cut: [UInt8] = []
        cut.reserveCapacity(around.area)
        for row in around.top..<around.bottom {
            cut += picture[row * columns + around.left..<row * columns + around.right]
        }
        var best: (strength: UInt8, rows: Range<Int>)?
        for isLight in [true, false] {
            let hat = Self.hat(cut, around.width, reach, isLight: isLight)
            guard let (strength, rows) = Self.strokes(hat, around, place), strength > best?.strength ?? 0 else {
                continue
            }
            best = (strength, rows)
        }
        return best?.rows
    }

    /// Which columns of a part of a line have strokes as strong as those of another part; none where that part has none.
    ///
    /// - Parameters:
    ///   - rest: as high as the part, left or right of it.
    ///   - part: of the line, with strokes.
    func strokeColumns(_ rest: PixelRectangle, like part: PixelRectangle) -> [Bool] {
        var result = [Bool](repeating: false, count: max(0, rest.width))
        let reach = max(2, part.height / 6)
        let frame = PixelRectangle(left: 0, top: 0, right: columns, bottom: rows)
        let both = part.union(rest).intersection(frame)
        guard !both.isEmpty, !rest.intersection(frame).isEmpty, both.area * reach <= Self.mostWork / 8 else {
            return result
        }
        sampleCount += both.area * reach * pictures.count
        for picture in pictures {
            var cut: [UInt8] = []
            for row in both.top..<both.bottom {
                cut += picture[row * columns + both.left..<row * columns + both.right]
            }
            for isLight in [true, false] {
                let hat = Self.hat(cut, both.width, reach, isLight: isLight)
                guard let (strength, _) = Self.strokes(hat, both, part.intersection(both)) else { continue }
                for column in rest.left..<rest.right where both.left..<both.right ~= column {
                    let has = stride(from: column - both.left, to: hat.count, by: both.width)
                        .contains { hat[$0] >= strength / 2 }
                    if has { result[column - rest.left] = true }
                }
            }
        }
        return result
    }

    private static func strokes(
        _ hat: [UInt8], _ around: PixelRectangle, _ place: PixelRectangle
    ) -> (strength: UInt8, rows: Range<Int>)? {
        var counts = [Int](repeating: 0, count: 256)
        func start(_ row: Int) -> Int { (row - around.top) * around.width + place.left - around.left }
        for row in place.top..<place.bottom {
            for index in start(row)..<start(row) + place.width { counts[Int(hat[index])] += 1 }
        }
        // The strongest hundredth.
        var left = max(1, place.area / 100), strength = 255
        while strength > 0, counts[strength] < left {
            left -= counts[strength]
            strength -= 1
        }
        guard strength >= Int(leastContrast) else { return nil }
        let least = UInt8(strength / 2)
        let isThrough = throughColumns(hat, around, place, least)
        let rows = (place.top..<place.bottom).filter { row in
            zip(hat[start(row)..<start(row) + place.width], isThrough).contains { $0 >= least && !$1 }
        }
        guard let first = rows.first, let last = rows.last else { return nil }
        return (UInt8(strength), first - place.top..<last + 1 - place.top)
    }

    /// Columns of a place with a stroke that runs through all of it, and goes on above and below: a line of the ground, which
    /// says nothing of where letters end. No stroke of a letter is higher than its line.
    private static func throughColumns(
        _ hat: [UInt8], _ around: PixelRectangle, _ place: PixelRectangle, _ least: UInt8
    ) -> [Bool] {
        // At the edge of a frame nothing goes on.
        guard around.top + 4 <= place.top, around.bottom >= place.bottom + 4 else {
            return [Bool](repeating: false, count: place.width)
        }
        return (place.left..<place.right).map { column in
            stride(from: column - around.left, to: hat.count, by: around.width).allSatisfy { hat[$0] >= least }
        }
    }

    /// What is lighter, or darker, than all of a square around it that is as flat.
    private static func hat(_ picture: [UInt8], _ width: Int, _ reach: Int, isLight: Bool) -> [UInt8] {
        let turned = isLight ? picture : picture.map { 255 - $0 }
        let height = width == 0 ? 0 : turned.count / width
        var opened = turned
        for isMinimum in [true, false] {
            opened = extreme(opened, height, width, 1, width, reach, isMinimum)
            opened = extreme(opened, width, height, width, 1, reach, isMinimum)
        }
        return zip(turned, opened).map { $0 - min($0, $1) }
    }

    /// The smallest or largest of those around along lines of a picture.
    private static func extreme(
        _ picture: [UInt8], _ lines: Int, _ length: Int, _ step: Int, _ lineStep: Int, _ reach: Int, _ isMinimum: Bool
    ) -> [UInt8] {
        var result = picture
        for line in 0..<lines {
            for place in 0..<length {
                var value = picture[line * lineStep + place * step]
                for other in max(0, place - reach)...min(length - 1, place + reach) {
                    let sample = picture[line * lineStep + other * step]
                    value = isMinimum ? min(value, sample) : max(value, sample)
                }
                result[line * lineStep + place * step] = value
            }
        }
        return result
    }
}
