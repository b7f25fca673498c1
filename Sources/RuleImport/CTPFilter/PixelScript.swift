import RuleLanguage

/// A script of CTP's pixel anonymizer: signatures in braces, each with the regions behind it; all else is for people.
struct PixelScript {
    struct Signature {
        var expression: FilterExpression
        /// Of the brace.
        var location: SourceLocation
        var regions: [ImportLog.ID]
        var terms: ClosedRange<ImportLog.ID>?
    }

    private(set) var signatures: [Signature] = []

    init(_ text: ScriptText, log: ImportLog) throws(ImportFailure) {
        let bytes = text.bytes
        var index = 0
        while let open = bytes[index...].firstIndex(of: UInt8(ascii: "{")) {
            guard let close = bytes[open...].firstIndex(of: UInt8(ascii: "}")) else {
                throw ImportFailure("bad-expression", "a signature does not close", at: text.location(at: open))
            }
            guard log.count < ImportLog.maximum else {
                throw ImportFailure(
                    "too-many-statements", "the script has too many statements", at: text.location(at: open))
            }
            let first = log.count
            let expression = try FilterParser.parse(text, (open + 1)..<close, log: log)
            let terms = first < log.count ? first...(log.count - 1) : nil
            let next = bytes[(close + 1)...].firstIndex(of: UInt8(ascii: "{")) ?? bytes.count
            signatures.append(
                Signature(
                    expression: expression, location: text.location(at: open),
                    regions: Self.regions(text, (close + 1)..<next, log), terms: terms))
            index = next
        }
        guard !signatures.isEmpty else {
            throw ImportFailure(
                "empty-script", "the script holds no signature", at: SourceLocation(file: text.file, line: 1))
        }
    }

    /// `(x,y,width,height)`. Other text in parentheses is for people, if it is no number.
    private static func regions(_ text: ScriptText, _ range: Range<Int>, _ log: ImportLog) -> [ImportLog.ID] {
        var regions: [ImportLog.ID] = []
        var index = range.lowerBound
        while index < range.upperBound,
            let open = text.bytes[index..<range.upperBound].firstIndex(of: UInt8(ascii: "("))
        {
            guard let close = text.bytes[open..<range.upperBound].firstIndex(of: UInt8(ascii: ")")) else { break }
            let inner = String(decoding: text.bytes[(open + 1)..<close], as: UTF8.self)
            let parts = inner.split(separator: ",", omittingEmptySubsequences: false)
            if parts.count == 4 { regions.append(log.add("(\(inner))", at: text.location(at: open))) }
            index = close + 1
        }
        return regions
    }
}
