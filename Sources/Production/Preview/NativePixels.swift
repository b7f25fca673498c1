internal import DICOMCore
internal import DICOMFile

/// Pixel data that is not compressed (PS3.5 8.1.1): 8 or 16 bits a sample, monochrome or RGB. One row is in memory at a time.
struct NativePixels {
    struct Picture {
        var width: Int
        var height: Int
        /// 1 or 3.
        var samples: Int
        var bytes: [UInt8]
    }

    private let file: DICOMFile
    private let start: Int
    private let rows: Int
    private let columns: Int
    private let samples: Int
    private let bytesPerSample: Int
    private let bitsStored: Int
    private let highBit: Int
    private let isSigned: Bool
    private let isBigEndian: Bool
    private let isByPlane: Bool
    private let isInverted: Bool

    /// Nil for whatever is not of this kind, or whose frames do not fit into the value.
    init?(_ file: DICOMFile, _ element: DataSetIndex.Node) {
        guard let rows = Self.number(0x0010, in: file), let columns = Self.number(0x0011, in: file),
            let allocated = Self.number(0x0100, in: file), let samples = Self.number(0x0002, in: file),
            let kind = file.text(Tag(0x0028, 0x0004)), (1...65_535).contains(rows), (1...65_535).contains(columns),
            allocated == 8 || allocated == 16
        else { return nil }
        let isMonochrome = samples == 1 && (kind == "MONOCHROME1" || kind == "MONOCHROME2")
        guard isMonochrome || samples == 3 && kind == "RGB" && allocated == 8 else { return nil }
        let frames = Self.number(0x0008, in: file) ?? 1
        let size = rows * columns * samples * (allocated / 8)
        guard frames > 0, frames <= element.valueLength / size else { return nil }
        let stored = Self.number(0x0101, in: file) ?? allocated
        let high = Self.number(0x0102, in: file) ?? stored - 1
        guard (1...allocated).contains(stored), (stored - 1..<allocated).contains(high) else { return nil }
        self.file = file
        self.rows = rows
        self.columns = columns
        self.samples = samples
        start = element.valueStart + frames / 2 * size
        bytesPerSample = allocated / 8
        bitsStored = stored
        highBit = high
        isSigned = Self.number(0x0103, in: file) == 1
        isBigEndian = element.encoding == .explicitBigEndian
        isByPlane = Self.number(0x0006, in: file) == 1
        isInverted = kind == "MONOCHROME1"
    }

    /// A number of the Image Pixel module, group 0028.
    static func number(_ element: UInt16, in file: DICOMFile) -> Int? {
        file.text(Tag(0x0028, element)).flatMap { Int($0) }
    }

    private static func decimal(_ element: UInt16, in file: DICOMFile) -> Double? {
        file.text(Tag(0x0028, element)).flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
    }

    /// Made smaller by means, never larger; windowed as the data set says, else from the darkest to the brightest.
    func picture(side: Int) -> Picture? {
        let scale = max(1, (max(rows, columns) + side - 1) / side)
        let width = (columns + scale - 1) / scale
        let height = (rows + scale - 1) / scale
        var means: [Double] = []
        means.reserveCapacity(width * height * samples)
        for top in stride(from: 0, to: rows, by: scale) {
            var sums = [Int](repeating: 0, count: width * samples)
            let taken = top..<min(top + scale, rows)
            for row in taken {
                guard let values = values(ofRow: row) else { return nil }
                for (index, value) in values.enumerated() {
                    sums[index / samples / scale * samples + index % samples] += value
                }
            }
            for (index, sum) in sums.enumerated() {
                let across = min(scale, columns - index / samples * scale)
                means.append(Double(sum) / Double(across * taken.count))
            }
        }
        let bytes = samples == 3 ? means.map { UInt8(clamping: Int($0)) } : windowed(means)
        return Picture(width: width, height: height, samples: samples, bytes: bytes)
    }

    /// The samples of a row, colour by pixel.
    private func values(ofRow row: Int) -> [Int]? {
        if samples == 1 { return bytes(at: row * columns, count: columns).map { monochrome($0) } }
        guard isByPlane else { return bytes(at: row * columns * 3, count: columns * 3)?.map(Int.init) }
        let planes = (0..<3).compactMap { bytes(at: ($0 * rows + row) * columns, count: columns) }
        guard planes.count == 3 else { return nil }
        return (0..<columns * 3).map { Int(planes[$0 % 3][$0 / 3]) }
    }

    /// The bytes of so many samples.
    private func bytes(at sample: Int, count: Int) -> [UInt8]? {
        let first = start + sample * bytesPerSample
        return try? file.bytes(in: first..<first + count * bytesPerSample)
    }

    /// What lies outside of the bits stored, overlays of old among it, is none of the sample's (PS3.5 8.1.1).
    private func monochrome(_ bytes: [UInt8]) -> [Int] {
        let mask = 1 << bitsStored - 1
        let sign = isSigned ? 1 << (bitsStored - 1) : 0
        return (0..<bytes.count / bytesPerSample).map { index in
            let raw: Int
            if bytesPerSample == 1 {
                raw = Int(bytes[index])
            } else {
                let first = Int(bytes[index * 2])
                let second = Int(bytes[index * 2 + 1])
                raw = isBigEndian ? first << 8 | second : second << 8 | first
            }
            let value = raw >> (highBit + 1 - bitsStored) & mask
            return (value ^ sign) - sign
        }
    }

    /// PS3.3 C.11.1.1.2 and C.11.2.1.2.
    private func windowed(_ means: [Double]) -> [UInt8] {
        let slope = Self.decimal(0x1053, in: file) ?? 1
        let intercept = Self.decimal(0x1052, in: file) ?? 0
        let values = means.map { $0 * slope + intercept }
        var low = values.min() ?? 0
        var high = values.max() ?? 0
        if let center = Self.decimal(0x1050, in: file), let width = Self.decimal(0x1051, in: file), width >= 1,
            center - width / 2 < high, center + width / 2 > low
        {
            low = center - 0.5 - (width - 1) / 2
            high = center - 0.5 + (width - 1) / 2
        }
        return values.map { value in
            let part = high > low ? min(1, max(0, (value - low) / (high - low))) : 0.5
            return UInt8(clamping: Int((isInverted ? 1 - part : part) * 255 + 0.5))
        }
    }
}
