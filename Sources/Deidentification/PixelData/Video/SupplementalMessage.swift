/// A message of supplemental enhancement information (ISO 14496-10 7.3.2.3.1, D; 23008-2 7.3.5, D), as it lies in the unit
/// without escapes.
struct SupplementalMessage: Hashable {
    var type: Int
    /// Where the byte is that completes the type.
    var lastByteOfType: Int
    var payload: Range<Int>

    static let pictureTiming = 1
    static let filler = 3
    /// Of the kinds that stay none is longer.
    static let longest = 512

    /// What serves decoding, timing and display and has no room for words: buffering period, picture timing, pan-scan
    /// rectangle, recovery point, repeated marking, film grain, deblocking, stereo video, tone mapping, frame packing, view
    /// position, orientation, mastering display, light level, transfer.
    static let keptInH264: Set<Int> = [0, 1, 2, 6, 7, 19, 20, 21, 23, 45, 46, 47, 137, 144, 147]

    /// The same, and structure of pictures, active parameter sets, decoding unit, index of sub-layer, hash of the picture.
    /// Not the time code (136).
    static let keptInHEVC: Set<Int> = [0, 1, 2, 6, 19, 23, 45, 47, 128, 129, 130, 131, 132, 137, 144, 147]

    /// The messages of a unit; nil when it is not made of them to its end.
    static func messages(_ bytes: [UInt8]) -> [SupplementalMessage]? {
        var result: [SupplementalMessage] = []
        var position = 0
        while position < bytes.count {
            // The stop bit, and zeros that may follow.
            if bytes[position] == 0x80, bytes[(position + 1)...].allSatisfy({ $0 == 0 }) { return result }
            guard let type = number(bytes, &position) else { return nil }
            let last = position - 1
            guard let size = number(bytes, &position), size <= bytes.count - position else { return nil }
            result.append(
                SupplementalMessage(type: type, lastByteOfType: last, payload: position..<position + size))
            position += size
        }
        return result
    }

    /// Bytes of 0xFF and one more, added up.
    private static func number(_ bytes: [UInt8], _ position: inout Int) -> Int? {
        var sum = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            sum += Int(byte)
            if byte != 0xFF { return sum }
        }
        return nil
    }
}
