/// A frame as a codec decodes it: samples pixel by pixel, the lower byte first.
struct DecodedFrame {
    let layout: PixelLayout
    let mask: PixelMask

    /// Makes the mask black.
    ///
    /// - Returns: whether any byte is another one now.
    func blackOut(_ image: inout CodedImage) -> Bool {
        let width = image.sampleByteCount
        let values = CellValues(layout)
        let bytes = image.bytes
        let black = Blackness(
            layout,
            isDecodedToRGB: image.colour == .rgb
                && (layout.photometric == .reversible || layout.photometric == .irreversible)
        ) {
            var low = Int.max, high = Int.min
            for start in stride(from: 0, to: bytes.count, by: width) {
                let bits = width == 1 ? Int(bytes[start]) : Int(bytes[start]) | Int(bytes[start + 1]) << 8
                let value = values.number(bits)
                low = min(low, value)
                high = max(high, value)
            }
            return low <= high ? low...high : 0...0
        }
        // A sample of fewer bits than the stream's has its sign in the others, as every other sample there.
        let limit = 1 << image.bits - 1
        let samples = black.samples.map { UInt16(truncatingIfNeeded: $0 & limit) }
        let stored =
            image.isSigned
            ? black.samples.map { UInt16(truncatingIfNeeded: $0) & (width == 1 ? 0xFF : 0xFFFF) } : samples
        var isChanged = false
        for row in 0..<min(mask.rows, image.rows) {
            for span in mask.spans[row] {
                for column in span {
                    for component in 0..<image.samples {
                        let start = ((row * image.columns + column) * image.samples + component) * width
                        let low = UInt8(truncatingIfNeeded: stored[component])
                        if image.bytes[start] != low { isChanged = true }
                        image.bytes[start] = low
                        guard width == 2 else { continue }
                        let high = UInt8(stored[component] >> 8)
                        if image.bytes[start + 1] != high { isChanged = true }
                        image.bytes[start + 1] = high
                    }
                }
            }
        }
        return isChanged
    }
}
