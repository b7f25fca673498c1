/// Units of a stream in which each begins with a start code, as they come: pictures, headers, text.
protocol CodedUnits {
    /// Whether what follows in the unit need not be looked at.
    var passes: Bool { get }
    /// Whether there was a picture, and what is needed to show it.
    var hasPictures: Bool { get }

    mutating func begin()
    /// The next byte of the unit; zeros behind its last byte that is none are not of it.
    mutating func add(_ byte: UInt8, at position: Int, _ overwriting: inout Overwriting) throws(Sequestration)
    mutating func end(_ overwriting: inout Overwriting) throws(Sequestration)
}

/// A stream parted at `00 00 01`, given in pieces that need not lie beside each other.
struct StartCodeStream<Units: CodedUnits> {
    private(set) var units: Units
    private var isInUnit = false
    /// Zeros of which nobody knows yet whether they are of the unit or before the next.
    private var zeros: [Range<Int>] = []
    private var zeroCount = 0

    init(_ units: Units) { self.units = units }

    mutating func add(
        _ bytes: ArraySlice<UInt8>, at start: Int, _ overwriting: inout Overwriting
    ) throws(Sequestration) {
        var position = start
        for byte in bytes {
            if byte == 0 {
                zeroCount += 1
                if isInUnit, !units.passes { addZero(position) }
            } else if byte == 1, zeroCount >= 2 {
                if isInUnit { try units.end(&overwriting) }
                units.begin()
                isInUnit = true
                forgetZeros()
            } else if isInUnit {
                if !units.passes { try addToUnit(byte, position, &overwriting) }
                if zeroCount > 0 { forgetZeros() }
            } else {
                // Before the first unit: zeros alone belong there.
                try overwriting.put(0, over: byte, at: position)
                forgetZeros()
            }
            position += 1
        }
    }

    /// At the end of all bytes.
    mutating func finish(_ overwriting: inout Overwriting) throws(Sequestration) {
        if isInUnit { try units.end(&overwriting) }
        isInUnit = false
        forgetZeros()
    }

    private mutating func addToUnit(
        _ byte: UInt8, _ position: Int, _ overwriting: inout Overwriting
    ) throws(Sequestration) {
        for run in zeros { for zero in run { try units.add(0, at: zero, &overwriting) } }
        try units.add(byte, at: position, &overwriting)
    }

    private mutating func addZero(_ position: Int) {
        if let last = zeros.indices.last, zeros[last].upperBound == position {
            zeros[last] = zeros[last].lowerBound..<position + 1
        } else {
            zeros.append(position..<position + 1)
        }
    }

    private mutating func forgetZeros() {
        zeroCount = 0
        if !zeros.isEmpty { zeros.removeAll(keepingCapacity: true) }
    }
}
