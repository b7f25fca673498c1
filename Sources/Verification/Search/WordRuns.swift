/// Runs of letters and digits in bytes.
enum WordRuns {
    struct Word: Sendable {
        var text: String
        var range: Range<Int>
    }

    /// Longer runs are no words.
    private static let longest = 64

    /// - Parameter asciiOnly: bytes from 0x80 on belong to no word; else they are letters of UTF-8.
    static func words(in bytes: [UInt8], asciiOnly: Bool) -> [Word] {
        var words: [Word] = []
        var start = 0
        while start < bytes.count {
            guard belongs(bytes[start], asciiOnly) else {
                start += 1
                continue
            }
            var end = start + 1
            while end < bytes.count, belongs(bytes[end], asciiOnly) { end += 1 }
            if end - start <= longest, end - start > 1 || bytes[start].isDigit {
                words.append(Word(text: String(decoding: bytes[start..<end], as: UTF8.self), range: start..<end))
            }
            start = end
        }
        return words
    }

    @inline(__always)
    private static func belongs(_ byte: UInt8, _ asciiOnly: Bool) -> Bool {
        byte.isAlphanumeric || byte >= 0x80 && !asciiOnly
    }
}
