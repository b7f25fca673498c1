import Deidentification

/// Finds the face of a head by its shape, and the place to cut it off.
///
/// As Quickshear does (Schimke and Hale 2011, "Quickshear defacing for neuroimages"), all that lies in front of and below a
/// plane goes which passes below the brain. Quickshear needs the brain's outline from another program, which only reads one
/// kind of MR; this finds the plane by landmarks of the skin, which CT, MR and PET show alike, and lets it fall so steeply
/// behind them that it passes below the frontal and temporal lobes of any skull:
///
/// - the middle of the skull: where a ball of the largest radius R fits into the head;
/// - the bridge of the nose: going down the profile from the forehead, where the middle begins to stand out from what lies
///   beside it.
///
/// Both together say how the head is tilted and turned. All lengths are those of a head with R = 80 mm, and grow with it.
struct FaceSearch {
    private let shape: HeadShape
    private let side: Double

    /// Millimetres, of R = 80.
    private static let size = 80.0
    private static let radii = 42.0...105.0
    /// How much the nose stands out from the cheeks: where it begins, and where it is most.
    private static let leastBridge = 6.0
    private static let leastNose = 10.0
    /// How the bridge of the nose lies below the middle of the skull, seen from there: a head that looks straight ahead.
    private static let bridgeAngle = 20.8 * Double.pi / 180
    private static let tilts = -0.44...0.44
    /// The plane: so far below the bridge, and so much farther down for each millimetre behind it. The floor of the frontal
    /// lobes lies at the height of the bridge; that of the temporal lobes some 25 mm lower, 35 mm behind it and more.
    private static let gap = 2.0
    private static let slope = 0.9
    /// Sides of cells, beyond which nobody can tell a nose.
    private static let coarsest = 3.5
    /// As far back as this part of the way to the middle of the skull, and as far down as any chin.
    private static let back = 0.85
    private static let lowest = 165.0

    init(_ shape: HeadShape) {
        self.shape = shape
        side = shape.volume.side
    }

    /// - Throws: in words, where something is not where it is in heads.
    func cut() throws(UncleanablePixels) -> FaceCut {
        guard let layers = shape.layers else { throw UncleanablePixels("the series shows nothing") }
        let (middle, radius) = try middle(layers)
        let scale = radius / Self.size
        guard side <= Self.coarsest * scale else {
            throw UncleanablePixels("its pixels are too coarse for a head of this size")
        }
        guard let best = bestProfile(middle, radius, scale) else {
            throw UncleanablePixels("no face can be made out")
        }
        let bridge = try bridge(best, middle, radius, scale)
        return try plane(best, bridge, middle, radius, scale)
    }

    private func middle(_ layers: ClosedRange<Int>) throws(UncleanablePixels) -> (Vector, radius: Double) {
        let volume = shape.volume
        let depths = shape.depths()
        let lowest = max(layers.lowerBound, layers.upperBound - Int(130 / side))
        let size = volume.rows * volume.columns
        let range = lowest * size..<(layers.upperBound + 1) * size
        let deepest = depths[range].max() ?? 0
        let radius = Double(deepest) / 10 * side
        guard Self.radii.contains(radius) else { throw UncleanablePixels("what it shows is not of the size of a head") }
        var sum = Vector(0, 0, 0), count = 0.0
        for cell in range where Double(depths[cell]) >= 0.97 * Double(deepest) {
            let (x, rest) = (cell % volume.columns, cell / volume.columns)
            sum = sum + Vector(Double(x), Double(rest % volume.rows), Double(rest / volume.rows))
            count += 1
        }
        return (sum * (1 / count), radius)
    }

    // MARK: The profile

    /// How far the head reaches in one direction, layer by layer.
    private struct Profile {
        /// To the front: of length 1, in the plane of layers.
        var front: Vector
        var isOutermost: Bool
        /// Millimetres from the middle to the skin, and how far that stands out from what lies beside it; by layer, nil
        /// where there is no skin.
        var middle: [Double?]
        var prominence: [Double?]
        var score: Double
    }

    private func range(_ middle: Vector, _ radius: Double) -> ClosedRange<Int> {
        let highest = min(shape.volume.layers - 1, Int(middle.z + 0.25 * radius / side))
        return max(0, Int(middle.z - 1.35 * radius / side))...max(0, highest)
    }

    private func bestProfile(_ middle: Vector, _ radius: Double, _ scale: Double) -> Profile? {
        let turns = Array(-12...12)
        var best: Profile?
        for turn in turns {
            let angle = Double(turn) * 2.5 * .pi / 180
            var profile = profile(middle, radius, scale, angle)
            profile.isOutermost = turn == turns.first || turn == turns.last
            if profile.score > best?.score ?? 0 { best = profile }
        }
        return best
    }

    /// Rays from front to back, a cell apart, beside each other and one above the other.
    private func profile(_ middle: Vector, _ radius: Double, _ scale: Double, _ angle: Double) -> Profile {
        let volume = shape.volume
        // To the front is away from the back (y), and to the left (x) where the head is turned.
        let (sine, cosine) = FaceAngle.sineAndCosine(angle)
        let front = Vector(sine, -cosine, 0), beside = Vector(cosine, sine, 0)
        var result = Profile(
            front: front, isOutermost: false, middle: Array(repeating: nil, count: volume.layers),
            prominence: Array(repeating: nil, count: volume.layers), score: 0)
        let reach = Int((27 * scale / side).rounded(.up))
        for layer in range(middle, radius) {
            var skin: [Int: Double] = [:]
            for offset in -reach...reach {
                var distance = 2.4 * radius / side
                while distance > 0 {
                    let place = middle + beside * Double(offset) + front * distance
                    let (x, y) = (Int(place.x.rounded()), Int(place.y.rounded()))
                    if x >= 0, y >= 0, x < volume.columns, y < volume.rows, shape.isInside[shape.index(x, y, layer)] {
                        break
                    }
                    distance -= 0.5
                }
                if distance > 0 { skin[offset] = distance * side }
            }
            func mean(_ from: Double, _ to: Double) -> Double? {
                let values = skin.filter { from...to ~= Double($0.key) * side / scale }.map(\.value)
                return values.isEmpty ? nil : values.sorted().reduce(0, +) / Double(values.count)
            }
            guard let nose = mean(-4, 4), let left = mean(19, 27), let right = mean(-27, -19) else { continue }
            result.middle[layer] = nose
            result.prominence[layer] = nose - (left + right) / 2
            // Seen from the side one cheek stands out less, and the other more.
            result.score += max(0, nose - max(left, right))
        }
        return result
    }

    // MARK: The bridge of the nose

    private func bridge(
        _ profile: Profile, _ middle: Vector, _ radius: Double, _ scale: Double
    ) throws(UncleanablePixels) -> (layer: Int, distance: Double) {
        guard !profile.isOutermost else { throw UncleanablePixels("the head is turned too far, or has no nose") }
        let range = range(middle, radius)
        let rows = max(3, Int(10 * scale / side))
        // A forehead is round: it stands out from what lies beside its middle, too, and a nose must do so by more.
        let forehead = range.filter { Double($0) > middle.z - 0.15 * radius / side }
            .compactMap { profile.prominence[$0] }.sorted()
        guard !forehead.isEmpty else { throw UncleanablePixels("the series ends below the forehead") }
        let least = max(Self.leastBridge * scale, forehead[forehead.count / 2] + max(1.5 * scale, 0.6 * side))
        var hasForehead = false
        for layer in range.reversed() {
            guard let prominence = profile.prominence[layer], let distance = profile.middle[layer] else { continue }
            if prominence < least { hasForehead = true }
            guard hasForehead, layer - rows >= range.lowerBound else { continue }
            let below = (layer - rows...layer).compactMap { profile.prominence[$0] }
            guard below.count == rows + 1, below.allSatisfy({ $0 >= least }) else { continue }
            let nose = range.filter { $0 <= layer }.compactMap { profile.prominence[$0] }.max() ?? 0
            guard nose >= max(Self.leastNose * scale, least + 3 * scale) else { break }
            return (layer, distance)
        }
        throw UncleanablePixels("no nose stands out from the face, or the series ends above it")
    }

    private func plane(
        _ profile: Profile, _ bridge: (layer: Int, distance: Double), _ middle: Vector, _ radius: Double,
        _ scale: Double
    ) throws(UncleanablePixels) -> FaceCut {
        let rise = (middle.z - Double(bridge.layer)) * side, run = bridge.distance
        let way = (rise * rise + run * run).squareRoot()
        let tilt = FaceAngle.ofSlope(rise / run) - Self.bridgeAngle
        guard 1.05...1.75 ~= way / radius, Self.tilts.contains(tilt) else {
            throw UncleanablePixels("the parts of the head do not lie as they do in heads")
        }
        let (sine, cosine) = FaceAngle.sineAndCosine(tilt)
        let up = Vector(0, 0, 1), front = profile.front
        let behind = front * -cosine + up * sine
        let above = front * sine + up * cosine
        let volume = shape.volume
        let centre = volume.corner + Vector(middle.x + 0.5, middle.y + 0.5, middle.z + 0.5) * side
        let start = centre + front * run - up * rise
        // Below: above·p + slope·behind·p < -gap, all from the bridge.
        let below = (above + behind * Self.slope) * -1
        let planes = [
            (below, below.dot(start) + Self.gap * scale),
            (behind * -1, (behind * -1).dot(start) - Self.back * run),
            (above, above.dot(start) - Self.lowest * scale),
        ]
        return FaceCut(
            planes: planes.map { normal, distance in
                // A thousandth of a millimetre is enough, and the same everywhere.
                func rounded(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }
                return FaceCut.Plane(
                    normal: [rounded(normal.x), rounded(normal.y), rounded(normal.z)], distance: rounded(distance))
            })
    }
}

/// Sines without a library of the system, which may differ between machines in the last digit (P7).
enum FaceAngle {
    /// Of an angle of less than a quarter turn: Taylor's series.
    static func sineAndCosine(_ angle: Double) -> (sine: Double, cosine: Double) {
        let square = angle * angle
        var sine = 0.0, cosine = 0.0, power = 1.0, factorial = 1.0
        for step in 0..<10 {
            cosine += power / factorial
            factorial *= Double(2 * step + 1)
            sine += power * angle / factorial
            factorial *= Double(2 * step + 2)
            power *= -square
        }
        return (sine, cosine)
    }

    /// The angle whose tangent this is: halved until Taylor's series ends soon.
    static func ofSlope(_ slope: Double) -> Double {
        var slope = slope, halves = 1.0
        while abs(slope) > 0.1 {
            slope /= 1 + (1 + slope * slope).squareRoot()
            halves *= 2
        }
        let square = slope * slope
        var result = 0.0, power = slope
        for step in 0..<12 {
            result += (step % 2 == 0 ? power : -power) / Double(2 * step + 1)
            power *= square
        }
        return result * halves
    }
}
