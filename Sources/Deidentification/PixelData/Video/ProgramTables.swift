/// A section of a transport stream's tables (ISO 13818-1 2.4.4) that says which streams there are: what it becomes when
/// streams that are no video go, and what describes them in words.
struct ProgramTable: Hashable {
    /// The section, shorter than before or the same.
    var bytes: [UInt8]
    /// Of an association table: where the programs' own tables are.
    var programMaps: [Int] = []
    /// Of a program's table: what has its clock, and what there is, by the kind that it states.
    var clock: Int?
    var streams: [Stream] = []

    struct Stream: Hashable {
        var kind: UInt8
        var identification: Int
    }

    static let longest = 1024

    /// How long a section is that begins so; nil before three bytes are there.
    static func length(_ bytes: [UInt8]) -> Int? {
        bytes.count < 3 ? nil : 3 + (Int(bytes[1] & 0x0F) << 8 | Int(bytes[2]))
    }

    /// Program Association Section. The network's table (program 0) is not of the pictures.
    static func association(_ section: [UInt8]) -> ProgramTable? {
        guard isSound(section, id: 0) else { return nil }
        var result = ProgramTable(bytes: Array(section[..<8]))
        let content = section[8..<(section.count - 4)]
        guard content.count % 4 == 0 else { return nil }
        for start in stride(from: content.startIndex, to: content.endIndex, by: 4) {
            guard section[start] != 0 || section[start + 1] != 0 else { continue }
            result.bytes += section[start..<start + 4]
            result.programMaps.append(identification(section, start + 2))
        }
        result.complete()
        return result
    }

    /// TS Program Map Section.
    ///
    /// - Parameter isKept: whether streams of a kind stay.
    static func map(_ section: [UInt8], isKept: (UInt8) -> Bool) -> ProgramTable? {
        guard isSound(section, id: 2), section.count >= 16 else { return nil }
        let end = section.count - 4
        var result = ProgramTable(bytes: Array(section[..<10]))
        result.clock = identification(section, 8)
        var position = 10
        guard let own = descriptors(section, &position, end) else { return nil }
        result.bytes += own
        while position < end {
            guard end - position >= 5 else { return nil }
            let entry = section[position..<position + 3]
            let stream = Stream(kind: section[position], identification: identification(section, position + 1))
            position += 3
            guard let described = descriptors(section, &position, end) else { return nil }
            result.streams.append(stream)
            if isKept(stream.kind) { result.bytes += entry + described }
        }
        result.complete()
        return result
    }

    private static func isSound(_ section: [UInt8], id: UInt8) -> Bool {
        section.count >= 12 && section[0] == id && section[1] & 0x80 != 0 && checksum(section) == 0
    }

    private static func identification(_ bytes: [UInt8], _ index: Int) -> Int {
        Int(bytes[index] & 0x1F) << 8 | Int(bytes[index + 1])
    }

    /// Video stream, registration (without what may follow its four characters), alignment, clock, buffers, rates; AVC
    /// and HEVC video, AVC timing, MVC.
    private static let kept: Set<UInt8> = [2, 5, 6, 11, 12, 14, 16, 40, 42, 49, 56]

    /// Descriptors, with the two bytes before them that say how long they are.
    private static func descriptors(_ bytes: [UInt8], _ position: inout Int, _ end: Int) -> [UInt8]? {
        guard end - position >= 2 else { return nil }
        let head = bytes[position]
        let stop = position + 2 + (Int(head & 0x0F) << 8 | Int(bytes[position + 1]))
        position += 2
        guard stop <= end else { return nil }
        var result: [UInt8] = []
        while position < stop {
            guard stop - position >= 2, Int(bytes[position + 1]) <= stop - position - 2 else { return nil }
            let tag = bytes[position], count = Int(bytes[position + 1])
            let content = bytes[(position + 2)..<(position + 2 + count)]
            position += 2 + count
            guard kept.contains(tag), count <= 32 else { continue }
            let part = tag == 5 ? content.prefix(4) : content
            result += [tag, UInt8(part.count)] + part
        }
        return [head & 0xF0 | UInt8(result.count >> 8), UInt8(result.count & 0xFF)] + result
    }

    /// Length and checksum of what is left.
    private mutating func complete() {
        let length = bytes.count + 4 - 3
        bytes[1] = bytes[1] & 0xF0 | UInt8(length >> 8)
        bytes[2] = UInt8(length & 0xFF)
        let sum = Self.checksum(bytes)
        bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: sum >> UInt32($0)) }
    }

    /// CRC of annex A; zero over a section with its own.
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        bytes.reduce(0xFFFF_FFFF) { sum, byte in
            var sum = sum ^ UInt32(byte) << 24
            for _ in 0..<8 { sum = sum & 0x8000_0000 != 0 ? sum << 1 ^ 0x04C1_1DB7 : sum << 1 }
            return sum
        }
    }
}
