/// A decoded frame as the stream has it: samples pixel by pixel, of one byte up to eight bits, else of two, the lower first.
public struct CodedImage: Sendable, Hashable {
    public enum Coding: UInt32, Sendable, Hashable {
        /// JPEG baseline, extended, progressive.
        case dct = 1
        /// JPEG lossless; JPEG-LS without deviation; JPEG 2000 with the reversible transformation.
        case lossless = 2
        /// JPEG-LS with a deviation.
        case nearLossless = 3
        /// JPEG 2000 with the irreversible transformation.
        case irreversible = 4
    }

    public enum Colour: UInt32, Sendable, Hashable {
        case other = 0
        case grey = 1
        case rgb = 2
        case yCbCr = 3
    }

    public var columns: Int
    public var rows: Int
    public var samples: Int
    /// Of a sample; 1 to 16.
    public var bits: Int
    public var isSigned: Bool
    public var coding: Coding
    public var colour: Colour
    /// What is needed to code it in the same way: predictor, interleaving, levels of resolution.
    var first: UInt32
    /// Point transform, colour transformation.
    var second: UInt32
    public var bytes: [UInt8]

    /// Bytes of one sample.
    public var sampleByteCount: Int { bits > 8 ? 2 : 1 }

    init?(_ numbers: [UInt32], _ bytes: [UInt8]) {
        guard numbers.count >= 9, let coding = Coding(rawValue: numbers[5]), let colour = Colour(rawValue: numbers[6]),
            (1...65_535).contains(numbers[0]), (1...65_535).contains(numbers[1]), (1...4).contains(numbers[2]),
            (1...16).contains(numbers[3])
        else { return nil }
        columns = Int(numbers[0])
        rows = Int(numbers[1])
        samples = Int(numbers[2])
        bits = Int(numbers[3])
        isSigned = numbers[4] != 0
        self.coding = coding
        self.colour = colour
        first = numbers[7]
        second = numbers[8]
        self.bytes = bytes
        guard bytes.count == columns * rows * samples * sampleByteCount else { return nil }
    }
}

extension CodedImage {
    /// A frame of no stream, or one to be coded for the first time.
    ///
    /// - Parameter bytes: samples pixel by pixel; as many as the size says.
    public init(
        columns: Int, rows: Int, samples: Int, bits: Int, isSigned: Bool = false, colour: Colour? = nil, bytes: [UInt8]
    ) {
        self.columns = columns
        self.rows = rows
        self.samples = samples
        self.bits = bits
        self.isSigned = isSigned
        coding = .lossless
        self.colour = colour ?? (samples == 1 ? .grey : .other)
        first = samples == 1 ? 0 : 1
        second = 0
        self.bytes = bytes
    }
}
