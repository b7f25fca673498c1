/// The boxes of a JP2 file (ISO 15444-1 I), in which some writers wrap a codestream though PS3.5 A.4.4 does not let them.
enum JPEG2000Boxes {
    static let signature: [UInt8] = [0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20, 0x0D, 0x0A, 0x87, 0x0A]

    /// Boxes of the header without which the codestream decodes to the same: size, bits, colour, resolution. A palette or
    /// another order of channels would be lost.
    private static let headers: Set<String> = ["ihdr", "bpcc", "colr", "res "]

    private struct Box {
        var kind: String
        /// Nil: to the end of the stream.
        var length: Int?
    }

    /// Leads from the signature to the codestream, over boxes that may hold anything.
    static func passToCodestream(_ bytes: inout FragmentReader) throws(Sequestration) {
        while let box = header(&bytes) {
            if box.kind == "jp2c" {
                guard bytes.comes(JPEG2000Stream.codestream) else { break }
                return
            }
            guard let length = box.length else { break }
            if box.kind == "jp2h" {
                try check(&bytes, length)
            } else if !bytes.skip(length) {
                break
            }
        }
        throw bytes.hasFailed ? FrameStream.unreadable : FrameStream.damaged
    }

    /// Length 4, kind 4, and 8 more for a length that needs them; the length counts from the box's first byte.
    private static func header(_ bytes: inout FragmentReader) -> Box? {
        guard let fixed = bytes.take(8) else { return nil }
        var length = fixed[..<4].reduce(0) { $0 << 8 | Int($1) }
        let kind = String(decoding: fixed[4...], as: UTF8.self)
        var headerCount = 8
        if length == 0 { return Box(kind: kind, length: nil) }
        if length == 1 {
            guard let long = bytes.take(8), long[0] < 0x40 else { return nil }
            length = long.reduce(0) { $0 << 8 | Int($1) }
            headerCount = 16
        }
        guard length >= headerCount else { return nil }
        return Box(kind: kind, length: length - headerCount)
    }

    private static func check(_ bytes: inout FragmentReader, _ length: Int) throws(Sequestration) {
        let end = bytes.position + length
        while bytes.position < end, let box = header(&bytes), let inner = box.length {
            guard headers.contains(box.kind) else {
                throw Sequestration("the boxes around compressed pixel data say how it is to be decoded")
            }
            guard bytes.skip(inner) else { break }
        }
        guard bytes.position == end else { throw FrameStream.damaged }
    }
}
