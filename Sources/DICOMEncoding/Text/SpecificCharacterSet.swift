/// What Specific Character Set (0008,0005) says about the bytes of text (PS3.3 C.12.1.1.2, PS3.5 6.1). Decodes and encodes
/// values; a byte or a character that is not of the set is an error, never a replacement character.
///
/// Read leniently, because the meaning is beyond doubt: lower case, `ISO-IR 100`, `ISO IR 100`, `ISO_IR_100` and their
/// like; terms with and without code extensions for one another; `UTF-8` and `ISO-8859-n` for what they name; a multi-byte
/// set as the first value (`ISO 2022 IR 149` alone), which is then designated from the beginning; further values behind a
/// first one that admits none (UTF-8, GB 18030, GBK). `docs/characters.md` has the whole list.
public struct SpecificCharacterSet: Hashable, Sendable {
    /// Which set the lower and the upper half of the byte values mean.
    struct Designation: Hashable, Sendable {
        var g0 = CodedCharacterSet.ascii
        var g1: CodedCharacterSet?
    }

    enum Form: Hashable, Sendable {
        case utf8
        /// GBK or GB 18030: bytes without state, of which the second may look like a backslash.
        case chinese(CodedCharacterSet)
        /// ISO 2022: where every value begins, and the sets that escape sequences may designate, in the order of the terms.
        case codes(initial: Designation, extensions: [CodedCharacterSet])
    }

    let form: Form

    /// ISO-IR 6: what holds where (0008,0005) is absent or empty.
    public static let defaultRepertoire = SpecificCharacterSet(form: .codes(initial: Designation(), extensions: []))
    /// UTF-8: `ISO_IR 192`.
    public static let utf8 = SpecificCharacterSet(form: .utf8)

    private init(form: Form) { self.form = form }

    /// The set that the values of (0008,0005) name. Throws `unknownCharacterSet` for a term that nobody defines.
    public init(terms: [String]) throws(ValueError) {
        let names = terms.map(Self.normalized)
        guard let first = names.first, names.count > 1 || !first.isEmpty else {
            self = .defaultRepertoire
            return
        }
        switch first {
        case "IR 192", "UTF 8", "UTF8": self = .utf8
        case "GB18030", "GB 18030": self.init(form: .chinese(.gb18030))
        case "GBK": self.init(form: .chinese(.gbk))
        default:
            var initial = Designation()
            var extensions: [CodedCharacterSet] = []
            for (index, name) in names.enumerated() {
                guard let sets = Self.sets(of: name) else {
                    throw ValueError(
                        .unknownCharacterSet,
                        reason: "value \(index + 1) of Specific Character Set is no term of PS3.3 C.12.1.1.2")
                }
                for set in sets {
                    extensions.append(set)
                    guard index == 0, let escape = EscapeSequence.designating(set) else { continue }
                    if !escape.isG0 { initial.g1 = set } else if set.width == 1 { initial.g0 = set }
                }
            }
            // Double-byte sets in the lower half cannot be reached without an escape sequence, whatever the term looks like.
            let isExtended =
                names.count > 1 || terms.contains(where: Self.hasExtensions) || extensions.contains { $0.width == 2 }
            self.init(form: .codes(initial: initial, extensions: isExtended ? extensions + [.ascii] : []))
        }
    }

    /// The set that the bytes of (0008,0005) name.
    public init(bytes: [UInt8]) throws(ValueError) {
        // Each text of a data set asks for its set, and nearly all data sets name one of these.
        if let known = Self.common.first(where: { $0.term == bytes }) {
            self = known.set
            return
        }
        guard bytes.allSatisfy({ $0 < 0x80 }) else {
            throw ValueError(.unknownCharacterSet, reason: "Specific Character Set is not in the default repertoire")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        try self.init(terms: text.split(separator: "\\", omittingEmptySubsequences: false).map(String.init))
    }

    private static let common: [(term: [UInt8], set: SpecificCharacterSet)] = ["ISO_IR 100", "ISO_IR 192", "ISO_IR 6"]
        .compactMap { term in (try? SpecificCharacterSet(terms: [term])).map { (Array(term.utf8), $0) } }

    /// Whether a term is of ISO 2022.
    private static func hasExtensions(_ term: String) -> Bool {
        let digits = Array("2022".utf8)
        return term.utf8.indices.contains { term.utf8[$0...].starts(with: digits) }
    }

    /// `iso_ir-100 ` becomes `IR 100`, `ISO 2022 IR 100` too.
    private static func normalized(_ term: String) -> String {
        // Written as it should be, as nearly all are.
        for prefix in ["ISO_IR ", "ISO 2022 IR "] where term.utf8.starts(with: prefix.utf8) {
            let number = term.utf8.dropFirst(prefix.utf8.count)
            if number.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) { return "IR " + String(Substring(number)) }
        }
        var words = term.uppercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.map(String.init)
        if words.isEmpty { return term.utf8.allSatisfy { $0 == 0x20 } ? "" : "?" }
        if words.first == "ISO", words.count > 1 { words.removeFirst() }
        if words.first == "2022", words.count > 1, words[1] == "IR" || words[1] == "GBK" { words.removeFirst() }
        // "ISO IR100", "ISOIR 100"
        if let word = words.first, words.count == 1, word.hasPrefix("IR"), word.count > 2 {
            words = ["IR", String(word.dropFirst(2))]
        }
        if words.first == "ISOIR" { words[0] = "IR" }
        return words.joined(separator: " ")
    }

    /// The sets that a term brings, without those of ISO-IR 6; nil for a term that nobody knows.
    private static func sets(of name: String) -> [CodedCharacterSet]? {
        switch name {
        case "", "IR 6": []
        case "IR 100", "8859 1": [.latin1]
        case "IR 101", "8859 2": [.latin2]
        case "IR 109", "8859 3": [.latin3]
        case "IR 110", "8859 4": [.latin4]
        case "IR 144", "8859 5": [.cyrillic]
        case "IR 127", "8859 6": [.arabic]
        case "IR 126", "8859 7": [.greek]
        case "IR 138", "8859 8": [.hebrew]
        case "IR 148", "8859 9": [.latin5]
        case "IR 203", "8859 15": [.latin9]
        case "IR 166", "8859 11", "TIS 620": [.thai]
        case "IR 13": [.jisX0201Roman, .jisX0201Katakana]
        case "IR 87": [.jisX0208]
        case "IR 159": [.jisX0212]
        case "IR 149": [.ksX1001]
        // "ISO 2022 58" stood in PS3.3 by mistake.
        case "IR 58", "2022 58", "GB2312": [.gb2312]
        default: nil
        }
    }
}
