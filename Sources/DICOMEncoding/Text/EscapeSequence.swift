/// An escape sequence of PS3.3 Tables C.12-3 and C.12-4: it designates a set as G0 (bytes 0x21 to 0x7E) or as G1 (bytes
/// 0xA0 to 0xFF). DICOM knows no others, and no shifts.
struct EscapeSequence: Hashable, Sendable {
    var set: CodedCharacterSet
    /// G0; else G1.
    var isG0: Bool
    /// What follows ESC.
    var bytes: [UInt8]

    init(_ set: CodedCharacterSet, g0: Bool, _ text: String) {
        self.set = set
        self.isG0 = g0
        self.bytes = Array(text.utf8)
    }

    static let escape: UInt8 = 0x1B

    static let all: [EscapeSequence] = [
        EscapeSequence(.ascii, g0: true, "(B"), EscapeSequence(.jisX0201Roman, g0: true, "(J"),
        EscapeSequence(.jisX0201Katakana, g0: false, ")I"), EscapeSequence(.latin1, g0: false, "-A"),
        EscapeSequence(.latin2, g0: false, "-B"), EscapeSequence(.latin3, g0: false, "-C"),
        EscapeSequence(.latin4, g0: false, "-D"), EscapeSequence(.greek, g0: false, "-F"),
        EscapeSequence(.arabic, g0: false, "-G"), EscapeSequence(.hebrew, g0: false, "-H"),
        EscapeSequence(.cyrillic, g0: false, "-L"), EscapeSequence(.latin5, g0: false, "-M"),
        EscapeSequence(.thai, g0: false, "-T"), EscapeSequence(.latin9, g0: false, "-b"),
        EscapeSequence(.jisX0208, g0: true, "$B"), EscapeSequence(.jisX0212, g0: true, "$(D"),
        EscapeSequence(.ksX1001, g0: false, "$)C"), EscapeSequence(.gb2312, g0: false, "$)A"),
    ]

    /// The sequence that designates a set.
    static func designating(_ set: CodedCharacterSet) -> EscapeSequence? { all.first { $0.set == set } }

    /// The sequence that stands at an offset, behind ESC. None is the beginning of another.
    static func read(_ bytes: [UInt8], at offset: Int) -> EscapeSequence? {
        all.first { bytes[offset...].starts(with: $0.bytes) }
    }
}
