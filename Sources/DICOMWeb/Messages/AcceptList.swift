/// What a client takes (RFC 9110 12.5.1, PS3.18 8.7): media ranges, the best first; those with one quality in the order that
/// they came in. Ranges of quality 0 say what it does not take.
public struct AcceptList: Hashable, Sendable {
    public struct Range: Hashable, Sendable {
        /// Type or subtype may be `*`. Without `q`.
        public var mediaType: MediaType
        /// In thousandths, as RFC 9110 12.4.2 writes it.
        public var quality: Int
    }

    public var ranges: [Range]

    /// Parses values of `Accept`, joined as one list. Nil when one is malformed, or there are more ranges than anybody
    /// needs.
    public init?(_ values: [String]) {
        var ranges: [Range] = []
        for value in values {
            var scanner = FieldScanner(value)
            while true {
                scanner.skipBlanks()
                if scanner.isAtEnd { break }
                if scanner.take(",") { continue }
                guard ranges.count < Self.most, var type = MediaType(scanning: &scanner) else { return nil }
                guard scanner.isAtEnd || scanner.take(",") else { return nil }
                var quality = 1000
                if let index = type.parameters.firstIndex(where: { $0.name == "q" }) {
                    guard let value = Self.quality(type.parameters.remove(at: index).value) else { return nil }
                    quality = value
                }
                ranges.append(Range(mediaType: type, quality: quality))
            }
        }
        // Sorting is stable.
        self.ranges = ranges.sorted { $0.quality > $1.quality }
    }

    private static let most = 64

    /// `0.8` is 800; at most three digits.
    private static func quality(_ text: String) -> Int? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, whole == "0" || whole == "1" else { return nil }
        let digits = parts.count == 2 ? String(parts[1]) : ""
        guard digits.utf8.count <= 3, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let fraction = Int(digits + String(repeating: "0", count: 3 - digits.utf8.count)) ?? 0
        let result = (whole == "1" ? 1000 : 0) + fraction
        return result <= 1000 ? result : nil
    }

    /// Nothing was said, or everything is welcome.
    public var isIndifferent: Bool { ranges.isEmpty }

    /// The most specific range that a type is in, of those: its quality; 0 when there is none.
    public func quality(of type: MediaType) -> Int {
        if ranges.isEmpty { return 1000 }
        var best = (specificity: -1, quality: 0)
        for range in ranges {
            guard let specificity = Self.specificity(of: range.mediaType, for: type), specificity > best.specificity
            else { continue }
            best = (specificity, range.quality)
        }
        return best.quality
    }

    private static func specificity(of range: MediaType, for type: MediaType) -> Int? {
        if range.type == "*" { return range.subtype == "*" ? 0 : nil }
        guard range.type == type.type else { return nil }
        if range.subtype == "*" { return 1 }
        return range.subtype == type.subtype ? 2 : nil
    }

    /// The one of these that the client likes best; of equals the first. Nil when it takes none.
    public func best(of offered: [MediaType]) -> MediaType? {
        var best: (type: MediaType, quality: Int)?
        for type in offered {
            let quality = quality(of: type)
            if quality > (best?.quality ?? 0) { best = (type, quality) }
        }
        return best?.type
    }
}
