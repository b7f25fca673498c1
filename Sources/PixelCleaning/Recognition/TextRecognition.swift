/// Recognition of text by Tesseract, and drawing of pictures, in processes that can do nothing but compute (`cordon-ocr`).
/// A picture that makes one crash, hang or ask for too much is an error: it has not been read, and is not clean.
public struct TextRecognition: Sendable {
    /// How a picture is read.
    public enum Method: UInt32, Sendable, Hashable {
        /// Lines are found first, at every scale, and each is read alone.
        case lines = 1
        /// The whole page at once, with Tesseract's own way to find lines: finds other things, and checks the first.
        case page = 2
    }

    private enum Operation: UInt32 { case read = 1, picture, describe }

    private let program: WorkerProgram?
    private let pool: WorkerPool
    private let described: WorkerDescription

    /// Longest side of a picture that is read, in pixels.
    public static let longestSide = 32_767
    /// Of an answer: more words than any picture has.
    private static let mostBytes = 64 << 20

    /// With the program that is installed beside this one.
    public static let installed = TextRecognition(program)

    static var program: WorkerProgram? {
        var program = WorkerProgram.installed("cordon-ocr")
        program?.arguments = ["eng"]
        program?.processorSeconds = 120
        program?.patience = 1800
        return program
    }

    public init(_ program: WorkerProgram?) {
        self.init(program, WorkerDescription())
    }

    private init(_ program: WorkerProgram?, _ described: WorkerDescription) {
        self.program = program
        self.described = described
        pool = WorkerPool(program)
    }

    /// What reads: the versions of Tesseract and Leptonica, and a digest of each model. What was read depends on all of it,
    /// and so does what became black (P7).
    public func version() throws(WorkerError) -> String {
        try described.text(from: pool, code: Operation.describe.rawValue)
    }

    /// The same program in processes of their own, as of `PixelCodecs`: what a frame of one patient did to a process reads
    /// no frame of another. A start takes a few tenths of a second, once for an instance, when its first frame is read.
    public var forOneInstance: TextRecognition { TextRecognition(program, described) }

    /// Words and what may be lines, of a grey picture: a byte for each pixel, row by row.
    func read(_ bytes: [UInt8], columns: Int, rows: Int, _ method: Method) throws(WorkerError) -> TextReading {
        guard columns <= Self.longestSide, rows <= Self.longestSide else {
            throw WorkerError(.tooLarge, "a frame is larger than what is read")
        }
        let request = WorkerMessage(
            Operation.read.rawValue, [UInt32(columns), UInt32(rows), 1, method.rawValue], bytes)
        let answer = try pool.answer(to: request, most: Self.mostBytes)
        guard let reading = TextReading(answer.bytes, columns: columns, rows: rows) else {
            throw WorkerError(.babbled, "the process that reads pixels answered something else")
        }
        guard answer.numbers[2] == 0 else {
            throw WorkerError(.tooLarge, "a frame has more that may be text than is read")
        }
        return reading
    }

    /// A frame with rectangles on it, as PNG.
    ///
    /// - Parameter longest: side of the picture, in pixels; a larger one is made smaller, a smaller one is not made larger.
    public func png(
        _ frame: ShownFrame, _ marks: [PictureMark], longest: Int = 0
    ) throws(WorkerError) -> [UInt8] {
        guard frame.columns <= Self.longestSide, frame.rows <= Self.longestSide else {
            throw WorkerError(.tooLarge, "a frame is larger than what is drawn")
        }
        let numbers = [frame.columns, frame.rows, frame.samples, longest, marks.count].map { UInt32($0) }
        let edges = marks.flatMap { mark in
            [
                mark.place.left, mark.place.top, min(mark.place.right, frame.columns),
                min(mark.place.bottom, frame.rows), mark.colour, mark.isFilled ? 1 : 0,
            ]
        }
        let bytes = edges.flatMap { edge in (0..<4).map { UInt8(truncatingIfNeeded: max(0, edge) >> ($0 * 8)) } }
        let request = WorkerMessage(Operation.picture.rawValue, numbers, bytes + frame.bytes)
        return try pool.answer(to: request, most: PixelCodecs.largestFrame).bytes
    }
}

/// A rectangle drawn on a picture.
public struct PictureMark: Sendable, Hashable {
    public var place: PixelRectangle
    /// Red, green and blue: 0xFF0000.
    public var colour: Int
    /// Nothing is seen of what is in it.
    public var isFilled: Bool

    public init(_ place: PixelRectangle, colour: Int, isFilled: Bool = false) {
        self.place = place
        self.colour = colour
        self.isFilled = isFilled
    }
}
