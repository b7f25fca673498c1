/// A rectangle of pixels: its right and lower edges are the first that are not in it.
public struct PixelRectangle: Sendable, Hashable {
    public var left: Int
    public var top: Int
    public var right: Int
    public var bottom: Int

    public init(left: Int, top: Int, right: Int, bottom: Int) {
        self.left = left
        self.top = top
        self.right = right
        self.bottom = bottom
    }

    public var isEmpty: Bool { left >= right || top >= bottom }
}

/// Pixels of a frame that are to be black: for each row, ranges of columns in order, none touching another.
public struct PixelMask: Sendable, Hashable {
    public let columns: Int
    public let rows: Int
    public private(set) var spans: [[Range<Int>]]

    /// Nothing of a frame of this size.
    public init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
        spans = [[Range<Int>]](repeating: [], count: rows)
    }

    public var isEmpty: Bool { spans.allSatisfy(\.isEmpty) }

    /// How many pixels are in it.
    public var pixelCount: Int { spans.reduce(0) { $0 + $1.reduce(0) { $0 + $1.count } } }

    /// What of the rectangle lies in the frame.
    public mutating func add(_ rectangle: PixelRectangle) {
        let across = max(0, rectangle.left)..<max(0, max(rectangle.left, min(columns, rectangle.right)))
        guard !across.isEmpty, across.lowerBound < columns else { return }
        for row in max(0, rectangle.top)..<max(0, max(rectangle.top, min(rows, rectangle.bottom))) where row < rows {
            add(across, in: row)
        }
    }

    public mutating func add(_ other: PixelMask) {
        for row in 0..<min(rows, other.rows) {
            for span in other.spans[row] { add(span.clamped(to: 0..<columns), in: row) }
        }
    }

    private mutating func add(_ span: Range<Int>, in row: Int) {
        guard !span.isEmpty else { return }
        var merged = span
        var result: [Range<Int>] = []
        for old in spans[row] {
            if old.upperBound < merged.lowerBound {
                result.append(old)
            } else if old.lowerBound > merged.upperBound {
                result.append(merged)
                merged = old
            } else {
                merged = min(old.lowerBound, merged.lowerBound)..<max(old.upperBound, merged.upperBound)
            }
        }
        result.append(merged)
        spans[row] = result
    }

    /// Everything else of the frame.
    public var inverted: PixelMask {
        var result = self
        for row in 0..<rows {
            var start = 0
            var rest: [Range<Int>] = []
            for span in spans[row] {
                if span.lowerBound > start { rest.append(start..<span.lowerBound) }
                start = span.upperBound
            }
            if start < columns { rest.append(start..<columns) }
            result.spans[row] = rest
        }
        return result
    }

    /// As few rectangles as rows that are alike make.
    public var rectangles: [PixelRectangle] {
        var result: [PixelRectangle] = []
        var top = 0
        while top < rows {
            var bottom = top + 1
            while bottom < rows, spans[bottom] == spans[top] { bottom += 1 }
            result += spans[top].map {
                PixelRectangle(left: $0.lowerBound, top: top, right: $0.upperBound, bottom: bottom)
            }
            top = bottom
        }
        return result
    }
}

extension PixelMask {
    /// A polygon by its corners, in pixels; every pixel that its edge or its inside touches. Corners beyond the frame are
    /// cut off at its edge. Where it crosses itself, all that it goes around is inside, however often: rather too much
    /// becomes black than too little.
    public mutating func add(polygon corners: [PixelPoint]) {
        guard corners.count > 2 else { return }
        let edges = zip(corners, corners.dropFirst() + corners.prefix(1))
        for row in 0..<rows {
            // The row is a strip of height one: its inside is found near its edges and in the middle, and edges within it.
            for line in [Double(row) + 0.001, Double(row) + 0.5, Double(row) + 0.999] {
                let crossings = edges.compactMap { from, to in Self.crossing(from, to, at: line) }
                    .sorted { $0.x < $1.x }
                var winding = 0
                var start = 0.0
                for crossing in crossings {
                    if winding == 0 { start = crossing.x }
                    winding += crossing.turn
                    guard winding == 0 else { continue }
                    add(Self.touched(start, crossing.x).clamped(to: 0..<columns), in: row)
                }
            }
            for (from, to) in edges {
                guard let part = Self.part(of: from, to, Double(row)...Double(row) + 1) else { continue }
                add(Self.touched(part.lowerBound, part.upperBound).clamped(to: 0..<columns), in: row)
            }
        }
    }

    private static func touched(_ left: Double, _ right: Double) -> Range<Int> {
        let first = Int(left.rounded(.down))
        return first..<max(first, Int(right.rounded(.up)))
    }

    /// Where an edge crosses a horizontal line, and whether downwards (1) or upwards (-1).
    private static func crossing(_ from: PixelPoint, _ to: PixelPoint, at line: Double) -> (x: Double, turn: Int)? {
        let (y1, y2) = (Double(from.y), Double(to.y))
        guard (y1 <= line) != (y2 <= line) else { return nil }
        return (Double(from.x) + (line - y1) / (y2 - y1) * Double(to.x - from.x), y1 < y2 ? 1 : -1)
    }

    /// The columns that an edge passes in a strip of rows.
    private static func part(
        of from: PixelPoint, _ to: PixelPoint, _ strip: ClosedRange<Double>
    ) -> ClosedRange<Double>? {
        let (y1, y2) = (Double(from.y), Double(to.y))
        let low = max(min(y1, y2), strip.lowerBound)
        let high = min(max(y1, y2), strip.upperBound)
        guard low < high else { return nil }
        func x(_ y: Double) -> Double { Double(from.x) + (y - y1) / (y2 - y1) * Double(to.x - from.x) }
        let ends = [x(low), x(high)]
        return min(ends[0], ends[1])...max(ends[0], ends[1])
    }
}

/// A corner of a polygon: columns from the left, rows from the top, at the upper left corner of a pixel.
public struct PixelPoint: Sendable, Hashable {
    public var x: Int
    public var y: Int

    public init(x: Int, y: Int) {
        self.x = x
        self.y = y
    }
}
