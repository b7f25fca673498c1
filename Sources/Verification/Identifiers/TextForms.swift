import DICOMCore
import DICOMEncoding

/// The forms in which a text may be written: folded, and as bytes of every encoding that a data set, a document or a
/// program may have put it in.
enum TextForms {
    /// Small letters without accents: what decoded texts are compared in.
    static func folded(_ text: String) -> String {
        DICOMEncoding.folded(text, letterCase: true, accents: true)
    }

    /// The words of a text: runs of letters and digits, folded.
    static func words(_ text: String) -> [String] {
        folded(text).split { !($0.isLetter || $0.isNumber) }.map(String.init)
    }

    /// All byte patterns of a text, in small ASCII letters, each once.
    static func patterns(_ text: String) -> [[UInt8]] {
        var patterns: Set<[UInt8]> = [lowercased(folded(text).utf8)]
        guard !text.utf8.allSatisfy({ $0 < 0x80 }) else { return Array(patterns) }
        for form in [text, text.lowercased(), text.uppercased()] {
            patterns.insert(lowercased(form.utf8))
            patterns.insert(lowercased(form.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }))
            patterns.insert(lowercased(form.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }))
            for set in characterSets {
                guard let bytes = try? set.encode([form], vr: .LO), bytes.contains(where: { $0 >= 0x80 || $0 == 0x1B })
                else { continue }
                let plain = withoutEscapes(bytes)
                if plain.contains(where: { $0 >= 0x80 }) {
                    patterns.insert(lowercased(plain))
                } else {
                    // JIS X 0208 in seven bits looks like ASCII: it is known by its escape sequence; in EUC-JP and
                    // Shift JIS the same codes are eight bits.
                    patterns.insert(lowercased(bytes.trimmingLastEscape))
                    patterns.insert(lowercased(plain.map { $0 | 0x80 }))
                    patterns.insert(lowercased(shiftJIS(plain)))
                }
            }
            if let bytes = windows1251(form) { patterns.insert(lowercased(bytes)) }
        }
        return Array(patterns)
    }

    private static let characterSets: [SpecificCharacterSet] = [
        ["ISO_IR 100"], ["ISO_IR 101"], ["ISO_IR 109"], ["ISO_IR 110"], ["ISO_IR 144"], ["ISO_IR 127"], ["ISO_IR 126"],
        ["ISO_IR 138"], ["ISO_IR 148"], ["ISO_IR 203"], ["ISO_IR 13"], ["ISO_IR 166"], ["GB18030"], ["GBK"],
        ["", "ISO 2022 IR 87"], ["", "ISO 2022 IR 159"], ["", "ISO 2022 IR 149"], ["", "ISO 2022 IR 58"],
    ].compactMap { try? SpecificCharacterSet(terms: $0) }

    /// Without escape sequences of ISO 2022: ESC, intermediate bytes, a final byte.
    private static func withoutEscapes(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == 0x1B else {
                result.append(bytes[index])
                index += 1
                continue
            }
            index += 1
            while index < bytes.count, bytes[index] >= 0x20, bytes[index] < 0x30 { index += 1 }
            index += 1
        }
        return result
    }

    /// Pairs of JIS X 0208 as Shift JIS has them.
    private static func shiftJIS(_ pairs: [UInt8]) -> [UInt8] {
        guard pairs.count % 2 == 0 else { return [] }
        return stride(from: 0, to: pairs.count, by: 2).flatMap { index -> [UInt8] in
            let row = Int(pairs[index]), cell = Int(pairs[index + 1])
            let lead = (row + 1) / 2 + (row < 0x5F ? 0x70 : 0xB0)
            let trail = row % 2 == 1 ? cell + (cell < 0x60 ? 0x1F : 0x20) : cell + 0x7E
            return [UInt8(truncatingIfNeeded: lead), UInt8(truncatingIfNeeded: trail)]
        }
    }

    /// Cyrillic as Windows writes it; nil when a character is neither ASCII nor Russian.
    private static func windows1251(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0..<0x80: bytes.append(UInt8(scalar.value))
            case 0x0410...0x044F: bytes.append(UInt8(scalar.value - 0x0410 + 0xC0))
            case 0x0401: bytes.append(0xA8)
            case 0x0451: bytes.append(0xB8)
            default: return nil
            }
        }
        return bytes
    }
}

extension [UInt8] {
    /// Without the escape sequence at the end that goes back to ASCII.
    fileprivate var trimmingLastEscape: [UInt8] {
        guard let escape = lastIndex(of: 0x1B), escape > 0, count - escape <= 4 else { return self }
        return Array(self[..<escape])
    }
}
