/// What a series shows, in cells of a few millimetres along the patient's axes: made slice by slice, in any order, and the
/// same whatever the order. Of a long series the upper part.
struct HeadVolume {
    /// Side of a cell in millimetres.
    let side: Double
    /// Corner of the first cell, on the right, in front and below.
    let corner: Vector
    let columns: Int
    let rows: Int
    let layers: Int
    private var sums: [Int32]
    private var counts: [UInt16]

    /// Millimetres of the body below its top.
    private static let mostHeight = 380.0
    private static let mostCells = 12_000_000
    private static let mostCount = UInt16.max - 1

    /// - Throws: for a series that takes more room than a body.
    init(_ slices: [SliceGeometry], spacing: Double) throws(UncleanablePixels) {
        var low = Vector(.infinity, .infinity, .infinity), high = Vector(-.infinity, -.infinity, -.infinity)
        for slice in slices {
            for (column, row) in [
                (0, 0), (slice.columns - 1, 0), (0, slice.rows - 1), (slice.columns - 1, slice.rows - 1),
            ] {
                for shift in [-0.5, 0.5] {
                    let point = slice.point(Double(column), Double(row)) + slice.normal * (shift * spacing)
                    low = Vector(min(low.x, point.x), min(low.y, point.y), min(low.z, point.z))
                    high = Vector(max(high.x, point.x), max(high.y, point.y), max(high.z, point.z))
                }
            }
        }
        low.z = max(low.z, high.z - Self.mostHeight)
        guard high.x - low.x < 1200, high.y - low.y < 1200, high.z > low.z else {
            throw UncleanablePixels("its images lie too far from each other")
        }
        // Each cell has a pixel in it, however they lie.
        let pixel = slices.reduce(0) { max($0, $1.across.length, $1.down.length) }
        var side = max(2, pixel * 1.3)
        func cells(_ length: Double) -> Int { Int((length / side).rounded(.up)) + 1 }
        while cells(high.x - low.x) * cells(high.y - low.y) * cells(high.z - low.z) > Self.mostCells { side += 0.5 }
        self.side = side
        corner = low
        columns = cells(high.x - low.x)
        rows = cells(high.y - low.y)
        layers = cells(high.z - low.z)
        sums = [Int32](repeating: 0, count: columns * rows * layers)
        counts = [UInt16](repeating: 0, count: columns * rows * layers)
    }

    var count: Int { sums.count }

    /// Adds the samples of a slice to all cells that are nearer to it than to its neighbours.
    ///
    /// - Parameter value: of a pixel by its place in the frame.
    mutating func add(_ slice: SliceGeometry, spacing: Double, value: (Int) -> Int) {
        // Samples closer to each other than a cell say nothing more.
        let columnStep = max(1, Int(side / 2 / max(0.05, slice.across.length)))
        let rowStep = max(1, Int(side / 2 / max(0.05, slice.down.length)))
        let half = max(0, Int((spacing / 2 / side).rounded(.up)))
        for row in stride(from: 0, to: slice.rows, by: rowStep) {
            for column in stride(from: 0, to: slice.columns, by: columnStep) {
                let point = slice.point(Double(column), Double(row)) - corner
                let sample = Int32(clamping: min(8000, max(-8000, value(row * slice.columns + column))))
                for shift in -half...half {
                    let place = point + slice.normal * (half == 0 ? 0 : Double(shift) * spacing / 2 / Double(half))
                    let (x, y, z) = (place.x / side, place.y / side, place.z / side)
                    guard x >= 0, y >= 0, z >= 0, x < Double(columns), y < Double(rows), z < Double(layers) else {
                        continue
                    }
                    let cell = (Int(z) * rows + Int(y)) * columns + Int(x)
                    guard counts[cell] < Self.mostCount else { continue }
                    sums[cell] += sample
                    counts[cell] += 1
                }
            }
        }
    }

    /// The mean of a cell, or of its neighbours where no pixel fell into it; `outside` of one of which nothing is known.
    func means(outside: Int32) -> [Int32] {
        let steps = [1, columns, columns * rows]
        return sums.indices.map { cell in
            if counts[cell] > 0 { return sums[cell] / Int32(counts[cell]) }
            var sum = 0, count = 0
            for step in steps {
                for other in [cell - step, cell + step] where sums.indices.contains(other) && counts[other] > 0 {
                    sum += Int(sums[other]) / Int(counts[other])
                    count += 1
                }
            }
            return count < 2 ? outside : Int32(sum / count)
        }
    }
}
