/// A frame as people look at it: eight bits a sample, grey, or red, green and blue.
public struct ShownFrame: Sendable, Hashable {
    public let columns: Int
    public let rows: Int
    /// 1 or 3.
    public let samples: Int
    public private(set) var bytes: [UInt8]
    /// The same in other windows, in which other text stands out: grey.
    private(set) var pictures: [[UInt8]]

    /// - Parameter image: as `FrameSource` decodes it.
    init(_ image: CodedImage, _ layout: PixelLayout, _ palette: Palette?) {
        columns = image.columns
        rows = image.rows
        if image.samples == 1, let palette, layout.photometric == .palette {
            samples = 3
            bytes = palette.colours(of: Samples(image, layout))
            pictures = Self.greys(bytes)
        } else if image.samples == 1 {
            let samples = Samples(image, layout)
            let windows = samples.windows
            self.samples = 1
            pictures = windows.map { samples.bytes(in: $0) }
            // What is shown has the window that leaves out what is rare.
            bytes = pictures[pictures.count - 1]
            if layout.photometric == .monochrome1 { bytes = bytes.map { 255 - $0 } }
        } else {
            samples = 3
            bytes = Samples(image, layout).highBytes
            let isYCbCr =
                image.colour == .yCbCr || layout.photometric.hasColourDifferences && image.colour != .rgb
            if isYCbCr { Self.convertToRGB(&bytes) }
            pictures = Self.greys(bytes)
        }
    }

    /// As large, and with nothing on it.
    public var blank: ShownFrame {
        var frame = self
        frame.bytes = [UInt8](repeating: 40, count: bytes.count)
        frame.pictures = []
        return frame
    }

    /// ITU-R BT.601 in full range (PS3.3 C.7.6.3.1.2).
    private static func convertToRGB(_ bytes: inout [UInt8]) {
        func clamped(_ value: Int) -> UInt8 { UInt8(min(255, max(0, value))) }
        for start in stride(from: 0, to: bytes.count - 2, by: 3) {
            let y = Int(bytes[start]) << 10, blue = Int(bytes[start + 1]) - 128, red = Int(bytes[start + 2]) - 128
            bytes[start] = clamped((y + 1436 * red) >> 10)
            bytes[start + 1] = clamped((y - 352 * blue - 731 * red) >> 10)
            bytes[start + 2] = clamped((y + 1815 * blue) >> 10)
        }
    }

    /// Luminance; and where there are colours, the brightest channel of a dark picture and the darkest of a bright one:
    /// blue on black has next to no luminance.
    private static func greys(_ bytes: [UInt8]) -> [[UInt8]] {
        var luminance: [UInt8] = [], most: [UInt8] = [], least: [UInt8] = []
        let count = bytes.count / 3
        luminance.reserveCapacity(count)
        most.reserveCapacity(count)
        least.reserveCapacity(count)
        var colourful = 0, bright = 0
        for start in stride(from: 0, to: bytes.count - 2, by: 3) {
            let red = bytes[start], green = bytes[start + 1], blue = bytes[start + 2]
            let grey = UInt8((Int(red) * 306 + Int(green) * 601 + Int(blue) * 117) >> 10)
            let high = max(red, green, blue), low = min(red, green, blue)
            luminance.append(grey)
            most.append(high)
            least.append(low)
            if high - low > 64 { colourful += 1 }
            if grey > 127 { bright += 1 }
        }
        guard colourful > max(20, count / 20_000) else { return [luminance] }
        return [luminance, bright * 2 > count ? least : most]
    }

    /// Makes pixels black in all that is read, as they will be in the frame.
    mutating func blackOut(_ mask: PixelMask, isInverted: Bool) {
        for row in 0..<min(rows, mask.rows) {
            for span in mask.spans[row] {
                let range = row * columns + span.lowerBound..<row * columns + min(span.upperBound, columns)
                guard !range.isEmpty else { continue }
                for index in pictures.indices {
                    pictures[index].replaceSubrange(
                        range, with: repeatElement(isInverted ? 255 : 0, count: range.count))
                }
                let shown = range.lowerBound * samples..<range.upperBound * samples
                bytes.replaceSubrange(shown, with: repeatElement(0, count: shown.count))
            }
        }
    }
}

/// Samples of a decoded frame as numbers of the bits stored.
struct Samples {
    private let image: CodedImage
    /// Bits below the sample in a cell.
    private let shift: Int
    private let bits: Int
    private let isSigned: Bool

    init(_ image: CodedImage, _ layout: PixelLayout) {
        self.image = image
        // Native cells and those of RLE come whole; what a codec decodes has the sample at the bottom.
        let isCell = image.bits == layout.allocated && layout.stored < layout.allocated
        shift = isCell ? layout.highBit + 1 - layout.stored : 0
        bits = isCell ? layout.stored : image.bits
        isSigned = layout.isSigned
    }

    private var count: Int { image.bytes.count / image.sampleByteCount }

    /// A sample, with the sign turned so that more is brighter.
    private func code(_ index: Int) -> Int {
        let raw =
            image.sampleByteCount == 1
            ? Int(image.bytes[index]) : Int(image.bytes[index * 2]) | Int(image.bytes[index * 2 + 1]) << 8
        let value = (raw >> shift) & (1 << bits - 1)
        return isSigned ? value ^ (1 << (bits - 1)) : value
    }

    /// Unsigned numbers.
    func number(_ index: Int) -> Int { code(index) }
    var all: Range<Int> { 0..<count }

    /// The upper eight bits of each.
    var highBytes: [UInt8] {
        if image.sampleByteCount == 1, bits == 8, shift == 0, !isSigned { return image.bytes }
        return all.map { UInt8(truncatingIfNeeded: bits > 8 ? code($0) >> (bits - 8) : code($0) << (8 - bits)) }
    }

    /// From the smallest to the largest sample; and, where few samples lie far from all others, without those: text that
    /// was drawn in the brightest value there is stands out in the first, faint text in the second.
    var windows: [ClosedRange<Int>] {
        var histogram = [Int](repeating: 0, count: 1 << bits)
        for index in all { histogram[code(index)] += 1 }
        guard let low = histogram.firstIndex(where: { $0 > 0 }), let high = histogram.lastIndex(where: { $0 > 0 })
        else {
            return [0...255]
        }
        var sum = 0
        var first = low, last = high
        for value in low...high {
            let next = sum + histogram[value]
            if sum * 200 <= count, next * 200 > count { first = value }
            if sum * 200 < count * 199, next * 200 >= count * 199 { last = value }
            sum = next
        }
        let isNarrow = last > first && (last - first) * 2 < high - low
        return isNarrow ? [low...high, first...last] : [low...high]
    }

    func bytes(in window: ClosedRange<Int>) -> [UInt8] {
        let width = max(1, window.upperBound - window.lowerBound)
        let table = (0..<1 << bits).map { value in
            UInt8(min(255, max(0, (value - window.lowerBound) * 255 / width)))
        }
        return all.map { table[code($0)] }
    }
}
