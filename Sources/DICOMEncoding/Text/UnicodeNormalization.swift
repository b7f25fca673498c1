import CTextTables

/// Normal forms of Unicode (UAX 15), from tables of our own: the same answer with every toolchain (P7).
enum UnicodeNormalization {
    /// Hangul syllables are composed by arithmetic (Unicode 3.12).
    private enum Hangul {
        static let syllables: UInt32 = 0xAC00, leads: UInt32 = 0x1100, vowels: UInt32 = 0x1161, trails: UInt32 = 0x11A7
        static let leadCount: UInt32 = 19, vowelCount: UInt32 = 21, trailCount: UInt32 = 28
        static let syllableCount = leadCount * vowelCount * trailCount
    }

    static func decomposed(_ scalars: some Sequence<Unicode.Scalar>) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        for scalar in scalars { decompose(scalar, into: &result) }
        sortMarks(&result)
        return result
    }

    static func composed(_ scalars: some Sequence<Unicode.Scalar>) -> [Unicode.Scalar] {
        let decomposed = decomposed(scalars)
        var result: [Unicode.Scalar] = []
        var starter: Int?
        var previousClass: UInt32 = 0
        for scalar in decomposed {
            let ownClass = combiningClass(scalar)
            if let at = starter, result.count == at + 1 || (previousClass != 0 && previousClass < ownClass),
                let composite = composite(result[at], scalar)
            {
                result[at] = composite
                continue
            }
            if ownClass == 0 { starter = result.count }
            previousClass = ownClass
            result.append(scalar)
        }
        return result
    }

    static func combiningClass(_ scalar: Unicode.Scalar) -> UInt32 {
        scalar.value < 0x300 ? 0 : text_combining_class(scalar.value)
    }

    private static func decompose(_ scalar: Unicode.Scalar, into result: inout [Unicode.Scalar]) {
        let value = scalar.value
        if value < 0xC0 {
            result.append(scalar)
        } else if value >= Hangul.syllables, value < Hangul.syllables + Hangul.syllableCount {
            let index = value - Hangul.syllables
            let parts = [
                Hangul.leads + index / (Hangul.vowelCount * Hangul.trailCount),
                Hangul.vowels + index % (Hangul.vowelCount * Hangul.trailCount) / Hangul.trailCount,
                Hangul.trails + index % Hangul.trailCount,
            ]
            result += parts.filter { $0 != Hangul.trails }.compactMap(Unicode.Scalar.init)
        } else {
            let pair = text_decomposition(value)
            guard pair != 0, let first = Unicode.Scalar(UInt32(truncatingIfNeeded: pair >> 32)) else {
                result.append(scalar)
                return
            }
            // Decompositions nest four deep at most, and every one is shorter than its composite.
            decompose(first, into: &result)
            let second = UInt32(truncatingIfNeeded: pair)
            if second != 0, let second = Unicode.Scalar(second) { decompose(second, into: &result) }
        }
    }

    /// Canonical ordering: every run of marks by class, those of one class as they were.
    private static func sortMarks(_ scalars: inout [Unicode.Scalar]) {
        var start = 0
        while start < scalars.count {
            guard combiningClass(scalars[start]) != 0 else {
                start += 1
                continue
            }
            var end = start + 1
            while end < scalars.count, combiningClass(scalars[end]) != 0 { end += 1 }
            if end - start > 1 {
                let marks = scalars[start..<end].enumerated().sorted {
                    (combiningClass($0.element), $0.offset) < (combiningClass($1.element), $1.offset)
                }
                scalars.replaceSubrange(start..<end, with: marks.map(\.element))
            }
            start = end
        }
    }

    private static func composite(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
        let a = first.value, b = second.value
        if a >= Hangul.leads, a < Hangul.leads + Hangul.leadCount, b >= Hangul.vowels,
            b < Hangul.vowels + Hangul.vowelCount
        {
            let index = ((a - Hangul.leads) * Hangul.vowelCount + (b - Hangul.vowels)) * Hangul.trailCount
            return Unicode.Scalar(Hangul.syllables + index)
        }
        if a >= Hangul.syllables, a < Hangul.syllables + Hangul.syllableCount,
            (a - Hangul.syllables) % Hangul.trailCount == 0, b > Hangul.trails, b < Hangul.trails + Hangul.trailCount
        {
            return Unicode.Scalar(a + (b - Hangul.trails))
        }
        let composite = text_composition(a, b)
        return composite == 0 ? nil : Unicode.Scalar(composite)
    }
}
