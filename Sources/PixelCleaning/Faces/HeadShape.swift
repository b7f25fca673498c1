/// The outer shape of what a series shows: its cells, filled, without what lies beside it.
struct HeadShape {
    let volume: HeadVolume
    /// Whether a cell is of the head or within it.
    private(set) var isInside: [Bool]

    /// Closes nostrils, ears and mouths, in millimetres.
    private static let closing = 8.0

    /// - Parameters:
    ///   - means: of the cells of the volume.
    ///   - threshold: what is less is air.
    init?(_ volume: HeadVolume, _ means: [Int32], threshold: Int32) {
        self.volume = volume
        isInside = means.map { $0 >= threshold }
        guard keepLargest() else { return nil }
        let reach = Int((Self.closing / volume.side).rounded())
        grow(reach, true)
        fill()
        grow(reach, false)
    }

    func index(_ x: Int, _ y: Int, _ z: Int) -> Int { (z * volume.rows + y) * volume.columns + x }

    /// The layers that have any, from below.
    var layers: ClosedRange<Int>? {
        let size = volume.rows * volume.columns
        let with = (0..<volume.layers).filter { layer in isInside[layer * size..<(layer + 1) * size].contains(true) }
        guard let first = with.first, let last = with.last else { return nil }
        return first...last
    }

    private func forEachNeighbour(_ cell: Int, _ body: (Int) -> Void) {
        let (x, rest) = (cell % volume.columns, cell / volume.columns)
        let (y, z) = (rest % volume.rows, rest / volume.rows)
        if x > 0 { body(cell - 1) }
        if x + 1 < volume.columns { body(cell + 1) }
        if y > 0 { body(cell - volume.columns) }
        if y + 1 < volume.rows { body(cell + volume.columns) }
        if z > 0 { body(cell - volume.columns * volume.rows) }
        if z + 1 < volume.layers { body(cell + volume.columns * volume.rows) }
    }

    /// Couches, coils and noise are not of the head.
    private mutating func keepLargest() -> Bool {
        var isOpen = isInside
        var largest: [Int] = []
        for start in isOpen.indices where isOpen[start] {
            var part = [start], next = 0
            isOpen[start] = false
            while next < part.count {
                forEachNeighbour(part[next]) { cell in
                    if isOpen[cell] {
                        isOpen[cell] = false
                        part.append(cell)
                    }
                }
                next += 1
            }
            if part.count > largest.count { largest = part }
        }
        isInside = [Bool](repeating: false, count: volume.count)
        for cell in largest { isInside[cell] = true }
        return !largest.isEmpty
    }

    /// Takes in cells at the surface, or what is outside takes them, so many times. The end of the volume is no surface.
    private mutating func grow(_ times: Int, _ isOutwards: Bool) {
        for _ in 0..<times {
            var next = isInside
            let (columns, rows, layers) = (volume.columns, volume.rows, volume.layers)
            var cell = 0
            for z in 0..<layers {
                for y in 0..<rows {
                    for x in 0..<columns {
                        if isInside[cell] == isOutwards {
                            if x > 0 { next[cell - 1] = isOutwards }
                            if x + 1 < columns { next[cell + 1] = isOutwards }
                            if y > 0 { next[cell - columns] = isOutwards }
                            if y + 1 < rows { next[cell + columns] = isOutwards }
                            if z > 0 { next[cell - columns * rows] = isOutwards }
                            if z + 1 < layers { next[cell + columns * rows] = isOutwards }
                        }
                        cell += 1
                    }
                }
            }
            isInside = next
        }
    }

    /// What cannot be reached from above or from the sides is within. Below, airways are open.
    private mutating func fill() {
        var isReached = [Bool](repeating: false, count: volume.count)
        var queue: [Int] = []
        let (columns, rows, layers) = (volume.columns, volume.rows, volume.layers)
        for z in 0..<layers {
            for y in 0..<rows {
                let isEdge = y == 0 || y == rows - 1 || z == layers - 1
                for x in stride(from: 0, to: columns, by: isEdge ? 1 : max(1, columns - 1)) {
                    let cell = index(x, y, z)
                    if !isInside[cell], !isReached[cell] {
                        isReached[cell] = true
                        queue.append(cell)
                    }
                }
            }
        }
        while let cell = queue.popLast() {
            forEachNeighbour(cell) { other in
                if !isInside[other], !isReached[other] {
                    isReached[other] = true
                    queue.append(other)
                }
            }
        }
        isInside = isReached.map { !$0 }
    }

    /// How far each cell is from the surface, in tenths of a cell: the chamfer distance 10, 14, 17 (Borgefors 1986). Below
    /// the volume the body goes on.
    func depths() -> [UInt16] {
        let (columns, rows, layers) = (volume.columns, volume.rows, volume.layers)
        var depth = isInside.map { $0 ? UInt16(20_000) : 0 }
        for isForward in [true, false] {
            let sign = isForward ? -1 : 1
            var steps: [(x: Int, y: Int, z: Int, cost: UInt16)] = []
            for (z, y, x) in [
                (0, 0, 1), (0, 1, -1), (0, 1, 0), (0, 1, 1), (1, -1, -1), (1, -1, 0), (1, -1, 1), (1, 0, -1), (1, 0, 0),
                (1, 0, 1), (1, 1, -1), (1, 1, 0), (1, 1, 1),
            ] {
                let many = abs(x) + abs(y) + abs(z)
                steps.append((x * sign, y * sign, z * sign, many == 1 ? 10 : many == 2 ? 14 : 17))
            }
            for step in 0..<layers {
                let z = isForward ? step : layers - 1 - step
                for rowStep in 0..<rows {
                    let y = isForward ? rowStep : rows - 1 - rowStep
                    for columnStep in 0..<columns {
                        let x = isForward ? columnStep : columns - 1 - columnStep
                        let cell = (z * rows + y) * columns + x
                        guard depth[cell] > 0 else { continue }
                        var least = depth[cell]
                        for step in steps {
                            let (nx, ny, nz) = (x + step.x, y + step.y, z + step.z)
                            if nz < 0 { continue }
                            let isWithin = nx >= 0 && ny >= 0 && nx < columns && ny < rows && nz < layers
                            let other = isWithin ? depth[(nz * rows + ny) * columns + nx] : 0
                            least = min(least, other + step.cost)
                        }
                        depth[cell] = least
                    }
                }
            }
        }
        return depth
    }
}
