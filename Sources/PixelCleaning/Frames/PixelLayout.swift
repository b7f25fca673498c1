import DICOMCore
public import DICOMFile

/// What the Image Pixel module (PS3.3 C.7.6.3) says of the frames of an image.
public struct PixelLayout: Sendable, Hashable {
    public var rows: Int
    public var columns: Int
    public var samples: Int
    public var frames: Int
    /// 8 or 16.
    public var allocated: Int
    public var stored: Int
    public var highBit: Int
    public var isSigned: Bool
    /// Planar Configuration 1: components one behind the other.
    public var isByPlane: Bool
    public var photometric: Photometric
    /// Of native cells of 16 bits: the higher byte first.
    public var isBigEndian: Bool
    /// The index of the darkest colour of a palette; 0 for other images.
    public var darkestIndex: Int

    public enum Photometric: String, Sendable, Hashable {
        case monochrome1 = "MONOCHROME1"
        case monochrome2 = "MONOCHROME2"
        case palette = "PALETTE COLOR"
        case rgb = "RGB"
        case yCbCrFull = "YBR_FULL"
        case yCbCrFull422 = "YBR_FULL_422"
        case yCbCrPartial420 = "YBR_PARTIAL_420"
        case reversible = "YBR_RCT"
        case irreversible = "YBR_ICT"

        /// Whether the second and third component are differences of colour, as stored where nothing undoes that.
        var hasColourDifferences: Bool {
            switch self {
            case .yCbCrFull, .yCbCrFull422, .yCbCrPartial420, .reversible, .irreversible: true
            case .monochrome1, .monochrome2, .palette, .rgb: false
            }
        }
    }

    /// - Throws: where something is missing or is of a kind that is not cleaned here: in words, without values.
    public init(_ file: DICOMFile) throws(UncleanablePixels) {
        func number(_ element: UInt16) -> Int? { file.firstNumber(Tag(0x0028, element)) }
        guard let rows = number(0x0010), let columns = number(0x0011), (1...65_535).contains(rows),
            (1...65_535).contains(columns)
        else { throw UncleanablePixels("its pixels have no size") }
        guard let allocated = number(0x0100), allocated == 8 || allocated == 16 else {
            throw UncleanablePixels("its samples are of other than 8 or 16 bits")
        }
        let samples = number(0x0002) ?? 1
        guard let word = file.text(Tag(0x0028, 0x0004)), let photometric = Photometric(rawValue: word) else {
            throw UncleanablePixels("its Photometric Interpretation is none that is cleaned")
        }
        let isGrey = photometric == .monochrome1 || photometric == .monochrome2 || photometric == .palette
        guard samples == (isGrey ? 1 : 3) else {
            throw UncleanablePixels("its samples are not as many as its Photometric Interpretation says")
        }
        // A few bytes of RLE can say that they are more than there is memory for.
        guard rows * columns * samples * (allocated / 8) <= PixelCodecs.largestFrame else {
            throw UncleanablePixels("a frame is larger than one may be")
        }
        let stored = number(0x0101) ?? allocated
        let highBit = number(0x0102) ?? stored - 1
        guard (1...allocated).contains(stored), (stored - 1..<allocated).contains(highBit) else {
            throw UncleanablePixels("its bits are not where they can be")
        }
        self.rows = rows
        self.columns = columns
        self.samples = samples
        self.allocated = allocated
        self.stored = stored
        self.highBit = highBit
        self.photometric = photometric
        frames = max(1, number(0x0008) ?? 1)
        isSigned = number(0x0103) == 1
        isByPlane = samples > 1 && number(0x0006) == 1
        isBigEndian = file.dataSet.encoding == .explicitBigEndian
        darkestIndex = photometric == .palette ? try Palette(file).darkestIndex : 0
        // Two pixels of a row share their differences of colour (PS3.3 C.7.6.3.1.2).
        if photometric == .yCbCrFull422, !file.transferSyntax.isEncapsulated, columns % 2 == 1 || isByPlane {
            throw UncleanablePixels("its pixels share colours in a way that is not cleaned")
        }
    }

    /// Bytes of a cell.
    public var cellByteCount: Int { allocated / 8 }

    /// Bytes of a native frame.
    public var frameByteCount: Int {
        // Two pixels share their differences of colour (PS3.3 C.7.6.3.1.2).
        if photometric == .yCbCrFull422 { return rows * columns * 2 * cellByteCount }
        return rows * columns * samples * cellByteCount
    }
}

/// Why pixels cannot be cleaned: in words, without values. The instance is sequestered.
public struct UncleanablePixels: Error, Sendable, Hashable {
    public var reason: String

    public init(_ reason: String) { self.reason = reason }
}

extension DICOMFile {
    /// The first value of an element at the top level, when it is a number that is not negative.
    func firstNumber(_ tag: Tag) -> Int? {
        guard let node = dataSet.child(tag), let value = try? values(of: node).first else { return nil }
        return Int(value.drop { $0 == " " || $0 == "+" }).flatMap { $0 >= 0 ? $0 : nil }
    }
}
