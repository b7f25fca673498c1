/// Codecs of compressed frames: JPEG, JPEG-LS, JPEG 2000, by libraries of others, in processes that can do nothing but
/// compute (`cordon-codec`). A frame that makes one crash, hang or ask for too much is an error, and nothing else is.
public struct PixelCodecs: Sendable {
    public enum Family: UInt32, Sendable, Hashable {
        case jpeg = 1
        case jpegLS = 2
        case jpeg2000 = 3
    }

    private enum Operation: UInt32 { case decode = 1, encode, blackOut, describe }

    private let program: WorkerProgram?
    private let pool: WorkerPool
    private let described: WorkerDescription

    /// The largest frame, decoded, in bytes.
    public static let largestFrame = 1 << 30

    /// With the program that is installed beside this one.
    public static let installed = PixelCodecs(WorkerProgram.installed("cordon-codec"))

    public init(_ program: WorkerProgram?) { self.init(program, WorkerDescription()) }

    private init(_ program: WorkerProgram?, _ described: WorkerDescription) {
        self.program = program
        self.described = described
        pool = WorkerPool(program)
    }

    /// What decodes and codes: the versions of the libraries. Two of them may decode a lossy frame to other pixels, and code one without
    /// loss as other bytes (P7).
    public func version() throws(WorkerError) -> String {
        try described.text(from: pool, code: Operation.describe.rawValue)
    }

    /// The same program in processes of their own: frames come from strangers, and one that takes over a process must
    /// not see, nor change, the pictures of another patient. One start for an instance, when its first frame is read.
    var forOneInstance: PixelCodecs { PixelCodecs(program, described) }

    /// - Parameter sampleCount: how many samples the frame should have; more are not decoded.
    public func decode(_ frame: [UInt8], _ family: Family, sampleCount: Int) throws(WorkerError) -> CodedImage {
        let limit = min(sampleCount, Self.largestFrame / 2)
        let request = WorkerMessage(Operation.decode.rawValue, Self.numbers(family, limit: limit), frame)
        // Two bytes a sample: what a process says that it answers is not believed further.
        let answer = try pool.answer(to: request, most: limit * 2)
        guard let image = CodedImage(answer.numbers, answer.bytes) else {
            throw WorkerError(.babbled, "the process that reads pixels answered something else")
        }
        return image
    }

    /// Codes a frame without loss, in the way it was coded before.
    public func encode(_ image: CodedImage, _ family: Family) throws(WorkerError) -> [UInt8] {
        let numbers = [
            family.rawValue, UInt32(image.columns), UInt32(image.rows), UInt32(image.samples), UInt32(image.bits),
            image.isSigned ? 1 : 0, image.colour.rawValue, image.first, image.second, 0, 0, UInt32.max,
        ]
        let request = WorkerMessage(Operation.encode.rawValue, numbers, image.bytes)
        return try pool.answer(to: request, most: Self.largestFrame).bytes
    }

    /// What `blackOut` makes of blocks.
    public struct Blackout: Sendable, Hashable {
        public var rectangles: [PixelRectangle]
        /// Brightest in place of darkest: MONOCHROME1 shows that as black.
        public var isBright: Bool
        /// The second and third component are differences of colour, of which none is grey.
        public var hasColourDifferences: Bool
        public var sampleCount: Int
    }

    /// Blackens blocks of a JPEG frame among its coefficients: whole MCUs that touch a rectangle; the coefficients of all
    /// others stay as they are.
    public func blackOut(_ frame: [UInt8], _ blackout: Blackout) throws(WorkerError) -> [UInt8] {
        var numbers = Self.numbers(.jpeg, limit: min(blackout.sampleCount, Self.largestFrame / 2))
        numbers[7] = blackout.isBright ? 1 : 0
        numbers[8] = blackout.hasColourDifferences ? 1 : 0
        numbers[9] = UInt32(blackout.rectangles.count)
        let edges = blackout.rectangles.flatMap { [$0.left, $0.top, $0.right, $0.bottom] }
        let bytes = edges.flatMap { edge in (0..<4).map { UInt8(truncatingIfNeeded: edge >> ($0 * 8)) } }
        let request = WorkerMessage(Operation.blackOut.rawValue, numbers, bytes + frame)
        return try pool.answer(to: request, most: Self.largestFrame).bytes
    }

    private static func numbers(_ family: Family, limit: Int) -> [UInt32] {
        var numbers = [UInt32](repeating: 0, count: WorkerMessage.numberCount)
        numbers[0] = family.rawValue
        numbers[10] = UInt32(truncatingIfNeeded: limit >> 32)
        numbers[11] = UInt32(truncatingIfNeeded: limit)
        return numbers
    }
}
