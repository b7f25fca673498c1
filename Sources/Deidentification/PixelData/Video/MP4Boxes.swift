/// Boxes of an MP4 file (ISO 14496-12 4.2): each a length, four characters that say what it is, and what is in it.
struct MP4Box: Hashable {
    var kind: String
    /// Where its four characters are.
    var kindStart: Int
    var content: Range<Int>

    /// No more than a sound file has by far.
    static let limit = 4096

    /// The boxes that fill a range; bytes behind them, too few for a box, become zeros.
    ///
    /// - Parameter mayBeOpen: whether the last one may reach to the end without saying so.
    static func boxes(
        in range: Range<Int>, of bytes: FragmentReader, mayBeOpen: Bool = false, _ overwriting: inout Overwriting
    ) throws(Sequestration) -> [MP4Box] {
        var result: [MP4Box] = []
        var position = range.lowerBound
        while range.upperBound - position >= 8 {
            guard let head = bytes.bytes(of: position..<min(position + 16, range.upperBound)), head.count >= 8 else {
                throw FrameStream.unreadable
            }
            var length = head[..<4].reduce(0) { $0 << 8 | Int($1) }
            var headCount = 8
            if length == 1 {
                guard head.count == 16, head[8] < 0x40 else { throw FrameStream.damaged }
                length = head[8...].reduce(0) { $0 << 8 | Int($1) }
                headCount = 16
            } else if length == 0, head[4..<8].allSatisfy({ $0 == 0 }) {
                // Zeros that end a list, or fill up.
                break
            } else if length == 0, mayBeOpen {
                length = range.upperBound - position
            }
            guard length >= headCount, length <= range.upperBound - position, result.count < limit else {
                throw FrameStream.damaged
            }
            result.append(
                MP4Box(
                    kind: String(decoding: head[4..<8], as: UTF8.self), kindStart: position + 4,
                    content: position + headCount..<position + length))
            position += length
        }
        try overwriting.fill(position..<range.upperBound, with: 0, of: bytes)
        return result
    }

    /// Makes the box free space.
    func free(_ bytes: FragmentReader, _ overwriting: inout Overwriting) throws(Sequestration) {
        guard let old = bytes.bytes(of: kindStart..<kindStart + 4) else { throw FrameStream.unreadable }
        if kind != "free", kind != "skip", kind != "wide" { try overwriting.put("free".utf8, over: old, at: kindStart) }
        try overwriting.fill(content, with: 0, of: bytes)
    }

    /// Some bytes of what is in it.
    func bytes(_ range: Range<Int>, _ stream: FragmentReader) throws(Sequestration) -> [UInt8] {
        guard range.upperBound <= content.count else { throw FrameStream.damaged }
        guard let bytes = stream.bytes(of: part(range)) else { throw FrameStream.unreadable }
        return bytes
    }

    func number(_ range: Range<Int>, _ stream: FragmentReader) throws(Sequestration) -> Int {
        try bytes(range, stream).reduce(0) { $0 << 8 | Int($1) }
    }

    /// Where such a range of its content is in the stream.
    func part(_ range: Range<Int>) -> Range<Int> {
        content.lowerBound + range.lowerBound..<content.lowerBound + range.upperBound
    }
}
