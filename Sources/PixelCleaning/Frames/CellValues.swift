/// Samples in their cells (PS3.5 8.1.1).
struct CellValues {
    private let layout: PixelLayout
    private let lowest: Int
    private let mask: Int

    init(_ layout: PixelLayout) {
        self.layout = layout
        lowest = layout.highBit + 1 - layout.stored
        mask = 1 << layout.stored - 1
    }

    /// The cell of a sample, with nothing else in it but its sign.
    func cell(of sample: Int) -> UInt16 {
        // Bits above the sample are its sign, so that a reader that takes the whole cell finds the same number.
        let extended = layout.isSigned ? sample : sample & mask
        return UInt16(truncatingIfNeeded: extended << lowest) & UInt16(truncatingIfNeeded: 1 << layout.allocated - 1)
    }

    /// The sample in a cell.
    func sample(of cell: UInt16) -> Int { number(Int(cell) >> lowest) }

    /// A number of the bits stored, with its sign.
    func number(_ bits: Int) -> Int {
        let value = bits & mask
        guard layout.isSigned else { return value }
        let sign = 1 << (layout.stored - 1)
        return (value ^ sign) - sign
    }

    /// The smallest and largest sample of a grey frame of RLE.
    func extremes(_ frame: RunLengthFrame) -> ClosedRange<Int> {
        var low = Int.max, high = Int.min
        let planes = frame.planes
        for index in planes[0].indices {
            let cell =
                planes.count == 1 ? UInt16(planes[0][index]) : UInt16(planes[0][index]) << 8 | UInt16(planes[1][index])
            let value = sample(of: cell)
            low = min(low, value)
            high = max(high, value)
        }
        return low <= high ? low...high : 0...0
    }
}
