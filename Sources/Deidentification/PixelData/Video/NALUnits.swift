/// NAL units of H.264 (ISO 14496-10) and HEVC (23008-2), without what stands before each: a start code or a length.
///
/// Pictures and parameter sets stay. In supplemental enhancement information the messages that are not of a known
/// kind are overwritten. A unit of a kind that no decoder of the profile reads becomes filler data.
struct NALUnits: CodedUnits {
    enum Coding: Hashable {
        /// `isStereo`: the second view of Stereo High Profile is in units that other profiles do not have.
        case h264(isStereo: Bool)
        case hevc
    }

    private enum Mode {
        case header, pass
        /// Gathered until the unit ends.
        case parameterSet, messages
        case filler(EscapedFill)
        /// Bytes beyond so many are zeros.
        case short(Int)
    }

    let coding: Coding
    private var mode = Mode.pass
    private var unit = NALUnit()
    private var hasParameterSets = false
    private var hasSlices = false
    private var timing = PictureTiming()

    init(_ coding: Coding) { self.coding = coding }

    /// Longer ones are none: tables of quantisation are the longest part of them.
    static let parameterSetLimit = 16 << 10
    static let messageLimit = 1 << 20

    var passes: Bool { if case .pass = mode { true } else { false } }
    var hasPictures: Bool { hasParameterSets && hasSlices }

    private var headerCount: Int { coding == .hevc ? 2 : 1 }

    mutating func begin() {
        mode = .header
        unit.removeAll()
    }

    mutating func add(_ byte: UInt8, at position: Int, _ overwriting: inout Overwriting) throws(Sequestration) {
        switch mode {
        case .pass: return
        case .header:
            unit.append(byte, position)
            if unit.bytes.count == headerCount { try readHeader(&overwriting) }
        case .parameterSet:
            unit.append(byte, position)
            guard unit.bytes.count <= Self.parameterSetLimit else {
                throw Sequestration("a parameter set of a video stream is longer than any can be")
            }
        case .messages:
            unit.append(byte, position)
            if unit.bytes.count > Self.messageLimit { try becomeFiller(&overwriting) }
        case .filler(var fill):
            try fill.add(byte, at: position, &overwriting)
            mode = .filler(fill)
        case .short(let rest):
            if rest > 0 {
                mode = .short(rest - 1)
            } else {
                try overwriting.put(0, over: byte, at: position)
            }
        }
    }

    mutating func end(_ overwriting: inout Overwriting) throws(Sequestration) {
        switch mode {
        case .messages:
            if try !messages(&overwriting) { try becomeFiller(&overwriting) }
        case .parameterSet:
            if case .h264 = coding { timing.read(parameterSet: unit) }
        case .header, .pass, .short, .filler: break
        }
        if case .filler(var fill) = mode { try fill.finish(&overwriting) }
        mode = .pass
    }

    private mutating func readHeader(_ overwriting: inout Overwriting) throws(Sequestration) {
        switch kind {
        case .slice:
            hasSlices = true
            mode = .pass
        case .parameterSet:
            hasParameterSets = true
            mode = .parameterSet
        case .messages: mode = .messages
        case .short(let count): mode = .short(count)
        case .unknown: try becomeFiller(&overwriting)
        }
    }

    private enum Kind {
        case slice, parameterSet, messages
        case short(Int)
        /// Filler data too: whatever is in it is made filler.
        case unknown
    }

    private var kind: Kind {
        let first = unit.bytes[0]
        guard first & 0x80 == 0 else { return .unknown }
        switch coding {
        case .h264(let isStereo):
            switch first & 0x1F {
            case 1...5: return .slice
            case 6: return .messages
            case 7, 8, 13: return .parameterSet
            case 9: return .short(1)
            case 10, 11: return .short(0)
            case 14, 20: return isStereo ? .slice : .unknown
            case 15: return isStereo ? .parameterSet : .unknown
            // 12 filler data; 19 a picture beside the picture; others reserved, or of anybody's own.
            default: return .unknown
            }
        case .hevc:
            // Layers above the first are none of Main Profile.
            guard first & 1 == 0, unit.bytes[1] >> 3 == 0 else { return .unknown }
            switch first >> 1 {
            case 0...9, 16...21: return .slice
            case 32, 33, 34: return .parameterSet
            case 35: return .short(1)
            case 36, 37: return .short(0)
            case 39, 40: return .messages
            default: return .unknown
            }
        }
    }

    private var fillerHeader: [UInt8] { coding == .hevc ? [0x4C, 0x01] : [0x0C] }

    /// Makes what was gathered, and what comes of the unit, filler data (7.3.2.7, 7.3.2.8).
    private mutating func becomeFiller(_ overwriting: inout Overwriting) throws(Sequestration) {
        for (index, byte) in fillerHeader.enumerated() {
            try overwriting.put(byte, over: unit.bytes[index], at: unit.positions[index])
        }
        var fill = EscapedFill()
        for index in fillerHeader.count..<unit.bytes.count {
            try fill.add(unit.bytes[index], at: unit.positions[index], &overwriting)
        }
        mode = .filler(fill)
    }

    /// - Returns: false for a unit that does not consist of messages to its end.
    private func messages(_ overwriting: inout Overwriting) throws(Sequestration) -> Bool {
        let payload = unit.payload(from: headerCount)
        guard let messages = SupplementalMessage.messages(payload.bytes) else { return false }
        for message in messages where !stays(message, payload.bytes) {
            try unit.overwrite(message, at: payload.indices, &overwriting)
        }
        return true
    }

    private func stays(_ message: SupplementalMessage, _ bytes: [UInt8]) -> Bool {
        guard message.payload.count <= SupplementalMessage.longest else { return false }
        switch coding {
        case .h264:
            guard SupplementalMessage.keptInH264.contains(message.type) else { return false }
            return message.type != SupplementalMessage.pictureTiming
                || !timing.mayHaveClock(bytes[message.payload])
        case .hevc: return SupplementalMessage.keptInHEVC.contains(message.type)
        }
    }
}

/// A NAL unit's bytes, escapes included, and where each is in the stream.
struct NALUnit {
    private(set) var bytes: [UInt8] = []
    private(set) var positions: [Int] = []

    mutating func append(_ byte: UInt8, _ position: Int) {
        bytes.append(byte)
        positions.append(position)
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        positions.removeAll(keepingCapacity: true)
    }

    /// The bytes without escapes, behind the header, and the index of each.
    func payload(from start: Int) -> (bytes: [UInt8], indices: [Int]) {
        var result: [UInt8] = []
        var indices: [Int] = []
        var zeros = 0
        for index in start..<max(start, bytes.count) {
            let byte = bytes[index]
            if byte == EscapedFill.escape, zeros >= 2 {
                zeros = 0
                continue
            }
            zeros = byte == 0 ? zeros + 1 : 0
            result.append(byte)
            indices.append(index)
        }
        return (result, indices)
    }

    /// Overwrites a message and makes it one of filler.
    func overwrite(
        _ message: SupplementalMessage, at indices: [Int], _ overwriting: inout Overwriting
    ) throws(Sequestration) {
        let type = indices[message.lastByteOfType]
        // 3 behind two zeros would be an escape. Then the type stays, without what was said with it.
        let isAfterZeros = type >= 2 && bytes[type - 1] == 0 && bytes[type - 2] == 0
        if message.type < 0xFF, !isAfterZeros {
            try overwriting.put(UInt8(SupplementalMessage.filler), over: bytes[type], at: positions[type])
        }
        guard let first = message.payload.first, let last = message.payload.last else { return }
        let before = bytes[..<indices[first]].reversed().prefix { $0 == 0 }.count
        let isAfterEscape = first > 0 && indices[first] != indices[first - 1] + 1
        var fill = EscapedFill(zeros: before, isAfterEscape: isAfterEscape)
        for index in indices[first]...indices[last] {
            try fill.add(bytes[index], at: positions[index], &overwriting)
        }
        let next = indices[last] + 1
        if next < bytes.count, fill.isEscape(bytes[next]) { return }
        try fill.finish(&overwriting)
    }
}
