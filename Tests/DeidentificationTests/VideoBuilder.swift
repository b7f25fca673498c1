import DICOMFile

@testable import Deidentification

/// Streams of video made by hand, as they come and as they should be afterwards: the same calls with `isClean` give what
/// cleaning should make of the others.
struct VideoBuilder {
    /// Whether planted text is written as what takes its place.
    var isClean: Bool

    static let marker = Array("DOE^JANE*19500101".utf8)

    /// Text, or so many bytes of what replaces it.
    func plant(_ filler: UInt8 = 0xFF) -> [UInt8] {
        isClean ? [UInt8](repeating: filler, count: Self.marker.count) : Self.marker
    }

    func either(_ dirty: UInt8, _ clean: UInt8) -> UInt8 { isClean ? clean : dirty }

    // MARK: NAL units

    static func escaped(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var zeros = 0
        for byte in bytes {
            if zeros >= 2, byte <= 3 {
                result.append(3)
                zeros = 0
            }
            result.append(byte)
            zeros = byte == 0 ? zeros + 1 : 0
        }
        return result
    }

    static func annexB(_ units: [[UInt8]], long: Bool = true) -> [UInt8] {
        units.flatMap { (long ? [0, 0, 0, 1] : [0, 0, 1]) + $0 }
    }

    static func number(_ value: Int, _ width: Int) -> [UInt8] {
        (0..<width).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    static func message(_ type: Int, _ payload: [UInt8]) -> [UInt8] {
        func coded(_ number: Int) -> [UInt8] {
            [UInt8](repeating: 0xFF, count: number / 255) + [UInt8(number % 255)]
        }
        return coded(type) + coded(payload.count) + payload
    }

    /// A message that goes.
    func planted(_ type: Int) -> [UInt8] { Self.message(isClean && type < 255 ? 3 : type, plant()) }

    static let kept = message(6, [0x84])

    func units(_ coding: NALUnits.Coding) -> [[UInt8]] {
        if coding == .hevc { return hevc }
        let parameters: [UInt8] = [0x67, 100, 0, 41, 0xAC]
        let messages = planted(5) + Self.kept + planted(4) + planted(200) + Self.message(255 + 40, plant())
        return [
            parameters, [0x68, 0xEE, 0x3C], [0x06] + messages + [0x80], [0x65, 0x88, 0x84, 0x00, 0x33, 0xFF],
            [0x09, 0xF0] + plant(0), [0x06] + Self.kept + [0x80], [0x41, 0x9A, 0x24], [either(24, 12)] + plant(),
            [either(0x33, 12)] + plant(), [0x0A], [0x0B] + plant(0), [either(0x1F, 12)] + plant(), [0x0C] + plant(),
        ]
    }

    private var hevc: [[UInt8]] {
        let messages = planted(5) + Self.kept + planted(4) + planted(136)
        return [
            [0x40, 1, 0x0C], [0x42, 1, 1, 4], [0x44, 1, 0xC0], [0x4E, 1] + messages + [0x80],
            [0x26, 1, 0xAF, 0x00, 0x12], [0x46, 1, 0x50] + plant(0), [0x50, 1] + planted(5) + [0x80], [0x02, 1, 0xD0],
            [either(0x60, 0x4C), 1] + plant(), [either(0x7E, 0x4C), either(3, 1)] + plant(),
            [either(0x26, 0x4C), either(0x09, 1)] + plant(), [0x4A, 1], [0x4C, 1] + plant(),
        ]
    }

    // MARK: MPEG-2

    static func unit(_ code: UInt8, _ bytes: [UInt8]) -> [UInt8] { [0, 0, 1, code] + bytes }

    static let sequence = unit(0xB3, [0x16, 0x01, 0x20, 0x13, 0xFF, 0xFF, 0xE0, 0x18])

    func mpeg2() -> [UInt8] {
        let sequenceExtension = Self.unit(0xB5, [0x14, 0x8A, 0x00, 0x01, 0x00, 0x00])
        let group = Self.unit(
            0xB8, (isClean ? [0x00, 0x08, 0x00] : [0x31, 0x5A, 0xB5]) + [either(0xC0, 0x40)] + plant(0))
        let picture = Self.unit(0x00, [0x00, 0x0F, 0xFF, 0xF8] + plant(0))
        let coding = Self.unit(0xB5, [0x8F, 0xFF, 0xF3, 0x41, 0x80] + plant(0))
        let slice = Self.unit(0x01, [0x23, 0xF8, 0x7D, 0x29, 0x48])
        let copyright = Self.unit(either(0xB5, 0xB2), isClean ? [0xFF] + plant() : [0x40] + plant())
        return Self.sequence + plant(0) + sequenceExtension + plant(0) + Self.unit(0xB2, plant()) + group
            + Self.unit(0xB2, plant()) + [0, 0] + picture + coding + copyright + Self.unit(0xB2, plant()) + slice
            + Self.unit(either(0xB0, 0xB2), plant()) + Self.unit(0x02, [0x2B, 0xF8, 0x7D])
            + Self.unit(0xB7, plant(0))
    }

    // MARK: Packets

    func pes(_ code: UInt8, _ payload: [UInt8], isUnbounded: Bool = false) -> [UInt8] {
        // A time stamp, copy information, a checksum, an extension with private data, stuffing.
        let flags: [UInt8] = [0x80, isClean ? 0x84 : 0x87]
        let stamp: [UInt8] = [0x21, 0x00, 0x01, 0x00, 0x01]
        let own = Array(Self.marker[..<16])
        let options: [UInt8] =
            isClean ? [UInt8](repeating: 0xFF, count: 1 + 2 + 1 + 16) : [0xC4, 0x44, 0x4F, 0x80] + own
        let rest =
            flags + [UInt8(stamp.count + options.count + Self.marker.count)] + stamp + options + plant() + payload
        return [0, 0, 1, code] + (isUnbounded ? [0, 0] : Self.number(rest.count, 2)) + rest
    }

    func program(_ stream: [UInt8]) -> [UInt8] {
        let pack: [UInt8] =
            [0, 0, 1, 0xBA, 0x44, 0, 4, 0, 4, 1, 0, 0, 3, 0xF8 | 2] + (isClean ? [255, 255] : [68, 79])
        let system: [UInt8] = [0, 0, 1, 0xBB, 0, 9, 0x80, 0, 1, 0, 0x21, 0xFF, 0xE0, 0xE0, 0xE6]
        func other(_ code: UInt8) -> [UInt8] {
            [0, 0, 1, either(code, 0xBE)] + Self.number(Self.marker.count, 2) + plant()
        }
        let middle = stream.count / 2 + 1
        return pack + system + other(0xBD) + pes(0xE0, Array(stream[..<middle])) + other(0xBE) + pack + other(0xBC)
            + pes(0xE0, Array(stream[middle...])) + other(0xBF) + other(0xFF) + [0, 0, 1, 0xB9]
    }

    func transport(_ stream: [UInt8], kind: UInt8, timed: Bool = false, sound: UInt8? = nil) -> [UInt8] {
        let descriptor = [0x0A, UInt8(Self.marker.count)] + Self.marker
        let registration: [UInt8] = [5, 4] + Array("HDMV".utf8)
        func streamEntry(_ kind: UInt8, _ identification: Int, _ described: [UInt8]) -> [UInt8] {
            [kind] + Self.number(0xE000 | identification, 2) + Self.number(0xF000 | described.count, 2) + described
        }
        let own = registration + (isClean ? [] : descriptor)
        var map: [UInt8] = Self.number(0xE000 | 0x100, 2) + Self.number(0xF000 | own.count, 2) + own
        map += streamEntry(kind, 0x100, isClean ? [] : descriptor)
        if let sound { map += streamEntry(sound, 0x105, []) }
        if !isClean { map += streamEntry(0x06, 0x101, descriptor) + streamEntry(0x15, 0x102, []) }
        let association = (isClean ? [] : Self.number(0x0000E010, 4)) + Self.number(0x0001E020, 4)

        var packets: [[UInt8]] = [
            packet(0x11, isStart: true, plant(), isKnown: false),
            packet(0, isStart: true, [0] + section(0, association), padding: 0xFF),
            packet(0x20, isStart: true, [0] + section(2, map), padding: 0xFF),
            packet(0x101, isStart: true, plant(), isKnown: false),
            packet(0x1FFF, isStart: false, plant(), isKnown: false),
        ]
        let middle = stream.count / 2 + 1
        for part in [stream[..<middle], stream[middle...]] {
            var rest = pes(0xE0, Array(part), isUnbounded: true)[...]
            var isStart = true
            while !rest.isEmpty {
                let piece = rest.prefix(isStart ? 120 : 97)
                rest = rest.dropFirst(piece.count)
                packets.append(videoPacket(Array(piece), isStart: isStart))
                isStart = false
                packets.append(packet(0x101, isStart: false, plant(), isKnown: false))
            }
        }
        return packets.flatMap { (timed ? [0, 1, 2, 3] : []) + $0 }
    }

    private func section(_ id: UInt8, _ content: [UInt8]) -> [UInt8] {
        let bytes = [id] + Self.number(0xB000 | (content.count + 9), 2) + [0, 1, 0xC1, 0, 0] + content
        return bytes + Self.number(Int(ProgramTable.checksum(bytes)), 4)
    }

    private func packet(
        _ identification: Int, isStart: Bool, _ payload: [UInt8], isKnown: Bool = true, padding: UInt8 = 0xFF
    ) -> [UInt8] {
        let pid = isKnown || !isClean ? identification : 0x1FFF
        let start = isStart && (isKnown || !isClean) ? 0x4000 : 0
        return [0x47] + Self.number(start | pid, 2) + [0x15] + payload
            + [UInt8](repeating: padding, count: 184 - payload.count)
    }

    /// With a clock, private data, an extension and stuffing before what it carries.
    private func videoPacket(_ payload: [UInt8], isStart: Bool) -> [UInt8] {
        var adaptation: [UInt8] = [0x13, 0, 0, 0, 1, 0x7E, 5] + [UInt8(Self.marker.count)] + plant()
        adaptation += [4, isClean ? 0x9F : 0x90, 0x12, 0x34, either(0x44, 0xFF)]
        var stuffing = 184 - payload.count - adaptation.count - 1
        adaptation += plant()
        stuffing -= Self.marker.count
        adaptation += [UInt8](repeating: 0xFF, count: stuffing)
        return [0x47] + Self.number((isStart ? 0x4000 : 0) | 0x100, 2) + [0x37, UInt8(adaptation.count)] + adaptation
            + payload
    }
}

// MARK: MP4

extension VideoBuilder {
    static func box(_ kind: String, _ content: [UInt8]) -> [UInt8] {
        number(content.count + 8, 4) + Array(kind.utf8) + content
    }

    /// A box that goes.
    func other(_ kind: String) -> [UInt8] { Self.box(isClean ? "free" : kind, plant(0)) }

    /// A file of four samples in two chunks, text between and behind them, its index behind the data or before it.
    func mp4(_ coding: NALUnits.Coding, lengths: Int = 4, isIndexFirst: Bool = false, handler: String = "vide")
        -> [UInt8]
    {
        let units = units(coding)
        let samples = [units[0..<4], units[4..<7], units[7..<8], units[8...]].map { sample in
            sample.flatMap { Self.number($0.count, lengths) + $0 }
        }
        let start = Self.box("ftyp", Array("isom".utf8) + [0, 0, 2, 0] + Array("isomavc1".utf8)) + other("uuid")
        let sizes = samples.map(\.count)
        let data = plant(0) + samples[0] + samples[1] + plant(0) + samples[2] + samples[3] + plant(0)
        func offsets(_ first: Int) -> [Int] {
            [first + Self.marker.count, first + 2 * Self.marker.count + sizes[0] + sizes[1]]
        }
        // The index is as long whatever the offsets are.
        let indexSize = movie(coding, units, sizes, [0, 0], lengths, handler).count
        let isFirst = isIndexFirst ? indexSize : 0
        let index = movie(coding, units, sizes, offsets(start.count + isFirst + 8), lengths, handler)
        let middle = Self.box("mdat", data)
        return start + (isIndexFirst ? index + middle : middle + index) + other("meta") + Self.box("free", plant(0))
            + plant(0).prefix(5)
    }

    private func movie(
        _ coding: NALUnits.Coding, _ units: [[UInt8]], _ sizes: [Int], _ offsets: [Int], _ lengths: Int,
        _ handler: String
    ) -> [UInt8] {
        // Version and flags, then when it was made and changed.
        let times = [0, 0, 0, 0] + (isClean ? [UInt8](repeating: 0, count: 8) : Array("19500101".utf8))
        func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
        let header = Self.box("mvhd", times + zeros(88) + plant(0))
        let text = Self.box("trak", Self.box("mdia", Self.box("hdlr", zeros(8) + Array("text".utf8) + zeros(12))))
        let freed = Self.box("free", zeros(text.count - 8))
        let table = sampleTable(coding, units, sizes, offsets, lengths)
        let place = Self.box("dref", zeros(7) + [1] + Self.box("url ", [0, 0, 0, 1] + plant(0)))
        let information = Self.box(
            "minf", Self.box("vmhd", zeros(12)) + Self.box("dinf", place) + table + other("nmhd"))
        let name = zeros(8) + Array(handler.utf8) + plant(0)
        let media = Self.box(
            "mdia", Self.box("mdhd", times + zeros(12)) + Self.box("hdlr", name) + information + other("elng"))
        let edits = Self.box("edts", Self.box("elst", zeros(7) + [1] + zeros(12) + plant(0)) + other("abcd"))
        let track = Self.box("trak", Self.box("tkhd", times + zeros(72)) + edits + media + other("udta"))
        return Self.box("moov", header + (isClean ? freed : text) + track + other("udta") + other("meta"))
    }

    private func sampleTable(
        _ coding: NALUnits.Coding, _ units: [[UInt8]], _ sizes: [Int], _ offsets: [Int], _ lengths: Int
    ) -> [UInt8] {
        let isHEVC = coding == .hevc
        var record: [UInt8]
        if isHEVC {
            let unit = [UInt8](repeating: 1, count: 21) + [UInt8(0xFC | lengths - 1), 2]
            let messages = [0x4E, 1] + planted(5) + [0x80]
            record = unit + [0x21, 0, 1] + Self.number(units[1].count, 2) + units[1]
            record += [0x27, 0, 1] + Self.number(messages.count, 2) + messages
        } else {
            record = [1, 100, 0, 41, UInt8(0xFC | lengths - 1), 0xE1] + Self.number(units[0].count, 2) + units[0] + [1]
            record += Self.number(units[1].count, 2) + units[1] + [0xFD, 0xF8, 0xF8, 0]
        }
        record += plant(0)
        let compressor = plant(0) + [UInt8](repeating: 0, count: 32 - Self.marker.count)
        let colour = Self.box("colr", Array("nclx".utf8) + [0, 1, 0, 1, 0, 1, 0])
        let profile = Self.box(
            isClean ? "free" : "colr", isClean ? plant(0) + [0, 0, 0, 0] : Array("prof".utf8) + plant())
        let entry =
            [0, 0, 0, 0, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 34) + compressor + [0, 24, 0xFF, 0xFF]
            + Self.box(isHEVC ? "hvcC" : "avcC", record) + colour + profile + other("uuid")
        func full(_ kind: String, _ numbers: [Int]) -> [UInt8] {
            Self.box(kind, ([0] + numbers).flatMap { Self.number($0, 4) } + plant(0))
        }
        return Self.box(
            "stbl",
            Self.box("stsd", [0, 0, 0, 0, 0, 0, 0, 1] + Self.box(isHEVC ? "hvc1" : "avc1", entry))
                + full("stts", [1, 4, 1]) + full("stsc", [1, 1, 2, 1]) + full("stsz", [0, 4] + sizes)
                + full("stco", [2] + offsets) + full("stss", [1, 1]) + other("sgpd"))
    }
}
