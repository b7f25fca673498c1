/// Units of MPEG-2 video (ISO 13818-2 6.2): what begins with a start code. Slices stay. Headers are cut to what they
/// hold, time codes are made zero, user data and what is reserved are overwritten.
struct MPEG2Units: CodedUnits {
    private enum Mode {
        case code, pass
        /// Gathered until the unit ends.
        case header
        case slice
        case userData
        /// Nothing but the code.
        case empty
    }

    private enum Code {
        static let picture: UInt8 = 0x00
        static let userData: UInt8 = 0xB2
        static let sequence: UInt8 = 0xB3
        static let error: UInt8 = 0xB4
        static let `extension`: UInt8 = 0xB5
        static let end: UInt8 = 0xB7
        static let group: UInt8 = 0xB8
    }

    private var mode = Mode.pass
    private var unit = NALUnit()
    private var hasSequence = false
    private var hasSlices = false

    /// Makes no start code, and is no mark that decoders know.
    static let filler: UInt8 = 0xFF
    /// An extension with four matrices has 257 bytes behind the code.
    static let headerLimit = 300

    var passes: Bool { mode == .pass }
    var hasPictures: Bool { hasSequence && hasSlices }

    mutating func begin() {
        mode = .code
        unit.removeAll()
    }

    mutating func add(_ byte: UInt8, at position: Int, _ overwriting: inout Overwriting) throws(Sequestration) {
        switch mode {
        case .pass: return
        case .code:
            unit.append(byte, position)
            try readCode(byte, &overwriting)
        case .header:
            if unit.bytes.count < Self.headerLimit {
                unit.append(byte, position)
            } else {
                try overwriting.put(0, over: byte, at: position)
            }
        case .slice:
            unit.append(byte, position)
            if unit.bytes.count == 3 { try checkSlice() }
        case .userData: try overwriting.put(Self.filler, over: byte, at: position)
        case .empty: try overwriting.put(0, over: byte, at: position)
        }
    }

    mutating func end(_ overwriting: inout Overwriting) throws(Sequestration) {
        if mode == .header { try header(&overwriting) }
        mode = .pass
    }

    private mutating func readCode(_ code: UInt8, _ overwriting: inout Overwriting) throws(Sequestration) {
        switch code {
        case Code.sequence, Code.picture, Code.extension, Code.group: mode = .header
        case 0x01...0xAF:
            hasSlices = true
            mode = .slice
        case Code.error, Code.end: mode = .empty
        default:
            // User data; what is reserved, or has no place within video, becomes such.
            try overwriting.put(Code.userData, over: code, at: unit.positions[0])
            mode = .userData
        }
    }

    /// Behind the scale of quantisation (5 bits) a slice may state more: three flags, an identification, and then any
    /// number of bytes (6.2.4).
    private mutating func checkSlice() throws(Sequestration) {
        mode = .pass
        if unit.bytes[1] & 0x04 != 0, unit.bytes[2] & 0x02 != 0 {
            throw Sequestration("slices of a video stream carry extra information")
        }
    }

    private mutating func header(_ overwriting: inout Overwriting) throws(Sequestration) {
        let code = unit.bytes[0]
        let bits: Int
        switch code {
        case Code.sequence: bits = sequenceBits
        case Code.picture: bits = pictureBits
        case Code.group:
            try clearTimeCode(&overwriting)
            bits = 27
        default:
            guard let known = try extensionBits() else {
                try overwriting.put(Code.userData, over: code, at: unit.positions[0])
                for index in unit.bytes.indices.dropFirst() {
                    try overwriting.put(Self.filler, over: unit.bytes[index], at: unit.positions[index])
                }
                return
            }
            bits = known
        }
        // Zeros up to the next start code.
        for index in unit.bytes.indices.dropFirst() {
            let kept = min(max(bits - (index - 1) * 8, 0), 8)
            guard kept < 8 else { continue }
            let mask = code == Code.group && index == 4 ? Self.groupFlags : ~(0xFF >> UInt8(kept))
            try overwriting.put(unit.bytes[index] & mask, over: unit.bytes[index], at: unit.positions[index])
        }
    }

    /// A bit behind the code; zero beyond the end.
    private func bit(_ position: Int) -> Int {
        let index = position / 8 + 1
        return index < unit.bytes.count ? Int(unit.bytes[index] >> (7 - UInt8(position % 8)) & 1) : 0
    }

    private func number(_ position: Int, _ count: Int) -> Int {
        (position..<position + count).reduce(0) { $0 << 1 | bit($1) }
    }

    /// Two matrices of 64 bytes may follow, each behind its flag.
    private var sequenceBits: Int {
        var bits = 62
        for _ in 0..<2 { bits += bit(bits) == 1 ? 513 : 1 }
        return bits
    }

    /// Up to the flag that announces extra information; that and what follows it become zeros.
    private var pictureBits: Int {
        switch number(10, 3) {
        case 2: 33
        case 3: 37
        default: 29
        }
    }

    /// Nil for an extension that is not needed to decode: copyright, and what is reserved.
    private mutating func extensionBits() throws(Sequestration) -> Int? {
        switch number(0, 4) {
        case 1:
            // What MPEG-1 does not have.
            hasSequence = true
            return 48
        case 2: return bit(7) == 1 ? 61 : 37
        case 3:
            var bits = 4
            for _ in 0..<4 { bits += bit(bits) == 1 ? 513 : 1 }
            return bits
        // One to three places of the part that is displayed; zeros are none.
        case 7: return 106
        case 8: return bit(33) == 1 ? 54 : 34
        case 5, 9, 10: throw Sequestration("a video stream has layers beyond what its transfer syntax allows")
        default: return nil
        }
    }

    /// Hours, minutes and seconds of a group of pictures: of a recorder's clock, often. Decoding does not use them (6.3.8).
    private static let noTime: [UInt8] = [0x00, 0x08, 0x00]
    /// Closed, and broken link, behind the last bit of the time code.
    private static let groupFlags: UInt8 = 0x60

    private func clearTimeCode(_ overwriting: inout Overwriting) throws(Sequestration) {
        for index in 1..<max(1, min(4, unit.bytes.count)) {
            try overwriting.put(Self.noTime[index - 1], over: unit.bytes[index], at: unit.positions[index])
        }
    }
}
