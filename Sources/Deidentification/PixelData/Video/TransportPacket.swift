/// How packets of a transport stream lie: one after another, or each behind the time of its arrival (as on a Blu-ray
/// disc).
enum TransportLayout: Int, CaseIterable {
    case plain = 188
    case timed = 192

    static let sync: UInt8 = 0x47

    private var before: Int { rawValue - TransportPacket.size }

    /// What a stream's first bytes say.
    init?(_ bytes: FragmentReader) {
        let found = Self.allCases.first { layout in
            let starts = stride(from: layout.before, to: min(bytes.count, layout.rawValue * 4), by: layout.rawValue)
            return bytes.count >= layout.rawValue
                && starts.allSatisfy { bytes.bytes(of: $0..<$0 + 1) == [Self.sync] }
        }
        guard let found else { return nil }
        self = found
    }

    /// Nil where less than a packet is left.
    func next(_ bytes: inout FragmentReader) throws(Sequestration) -> TransportPacket? {
        guard bytes.count - bytes.position >= rawValue else { return nil }
        guard bytes.skip(before) else { throw FrameStream.damaged }
        let start = bytes.position
        guard let content = bytes.take(TransportPacket.size) else { throw FrameStream.unreadable }
        guard content[0] == Self.sync else { throw FrameStream.damaged }
        return TransportPacket(bytes: content, start: start)
    }
}

/// A packet of a transport stream (2.4.3.2).
struct TransportPacket {
    static let size = 188
    static let null = 0x1FFF

    /// 188 of them.
    var bytes: [UInt8]
    /// Where it is in the stream.
    var start: Int

    var identification: Int { Int(bytes[1] & 0x1F) << 8 | Int(bytes[2]) }
    var isDamaged: Bool { bytes[1] & 0x80 != 0 }
    var isUnitStart: Bool { bytes[1] & 0x40 != 0 }
    var isScrambled: Bool { bytes[3] & 0xC0 != 0 }
    private var hasAdaptation: Bool { bytes[3] & 0x20 != 0 }
    private var adaptationEnd: Int { hasAdaptation ? 5 + Int(bytes[4]) : 4 }

    /// Nil when there is none, or its place cannot be.
    var payload: Range<Int>? {
        bytes[3] & 0x10 != 0 && adaptationEnd <= Self.size ? adaptationEnd..<Self.size : nil
    }

    /// Whether it says that there is something in it.
    var hasContent: Bool { bytes[3] & 0x30 != 0 }

    func put(_ byte: UInt8, at index: Int, _ overwriting: inout Overwriting) throws(Sequestration) {
        try overwriting.put(byte, over: bytes[index], at: start + index)
    }

    func becomeNull(_ overwriting: inout Overwriting) throws(Sequestration) {
        try put(0x1F, at: 1, &overwriting)
        try put(0xFF, at: 2, &overwriting)
        try put(0x10 | bytes[3] & 0x0F, at: 3, &overwriting)
        for index in 4..<Self.size { try put(0xFF, at: index, &overwriting) }
    }

    /// Clocks and splicing stay; private data and what fills up are overwritten (2.4.3.4).
    func cleanAdaptation(_ overwriting: inout Overwriting) throws(Sequestration) {
        let end = adaptationEnd
        guard hasAdaptation else { return }
        guard end <= Self.size else { throw FrameStream.damaged }
        if payload == nil { for index in end..<Self.size { try put(0xFF, at: index, &overwriting) } }
        guard bytes[4] > 0 else { return }
        let flags = bytes[5]
        var position = 6 + (flags & 0x10 != 0 ? 6 : 0) + (flags & 0x08 != 0 ? 6 : 0) + (flags & 0x04 != 0 ? 1 : 0)
        if flags & 0x02 != 0 {
            guard position < end, Int(bytes[position]) < end - position else { throw FrameStream.damaged }
            let count = Int(bytes[position])
            for index in (position + 1)..<(position + 1 + count) { try put(0xFF, at: index, &overwriting) }
            position += 1 + count
        }
        if flags & 0x01 != 0 {
            guard position < end, Int(bytes[position]) < end - position else { throw FrameStream.damaged }
            let stop = position + 1 + Int(bytes[position])
            if position + 1 < stop {
                let kinds = bytes[position + 1]
                // Reserved bits: with all of them no descriptors follow.
                try put(kinds | 0x1F, at: position + 1, &overwriting)
                position +=
                    2 + (kinds & 0x80 != 0 ? 2 : 0) + (kinds & 0x40 != 0 ? 3 : 0) + (kinds & 0x20 != 0 ? 5 : 0)
                guard position <= stop else { throw FrameStream.damaged }
                for index in position..<stop { try put(0xFF, at: index, &overwriting) }
            }
            position = stop
        }
        guard position <= end else { throw FrameStream.damaged }
        for index in position..<end { try put(0xFF, at: index, &overwriting) }
    }
}

/// Sections out of the packets of one identification (2.4.4).
struct SectionGathering {
    struct Section {
        var bytes: [UInt8] = []
        var positions: [Int] = []
        /// Whether another one begins behind it in its packet.
        var isFollowed = false

        /// Makes it stuffing.
        func drop(_ overwriting: inout Overwriting) throws(Sequestration) {
            for (byte, position) in zip(bytes, positions) { try overwriting.put(0xFF, over: byte, at: position) }
        }
    }

    private var open: Section?

    /// - Returns: sections that are complete.
    mutating func add(
        _ packet: TransportPacket, _ payload: Range<Int>, _ overwriting: inout Overwriting
    ) throws(Sequestration) -> [Section] {
        var result: [Section] = []
        var index = payload.lowerBound
        if packet.isUnitStart {
            let first = index + 1 + Int(packet.bytes[index])
            guard first <= payload.upperBound else { throw FrameStream.damaged }
            // The end of a section that began before.
            index += 1
            while index < first { try take(packet, &index, first, &result, &overwriting) }
            if let cut = open { try cut.drop(&overwriting) }
            open = Section()
        }
        while index < payload.upperBound { try take(packet, &index, payload.upperBound, &result, &overwriting) }
        return result
    }

    private mutating func take(
        _ packet: TransportPacket, _ index: inout Int, _ end: Int, _ result: inout [Section],
        _ overwriting: inout Overwriting
    ) throws(Sequestration) {
        let byte = packet.bytes[index]
        guard var section = open, !section.bytes.isEmpty || byte != 0xFF else {
            // Stuffing, to the end of the packet.
            open = nil
            for rest in index..<end { try packet.put(0xFF, at: rest, &overwriting) }
            index = end
            return
        }
        if section.bytes.isEmpty, let last = result.indices.last { result[last].isFollowed = true }
        section.bytes.append(byte)
        section.positions.append(packet.start + index)
        index += 1
        if let length = ProgramTable.length(section.bytes), section.bytes.count >= length {
            result.append(section)
            section = Section()
        } else if section.bytes.count > ProgramTable.longest {
            throw FrameStream.damaged
        }
        open = section
    }

    func drop(_ overwriting: inout Overwriting) throws(Sequestration) { try open?.drop(&overwriting) }
}
