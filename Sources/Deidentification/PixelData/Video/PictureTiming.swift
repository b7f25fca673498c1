/// Whether picture timing of H.264 (ISO 14496-10 D.1.3) tells the time of day. How it is laid out is in the sequence
/// parameter sets (7.3.2.1.1, E.1.1).
struct PictureTiming {
    private struct Layout: Hashable {
        /// Bits of two delays, before all else.
        var delayBits: Int
        var hasPictureStructure: Bool
    }

    /// What the parameter sets say that came so far; nil for one that cannot be read.
    private var layouts: Set<Layout?> = []

    /// - Parameter unit: a NAL unit with its header.
    mutating func read(parameterSet unit: NALUnit) {
        guard let first = unit.bytes.first, first & 0x1F == 7 else { return }
        var bits = BitReader(unit.payload(from: 1).bytes)
        layouts.insert(Self.layout(&bits))
    }

    /// Whether a clock's time is in a message, or may be: which parameter set it goes by is not known here.
    func mayHaveClock(_ payload: ArraySlice<UInt8>) -> Bool {
        layouts.isEmpty
            || layouts.contains { layout in
                guard let layout else { return true }
                guard layout.hasPictureStructure else { return false }
                var bits = BitReader(Array(payload))
                guard bits.skip(layout.delayBits), let structure = bits.number(4), structure < Self.clocks.count
                else { return true }
                // The first that is there is enough to know; of those before it a flag is all there is.
                for _ in 0..<Self.clocks[structure] where bits.number(1) != 0 { return true }
                return false
            }
    }

    /// NumClockTS by pic_struct, Table D-1.
    private static let clocks = [1, 1, 1, 2, 2, 3, 3, 2, 3]

    /// Profiles whose parameter sets state the chroma format.
    private static let high: Set<Int> = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]

    private static func layout(_ bits: inout BitReader) -> Layout? {
        guard let profile = bits.number(8), bits.skip(16), bits.exponential() != nil else { return nil }
        if high.contains(profile) {
            guard let chroma = bits.exponential(), chroma != 3 || bits.skip(1), bits.exponential() != nil,
                bits.exponential() != nil, bits.skip(1), let hasMatrices = bits.number(1)
            else { return nil }
            if hasMatrices == 1 {
                for index in 0..<(chroma == 3 ? 12 : 8) {
                    guard let isThere = bits.number(1) else { return nil }
                    if isThere == 1, !passScalingList(&bits, count: index < 6 ? 16 : 64) { return nil }
                }
            }
        }
        guard bits.exponential() != nil, let orderType = bits.exponential() else { return nil }
        if orderType == 0 {
            guard bits.exponential() != nil else { return nil }
        } else if orderType == 1 {
            guard bits.skip(1), bits.exponential() != nil, bits.exponential() != nil,
                let count = bits.exponential(), count <= 255
            else { return nil }
            for _ in 0..<count where bits.exponential() == nil { return nil }
        }
        guard bits.exponential() != nil, bits.skip(1), bits.exponential() != nil, bits.exponential() != nil,
            let isFrames = bits.number(1), isFrames == 1 || bits.skip(1), bits.skip(1), let isCropped = bits.number(1)
        else { return nil }
        if isCropped == 1 { for _ in 0..<4 where bits.exponential() == nil { return nil } }
        guard let hasUsability = bits.number(1) else { return nil }
        return hasUsability == 1 ? usability(&bits) : Layout(delayBits: 0, hasPictureStructure: false)
    }

    /// Video usability information.
    private static func usability(_ bits: inout BitReader) -> Layout? {
        guard let hasAspect = bits.number(1) else { return nil }
        if hasAspect == 1 {
            guard let aspect = bits.number(8), aspect != 255 || bits.skip(32) else { return nil }
        }
        guard let hasOverscan = bits.number(1), hasOverscan == 0 || bits.skip(1), let hasSignal = bits.number(1)
        else { return nil }
        if hasSignal == 1 {
            guard bits.skip(4), let hasColour = bits.number(1), hasColour == 0 || bits.skip(24) else { return nil }
        }
        guard let hasChroma = bits.number(1) else { return nil }
        if hasChroma == 1 { for _ in 0..<2 where bits.exponential() == nil { return nil } }
        guard let hasTiming = bits.number(1), hasTiming == 0 || bits.skip(65) else { return nil }
        var delayBits = 0
        var hasBuffers = false
        for _ in 0..<2 {
            guard let isThere = bits.number(1) else { return nil }
            if isThere == 1 {
                guard let delays = bufferDelays(&bits) else { return nil }
                delayBits = delays
                hasBuffers = true
            }
        }
        guard !hasBuffers || bits.skip(1), let hasPictureStructure = bits.number(1) else { return nil }
        return Layout(delayBits: delayBits, hasPictureStructure: hasPictureStructure == 1)
    }

    /// Parameters of a hypothetical decoder (E.1.2): how many bits its two delays have.
    private static func bufferDelays(_ bits: inout BitReader) -> Int? {
        guard let count = bits.exponential(), count < 32, bits.skip(8) else { return nil }
        for _ in 0...count {
            guard bits.exponential() != nil, bits.exponential() != nil, bits.skip(1) else { return nil }
        }
        guard bits.skip(5), let removal = bits.number(5), let output = bits.number(5), bits.skip(5) else { return nil }
        return removal + output + 2
    }

    private static func passScalingList(_ bits: inout BitReader, count: Int) -> Bool {
        var last = 8
        for _ in 0..<count {
            guard let code = bits.exponential(), code <= 512 else { return false }
            // Signed: odd codes are positive.
            let difference = code % 2 == 1 ? (code + 1) / 2 : -code / 2
            let next = (last + difference + 256) % 256
            if next == 0 { return true }
            last = next
        }
        return true
    }
}

/// Bits, the highest of a byte first.
struct BitReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func skip(_ count: Int) -> Bool {
        guard count <= bytes.count * 8 - position else { return false }
        position += count
        return true
    }

    /// Up to 32 bits.
    mutating func number(_ count: Int) -> Int? {
        guard count <= bytes.count * 8 - position else { return nil }
        var result = 0
        for _ in 0..<count {
            result = result << 1 | Int(bytes[position / 8] >> (7 - position % 8) & 1)
            position += 1
        }
        return result
    }

    /// An Exp-Golomb code as a number without sign (9.1).
    mutating func exponential() -> Int? {
        var zeros = 0
        while let bit = number(1) {
            if bit == 1 { return number(zeros).map { (1 << zeros) - 1 + $0 } }
            zeros += 1
            if zeros > 32 { return nil }
        }
        return nil
    }
}
