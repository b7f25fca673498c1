import CZlib

/// Texts of an encapsulated document: PDF with its streams unpacked and its strings joined, XML without its tags.
enum EncapsulatedDocument {
    static let largest = 256 << 20
    /// What all streams of one document may grow to.
    private static let mostInflated = 256 << 20

    static func texts(in bytes: [UInt8]) -> [(bytes: [UInt8], kind: ByteKind)] {
        var texts: [(bytes: [UInt8], kind: ByteKind)] = []
        if bytes.prefix(1024).starts(with: Array("%PDF".utf8)) || find("%PDF", in: bytes, from: 0, to: 1024) != nil {
            var left = mostInflated
            texts.append((strings(in: bytes), .text))
            var position = 0
            while let start = find("stream", in: bytes, from: position, to: bytes.count) {
                var begin = start + 6
                if begin < bytes.count, bytes[begin] == 0x0D { begin += 1 }
                if begin < bytes.count, bytes[begin] == 0x0A { begin += 1 }
                let end = find("endstream", in: bytes, from: begin, to: bytes.count) ?? bytes.count
                let inflated = inflate(bytes[begin..<end], limit: left)
                left -= inflated.count
                if !inflated.isEmpty {
                    texts.append((inflated, .bytes))
                    texts.append((strings(in: inflated), .text))
                }
                position = min(end + 9, bytes.count)
            }
        } else if isXML(bytes) {
            texts.append((withoutTags(bytes), .text))
        } else if bytes.starts(with: [0x1F, 0x8B]) {
            texts.append((inflate(bytes[...], limit: mostInflated), .bytes))
        }
        return texts
    }

    private static func isXML(_ bytes: [UInt8]) -> Bool {
        bytes.prefix(64).first { $0 != 0xEF && $0 != 0xBB && $0 != 0xBF && $0 > 0x20 } == 0x3C
    }

    private static func withoutTags(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        var isTag = false
        for byte in bytes {
            if byte == 0x3C {
                isTag = true
                if text.last != 0x20 { text.append(0x20) }
            }
            if !isTag { text.append(byte) }
            if byte == 0x3E { isTag = false }
        }
        return text
    }

    /// The literal strings of a page, joined: `[(PAR) -20 (KIN)] TJ` is one word.
    private static func strings(in bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        var depth = 0
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case 0x5C where depth > 0:
                index += 1
                guard index < bytes.count else { break }
                let digits = bytes[index...].prefix(3).prefix { $0 >= 0x30 && $0 <= 0x37 }
                if digits.isEmpty {
                    text.append(bytes[index])
                } else {
                    text.append(UInt8(truncatingIfNeeded: digits.reduce(0) { $0 * 8 + Int($1 - 0x30) }))
                    index += digits.count - 1
                }
            case 0x28:
                if depth > 0 { text.append(byte) }
                depth += 1
            case 0x29 where depth > 0:
                depth -= 1
                if depth > 0 { text.append(byte) }
            case 0x0A where depth == 0, 0x0D where depth == 0:
                if text.last != 0x20 { text.append(0x20) }
            default: if depth > 0 { text.append(byte) }
            }
            index += 1
        }
        return text
    }

    static func find(_ word: String, in bytes: [UInt8], from start: Int, to end: Int) -> Int? {
        let word = Array(word.utf8)
        let last = min(end, bytes.count) - word.count
        guard let first = word.first, start <= last else { return nil }
        var position = start
        while position <= last {
            if bytes[position] == first, bytes[position..<position + word.count].elementsEqual(word) { return position }
            position += 1
        }
        return nil
    }

    /// What zlib or gzip packed; as far as it goes when it is damaged.
    static func inflate(_ packed: ArraySlice<UInt8>, limit: Int) -> [UInt8] {
        var stream = z_stream()
        // 32: zlib or gzip, by the header.
        guard inflateInit2_(&stream, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return []
        }
        defer { inflateEnd(&stream) }
        var input = Array(packed)
        var output: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        return input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(clamping: input.count)
            while output.count < limit {
                let status = piece.withUnsafeMutableBufferPointer { piece in
                    stream.next_out = piece.baseAddress
                    stream.avail_out = UInt32(piece.count)
                    return CZlib.inflate(&stream, Z_NO_FLUSH)
                }
                let count = piece.count - Int(stream.avail_out)
                output += piece[..<count]
                if status != Z_OK || count == 0 { break }
            }
            return output
        }
    }
}
