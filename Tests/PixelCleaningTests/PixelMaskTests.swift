import PixelCleaning
import RuleLanguage
import TestSupport
import Testing

@Suite("Masks of pixels")
struct PixelMaskTests {
    @Test func `rectangles that touch become one, and what lies outside of the frame is cut off`() {
        var mask = PixelMask(columns: 10, rows: 4)
        mask.add(PixelRectangle(left: -5, top: -1, right: 3, bottom: 2))
        mask.add(PixelRectangle(left: 3, top: 0, right: 99, bottom: 1))
        mask.add(PixelRectangle(left: 12, top: 0, right: 99, bottom: 99))
        #expect(mask.spans == [[0..<10], [0..<3], [], []])
        #expect(mask.pixelCount == 13)
    }

    @Test func `a mask has the pixels of its rectangles and no other, and its inverse has the rest`() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            let columns = Int.random(in: 1...20, using: &generator), rows = Int.random(in: 1...12, using: &generator)
            var mask = PixelMask(columns: columns, rows: rows)
            var wanted = Set<[Int]>()
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                let left = Int.random(in: -3...columns + 2, using: &generator)
                let top = Int.random(in: -3...rows + 2, using: &generator)
                let right = left + Int.random(in: 0...8, using: &generator)
                let bottom = top + Int.random(in: 0...8, using: &generator)
                mask.add(PixelRectangle(left: left, top: top, right: right, bottom: bottom))
                for row in max(0, top)..<max(0, top, min(rows, bottom)) {
                    for column in max(0, left)..<max(0, left, min(columns, right)) { wanted.insert([column, row]) }
                }
            }
            func pixels(_ mask: PixelMask) -> [[Int]] {
                mask.spans.enumerated().flatMap { row, spans in spans.flatMap { $0.map { [$0, row] } } }
            }
            #expect(Set(pixels(mask)) == wanted)
            #expect(pixels(mask).count == wanted.count)
            #expect(mask.inverted.pixelCount + wanted.count == columns * rows)
            #expect(mask.inverted.inverted == mask)
            var again = PixelMask(columns: columns, rows: rows)
            for rectangle in mask.rectangles { again.add(rectangle) }
            #expect(again == mask)
        }
    }

    @Test func `a polygon with upright sides is a rectangle`() {
        var polygon = PixelMask(columns: 30, rows: 30)
        polygon.add(polygon: [(3, 4), (21, 4), (21, 17), (3, 17)].map { PixelPoint(x: $0.0, y: $0.1) })
        var rectangle = PixelMask(columns: 30, rows: 30)
        rectangle.add(PixelRectangle(left: 3, top: 4, right: 21, bottom: 17))
        #expect(polygon == rectangle)
    }

    @Test func `a polygon has every pixel whose middle it holds, and none that is far from it`() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<15 {
            let corners = (0..<Int.random(in: 3...6, using: &generator)).map { _ in
                PixelPoint(x: Int.random(in: 0...40, using: &generator), y: Int.random(in: 0...40, using: &generator))
            }
            var mask = PixelMask(columns: 40, rows: 40)
            mask.add(polygon: corners)
            for row in 0..<40 {
                for column in 0..<40 {
                    let isIn = mask.spans[row].contains { $0.contains(column) }
                    let (x, y) = (Double(column) + 0.5, Double(row) + 0.5)
                    if Self.holds(corners, x, y) { #expect(isIn) }
                    if isIn {
                        let isNear = [-1.0, -0.5, 0, 0.5, 1].contains { dx in
                            [-1.0, -0.5, 0, 0.5, 1].contains { Self.holds(corners, x + dx, y + $0) }
                        }
                        #expect(isNear || Self.isAtEdge(corners, x, y))
                    }
                }
            }
        }
    }

    @Test func `a polygon that goes around twice holds what it goes around`() {
        // A star of five points: its middle is gone around twice, and counting edges would leave it out.
        let star = [(20, 0), (32, 38), (0, 14), (40, 14), (8, 38)].map { PixelPoint(x: $0.0, y: $0.1) }
        for corners in [star, star.reversed()] {
            var mask = PixelMask(columns: 40, rows: 40)
            mask.add(polygon: corners)
            #expect(mask.spans[20].count == 1)
            #expect(mask.spans[20].first?.contains(20) == true)
        }
        // The same square twice is the square.
        let square = [(3, 4), (21, 4), (21, 17), (3, 17)].map { PixelPoint(x: $0.0, y: $0.1) }
        var twice = PixelMask(columns: 30, rows: 30), once = twice
        twice.add(polygon: square + square)
        once.add(polygon: square)
        #expect(twice == once)
    }

    /// By counting edges to the right, those that go down against those that go up.
    private static func holds(_ corners: [PixelPoint], _ x: Double, _ y: Double) -> Bool {
        var winding = 0
        for (from, to) in zip(corners, corners.dropFirst() + corners.prefix(1)) {
            let (y1, y2) = (Double(from.y), Double(to.y))
            guard (y1 > y) != (y2 > y) else { continue }
            if x < Double(from.x) + (y - y1) / (y2 - y1) * Double(to.x - from.x) {
                winding += y1 < y2 ? 1 : -1
            }
        }
        return winding != 0
    }

    private static func isAtEdge(_ corners: [PixelPoint], _ x: Double, _ y: Double) -> Bool {
        zip(corners, corners.dropFirst() + corners.prefix(1)).contains { from, to in
            let (dx, dy) = (Double(to.x - from.x), Double(to.y - from.y))
            let length = dx * dx + dy * dy
            let part =
                length == 0 ? 0 : max(0, min(1, ((x - Double(from.x)) * dx + (y - Double(from.y)) * dy) / length))
            let (ex, ey) = (x - Double(from.x) - part * dx, y - Double(from.y) - part * dy)
            return ex * ex + ey * ey <= 1
        }
    }

    @Test(arguments: [
        ("0,0,10,20", PixelShape.rectangle(left: 0, top: 0, width: 10, height: 20)),
        ("1,2 3,4 5,6", .polygon([.init(x: 1, y: 2), .init(x: 3, y: 4), .init(x: 5, y: 6)])),
    ])
    func `shapes are read as people write them`(_ text: String, _ shape: PixelShape) {
        #expect(PixelShape(text: text) == shape)
    }

    @Test(arguments: ["", "1,2", "1,2,3", "1,2,0,4", "-1,2,3,4", "1,2 3,4", "a,b c,d e,f", "1,2,3,4,5", "70000,0,1,1"])
    func `other texts are no shapes`(_ text: String) { #expect(PixelShape(text: text) == nil) }
}
