import RuleLanguage

/// What identifies somebody by its form alone: addresses of the net, telephone numbers, numbers of the forms that the
/// site gives. RE2: linear in the text, because every repetition of ours is bounded, and a site's patterns are held
/// against a piece at a time.
struct TextPatterns: Sendable {
    private let own: [TextPattern]
    private let site: [TextPattern]

    /// Pieces that a site's patterns are held against: lines, of longer ones so many bytes.
    static let pieceLength = 2048

    /// - Throws: the name of a pattern that RE2 does not take.
    init(_ settings: TextCleaning) throws(Fault) {
        own = try Self.builtIn.get()
        site = try settings.patterns.map { pattern throws(Fault) in
            try Self.compiled(pattern.pattern, isCaseSensitive: pattern.isCaseSensitive, name: pattern.name)
        }
    }

    struct Fault: Error {
        var name: String
    }

    private static func compiled(_ source: String, isCaseSensitive: Bool, name: String) throws(Fault) -> TextPattern {
        do throws(TextPattern.CompileError) {
            return try TextPattern(source, isCaseSensitive: isCaseSensitive)
        } catch {
            throw Fault(name: name)
        }
    }

    /// Compiled once: they are the same for every profile.
    private static let builtIn: Result<[TextPattern], Fault> = Result { () throws(Fault) in
        try forms.map { form throws(Fault) in try compiled(form, isCaseSensitive: false, name: "built-in") }
    }

    private static let forms = [
        // Mail.
        #"[^\s@<>"(),;:\[\]]{1,64}\s?(?:@|\(at\)|\[at\]|&#64;)\s?[^\s@<>"(),;:\[\].]{1,63}(?:\.[^\s@<>"(),;:\[\].]{1,63}){1,6}"#,
        // URLs and host names.
        #"\b(?:https?|ftp|file|dicom|hl7|mllp|ldaps?)://[^\s<>"]{1,512}"#, #"\bwww\.[^\s<>"]{1,512}"#,
        #"\\\\[^\s\\<>"]{1,64}\\[^\s<>"]{1,256}"#,
        // Addresses of machines.
        #"\b(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}\b"#,
        #"\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b"#, #"\b(?:[0-9a-f]{1,4}:){4,7}:?[0-9a-f]{1,4}\b"#,
        // UIDs.
        #"\b[012]\.\d{1,39}(?:\.\d{1,39}){4,24}"#, #"\b2\.25\.\d{8,39}"#,
        // Telephone numbers: with a country's code, with the area in parentheses, of ten digits in groups, with a zero.
        #"\+\d{1,3}[ ()./-]{0,3}\d(?:[ ()./-]{0,2}\d){5,14}"#, #"\(\d{2,5}\)[ ./-]{0,2}\d(?:[ ./-]?\d){4,9}\b"#,
        #"\b\d{3}[-.]\d{3}[-.]\d{4}\b"#, #"\b\d{3} \d{3} \d{4}\b"#, #"\b0\d{1,4}[ /-]{1,3}\d{3,}(?:[ -]?\d){2,8}\b"#,
        #"\b00\d{1,3}[ /-]?\d(?:[ /-]?\d){7,13}\b"#,
        // Social security.
        #"\b\d{3}-\d{2}-\d{4}\b"#,
    ]

    /// - Returns: byte ranges in the text, in no order, that may overlap.
    func ranges(in text: [UInt8]) -> [Range<Int>] {
        var result: [Range<Int>] = []
        for pattern in own { result += pattern.ranges(in: text) }
        guard !site.isEmpty else { return result }
        for piece in Self.pieces(text) {
            let bytes = Array(text[piece])
            for pattern in site {
                for range in pattern.ranges(in: bytes) where !range.isEmpty {
                    result.append((piece.lowerBound + range.lowerBound)..<(piece.lowerBound + range.upperBound))
                }
            }
        }
        return result
    }

    private static func pieces(_ text: [UInt8]) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var start = 0
        while start < text.count {
            let limit = min(text.count, start + pieceLength)
            var end = text[start..<limit].firstIndex(of: 0x0A) ?? limit
            if end < text.count, text[end] != 0x0A {
                // Not within a word, if there is a blank at all, nor within a character.
                if let blank = text[start..<end].lastIndex(of: 0x20), blank > start + pieceLength / 2 { end = blank }
                while end > start + 1, text[end] & 0xC0 == 0x80 { end -= 1 }
            }
            pieces.append(start..<end)
            start = end < text.count && (text[end] == 0x0A || text[end] == 0x20) ? end + 1 : end
        }
        return pieces
    }
}
