/// Packets of one elementary stream (ISO 13818-1 2.4.3.6), given in pieces: their headers are cleaned, what they carry is
/// handed on.
struct PESPackets<Units: CodedUnits> {
    private enum Mode {
        case header
        /// How many bytes are left; nil for a packet that ends where the next begins.
        case payload(Int?)
    }

    private(set) var stream: StartCodeStream<Units>
    /// A stream may begin within a packet.
    private var mode = Mode.payload(nil)
    private var header = NALUnit()

    /// Start code, identification and length, two bytes of flags, and how long the rest of the header is.
    static var fixedCount: Int { 9 }

    init(_ units: Units) { stream = StartCodeStream(units) }

    mutating func begin(_ overwriting: inout Overwriting) throws(Sequestration) {
        if case .header = mode { try dropHeader(&overwriting) }
        mode = .header
        header.removeAll()
    }

    mutating func add(
        _ bytes: ArraySlice<UInt8>, at start: Int, _ overwriting: inout Overwriting
    ) throws(Sequestration) {
        var rest = bytes
        while !rest.isEmpty {
            let position = start + rest.startIndex - bytes.startIndex
            switch mode {
            case .header:
                header.append(rest.removeFirst(), position)
                if header.bytes.count >= Self.fixedCount,
                    header.bytes.count == Self.fixedCount + Int(header.bytes[8])
                {
                    try cleanHeader(&overwriting)
                }
            case .payload(nil):
                return try stream.add(rest, at: position, &overwriting)
            case .payload(let count?):
                let part = rest.prefix(count)
                try stream.add(part, at: position, &overwriting)
                mode = .payload(count - part.count)
                rest = rest.dropFirst(part.count)
                guard count == part.count else { continue }
                // Behind the packet and before the next nothing has a place.
                for (index, byte) in rest.enumerated() {
                    try overwriting.put(0, over: byte, at: position + part.count + index)
                }
                return
            }
        }
    }

    mutating func finish(_ overwriting: inout Overwriting) throws(Sequestration) {
        if case .header = mode { try dropHeader(&overwriting) }
        try stream.finish(&overwriting)
    }

    /// A header that was cut off. Of 0xFF it states that it is as long as can be, and is cut off for whoever reads it again.
    private func dropHeader(_ overwriting: inout Overwriting) throws(Sequestration) {
        for (byte, position) in zip(header.bytes, header.positions) {
            try overwriting.put(0xFF, over: byte, at: position)
        }
    }

    private mutating func cleanHeader(_ overwriting: inout Overwriting) throws(Sequestration) {
        let bytes = header.bytes
        guard bytes.starts(with: [0, 0, 1]), 0xE0...0xEF ~= bytes[3], bytes[6] & 0xC0 == 0x80 else {
            throw FrameStream.damaged
        }
        guard bytes[6] & 0x30 == 0 else { throw Sequestration("a video stream is scrambled") }
        let length = Int(bytes[4]) << 8 | Int(bytes[5])
        guard length == 0 || length >= bytes.count - 6 else { throw FrameStream.damaged }
        try overwriteOptions(&overwriting)
        mode = .payload(length == 0 ? nil : length - (bytes.count - 6))
    }

    /// Time stamps, rates and a trick mode stay; copy information, a checksum of what may have changed, and whatever an
    /// extension holds but counters and a buffer's size becomes stuffing.
    private func overwriteOptions(_ overwriting: inout Overwriting) throws(Sequestration) {
        let bytes = header.bytes
        let flags = bytes[7]
        var end = Self.fixedCount
        switch flags >> 6 {
        case 2: end += 5
        case 3: end += 10
        case 0: break
        default: throw FrameStream.damaged
        }
        if flags & 0x20 != 0 { end += 6 }
        if flags & 0x10 != 0 { end += 3 }
        if flags & 0x08 != 0 { end += 1 }
        if flags & 0x04 != 0 {
            guard end < bytes.count else { throw FrameStream.damaged }
            try put(0xFF, at: end, &overwriting)
            end += 1
        }
        var kept = flags & ~0x03
        if flags & 0x03 == 0x01, end < bytes.count, bytes[end] & 0xC1 == 0 {
            kept |= 0x01
            let content = bytes[end]
            end += 1 + (content & 0x20 != 0 ? 2 : 0) + (content & 0x10 != 0 ? 2 : 0)
        }
        guard end <= bytes.count else { throw FrameStream.damaged }
        try put(kept, at: 7, &overwriting)
        for index in end..<bytes.count { try put(0xFF, at: index, &overwriting) }
    }

    private func put(_ byte: UInt8, at index: Int, _ overwriting: inout Overwriting) throws(Sequestration) {
        try overwriting.put(byte, over: header.bytes[index], at: header.positions[index])
    }
}
