/// A frame that is not compressed (PS3.5 8.1, 8.2): cells one behind the other.
struct NativeFrame {
    let layout: PixelLayout
    let mask: PixelMask

    /// Makes the mask black: whole cells, what else is in them too.
    ///
    /// - Returns: whether any byte is another one now.
    func blackOut(_ bytes: inout [UInt8]) throws(UncleanablePixels) -> Bool {
        guard bytes.count >= layout.frameByteCount else {
            throw UncleanablePixels("its pixels are fewer than its size")
        }
        if layout.photometric == .yCbCrPartial420 {
            throw UncleanablePixels("its pixels share colours in a way that is not cleaned")
        }
        let frame = bytes
        let black = Blackness(layout) { extremes(frame) }
        let cells = black.samples.map { CellValues(layout).cell(of: $0) }
        return layout.photometric == .yCbCrFull422 ? shared(&bytes, cells) : separate(&bytes, cells)
    }

    private func separate(_ bytes: inout [UInt8], _ cells: [UInt16]) -> Bool {
        var isChanged = false
        let pixels = layout.rows * layout.columns
        for row in 0..<min(mask.rows, layout.rows) {
            for span in mask.spans[row] {
                for column in span {
                    let pixel = row * layout.columns + column
                    for component in 0..<layout.samples {
                        let cell =
                            layout.isByPlane
                            ? component * pixels + pixel : pixel * layout.samples + component
                        if put(cells[component], at: cell, &bytes) { isChanged = true }
                    }
                }
            }
        }
        return isChanged
    }

    /// Two pixels as four cells: two luminances and the differences that both have (PS3.3 C.7.6.3.1.2).
    private func shared(_ bytes: inout [UInt8], _ cells: [UInt16]) -> Bool {
        var isChanged = false
        for row in 0..<min(mask.rows, layout.rows) {
            for span in mask.spans[row] {
                for pair in span.lowerBound / 2..<(span.upperBound + 1) / 2 where pair * 2 + 1 < layout.columns {
                    let first = (row * layout.columns + pair * 2) * 2
                    for (offset, component) in [0, 0, 1, 2].enumerated() {
                        if put(cells[component], at: first + offset, &bytes) { isChanged = true }
                    }
                }
            }
        }
        return isChanged
    }

    private func put(_ value: UInt16, at cell: Int, _ bytes: inout [UInt8]) -> Bool {
        let low = UInt8(truncatingIfNeeded: value), high = UInt8(value >> 8)
        guard layout.cellByteCount == 2 else {
            if bytes[cell] == low { return false }
            bytes[cell] = low
            return true
        }
        let (first, second) = layout.isBigEndian ? (high, low) : (low, high)
        if bytes[cell * 2] == first, bytes[cell * 2 + 1] == second { return false }
        bytes[cell * 2] = first
        bytes[cell * 2 + 1] = second
        return true
    }

    private func extremes(_ bytes: [UInt8]) -> ClosedRange<Int> {
        var low = Int.max, high = Int.min
        let values = CellValues(layout)
        for cell in 0..<layout.rows * layout.columns * layout.samples {
            let value: Int
            if layout.cellByteCount == 1 {
                value = values.sample(of: UInt16(bytes[cell]))
            } else {
                let first = UInt16(bytes[cell * 2]), second = UInt16(bytes[cell * 2 + 1])
                value = values.sample(of: layout.isBigEndian ? first << 8 | second : second << 8 | first)
            }
            low = min(low, value)
            high = max(high, value)
        }
        return low <= high ? low...high : 0...0
    }
}
