/// What was found of faces in a series of images, by somebody who read all of its pixels.
public enum FaceFinding: Sendable, Hashable {
    /// It shows no face; why that is known.
    case none(String)
    /// What lies in this is taken away.
    case cut(FaceCut)
    /// Nobody can tell whether or where it shows one; why, in words, without values.
    case unknown(String)
}

/// A part of space, in the patient's coordinates (PS3.3 C.7.6.2.1.1: millimetres to the left, to the back, to the head):
/// what lies in front of all of its planes.
public struct FaceCut: Sendable, Hashable {
    /// Points of which the product with the normal is at least the distance.
    public struct Plane: Sendable, Hashable {
        public var normal: [Double]
        public var distance: Double

        public init(normal: [Double], distance: Double) {
            self.normal = normal
            self.distance = distance
        }
    }

    public var planes: [Plane]

    public init(planes: [Plane]) { self.planes = planes }
}

extension FaceFinding {
    /// The same for what is the same, for telling whether what was made with it is still what would be made.
    public var text: String {
        switch self {
        case .none(let why): "no face: \(why)"
        case .cut(let cut): "face: \(cut.planes.map { "\($0.normal) \($0.distance)" }.joined(separator: "; "))"
        case .unknown(let why): "unknown: \(why)"
        }
    }
}
