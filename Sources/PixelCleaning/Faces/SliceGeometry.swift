import DICOMCore
package import DICOMFile

/// Where the pixels of an image lie in the patient (PS3.3 C.7.6.2.1.1), in millimetres to the left, to the back, to the head.
package struct SliceGeometry: Sendable, Hashable {
    package var columns: Int
    package var rows: Int
    /// Centre of the first pixel.
    package var origin: Vector
    /// From one pixel to the next of its row; and of its column.
    package var across: Vector
    package var down: Vector
    /// Of length 1; slices follow each other along it.
    package var normal: Vector

    /// - Throws: in words, where the image does not say where it is.
    package init(_ file: DICOMFile) throws(UncleanablePixels) {
        func numbers(_ tag: Tag, _ count: Int) -> [Double]? {
            guard let node = file.dataSet.child(tag), let values = try? file.values(of: node), values.count == count
            else { return nil }
            let numbers = values.compactMap { Double($0.filter { $0 != " " }) }
            return numbers.count == count && numbers.allSatisfy { abs($0) < 1e5 } ? numbers : nil
        }
        guard let position = numbers(Tag(0x0020, 0x0032), 3), let cosines = numbers(.imageOrientationPatient, 6),
            let spacing = numbers(Tag(0x0028, 0x0030), 2), spacing.allSatisfy({ 0.05...20 ~= $0 }),
            let rows = file.firstNumber(Tag(0x0028, 0x0010)), let columns = file.firstNumber(Tag(0x0028, 0x0011)),
            rows > 0, columns > 0
        else { throw UncleanablePixels("an image does not say where in the patient it lies") }
        let right = Vector(cosines[0], cosines[1], cosines[2]), below = Vector(cosines[3], cosines[4], cosines[5])
        guard abs(right.length - 1) < 0.01, abs(below.length - 1) < 0.01, abs(right.dot(below)) < 0.01 else {
            throw UncleanablePixels("the orientation of an image is none")
        }
        self.rows = rows
        self.columns = columns
        origin = Vector(position[0], position[1], position[2])
        // Pixel Spacing: between rows first (10.7.1.3).
        across = right * spacing[1]
        down = below * spacing[0]
        normal = right.cross(below)
    }

    /// How far along its normal.
    package var depth: Double { origin.dot(normal) }

    func point(_ column: Double, _ row: Double) -> Vector { origin + across * column + down * row }

    /// Whether another image lies in the same stack.
    func isParallel(to other: SliceGeometry) -> Bool {
        normal.dot(other.normal) > 0.9995 && rows == other.rows && columns == other.columns
            && (across - other.across).length < 0.001 && (down - other.down).length < 0.001
    }
}

/// A point or direction in space.
package struct Vector: Sendable, Hashable {
    package var x: Double
    package var y: Double
    package var z: Double

    package init(_ x: Double, _ y: Double, _ z: Double) {
        self.x = x
        self.y = y
        self.z = z
    }

    func dot(_ other: Vector) -> Double { x * other.x + y * other.y + z * other.z }
    func cross(_ other: Vector) -> Vector {
        Vector(y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x)
    }
    var length: Double { dot(self).squareRoot() }
    static func + (left: Vector, right: Vector) -> Vector {
        Vector(left.x + right.x, left.y + right.y, left.z + right.z)
    }
    static func - (left: Vector, right: Vector) -> Vector {
        Vector(left.x - right.x, left.y - right.y, left.z - right.z)
    }
    static func * (left: Vector, right: Double) -> Vector { Vector(left.x * right, left.y * right, left.z * right) }
}
