package import Deidentification

extension PixelMask {
    /// The pixels of an image that lie in a part of space.
    package init(_ cut: FaceCut, _ slice: SliceGeometry) {
        self.init(columns: slice.columns, rows: slice.rows)
        for row in 0..<slice.rows {
            // Along a row each plane leaves what is on one side of one place.
            let start = slice.point(0, Double(row))
            var first = 0.0, last = Double(slice.columns - 1)
            for plane in cut.planes where plane.normal.count == 3 {
                let normal = Vector(plane.normal[0], plane.normal[1], plane.normal[2])
                let step = normal.dot(slice.across), rest = plane.distance - normal.dot(start)
                if abs(step) < 1e-9 {
                    if rest > 0 { last = -1 }
                } else if step > 0 {
                    first = max(first, rest / step)
                } else {
                    last = min(last, rest / step)
                }
            }
            guard first <= last else { continue }
            let left = Int(first.rounded(.up)), right = Int(last.rounded(.down)) + 1
            if left < right { add(PixelRectangle(left: left, top: row, right: right, bottom: row + 1)) }
        }
    }
}
