/// Where two images differ, in blocks: what was made black in one of them.
public enum ChangedPlaces {
    private static let side = 8

    /// Rectangles around blocks that touch each other and in which any sample is another one.
    ///
    /// - Parameter frame: by its number from 0.
    public static func find(
        _ old: FrameSource, _ new: FrameSource, frame: Int
    ) throws(UncleanablePixels) -> [PixelRectangle] {
        let before = try old.image(frame), after = try new.image(frame)
        guard before.columns == after.columns, before.rows == after.rows, before.bytes.count == after.bytes.count else {
            throw UncleanablePixels("the images are of different kinds")
        }
        let width = before.samples * before.sampleByteCount
        let across = (before.columns + side - 1) / side, down = (before.rows + side - 1) / side
        var isChanged = [Bool](repeating: false, count: across * down)
        for row in 0..<before.rows {
            for block in 0..<across {
                let start = (row * before.columns + block * side) * width
                let end = (row * before.columns + min(before.columns, (block + 1) * side)) * width
                if before.bytes[start..<end] != after.bytes[start..<end] {
                    isChanged[row / side * across + block] = true
                }
            }
        }
        return rectangles(isChanged, across: across, down: down).map { block in
            PixelRectangle(
                left: block.left * side, top: block.top * side, right: min(before.columns, block.right * side),
                bottom: min(before.rows, block.bottom * side))
        }
    }

    /// Of blocks that touch, with no more than one between them.
    private static func rectangles(_ blocks: [Bool], across: Int, down: Int) -> [PixelRectangle] {
        var isOpen = blocks
        var result: [PixelRectangle] = []
        for start in isOpen.indices where isOpen[start] {
            var place = PixelRectangle(
                left: start % across, top: start / across, right: start % across + 1, bottom: start / across + 1)
            var rest = [start]
            isOpen[start] = false
            while let block = rest.popLast() {
                let (row, column) = (block / across, block % across)
                place = place.union(PixelRectangle(left: column, top: row, right: column + 1, bottom: row + 1))
                for nextRow in max(0, row - 1)...min(down - 1, row + 1) {
                    for nextColumn in max(0, column - 2)...min(across - 1, column + 2)
                    where isOpen[nextRow * across + nextColumn] {
                        isOpen[nextRow * across + nextColumn] = false
                        rest.append(nextRow * across + nextColumn)
                    }
                }
            }
            result.append(place)
        }
        return result
    }
}
