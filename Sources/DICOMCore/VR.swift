/// A value representation: two capital letters (PS3.5 6.2).
@frozen
public struct VR: Hashable, Sendable {
    /// First letter in the lower, second in the upper byte: as the two bytes load from a little-endian stream.
    public let code: UInt16

    @inlinable
    public init(code: UInt16) { self.code = code }

    @inlinable
    public init(_ first: Unicode.Scalar, _ second: Unicode.Scalar) {
        self.code = UInt16(truncatingIfNeeded: first.value) | UInt16(truncatingIfNeeded: second.value) << 8
    }

    /// The VR with these two letters, if PS3.5 defines it.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 2, let first = bytes.first, let second = bytes.last else { return nil }
        self.init(code: UInt16(first) | UInt16(second) << 8)
        guard isDefined else { return nil }
    }

    public static let AE = VR("A", "E"), AS = VR("A", "S"), AT = VR("A", "T"), CS = VR("C", "S"), DA = VR("D", "A")
    public static let DS = VR("D", "S"), DT = VR("D", "T"), FD = VR("F", "D"), FL = VR("F", "L"), IS = VR("I", "S")
    public static let LO = VR("L", "O"), LT = VR("L", "T"), OB = VR("O", "B"), OD = VR("O", "D"), OF = VR("O", "F")
    public static let OL = VR("O", "L"), OV = VR("O", "V"), OW = VR("O", "W"), PN = VR("P", "N"), SH = VR("S", "H")
    public static let SL = VR("S", "L"), SQ = VR("S", "Q"), SS = VR("S", "S"), ST = VR("S", "T"), SV = VR("S", "V")
    public static let TM = VR("T", "M"), UC = VR("U", "C"), UI = VR("U", "I"), UL = VR("U", "L"), UN = VR("U", "N")
    public static let UR = VR("U", "R"), US = VR("U", "S"), UT = VR("U", "T"), UV = VR("U", "V")

    /// All VRs of PS3.5 Table 6.2-1.
    public static let all: [VR] = [
        AE, AS, AT, CS, DA, DS, DT, FD, FL, IS, LO, LT, OB, OD, OF, OL, OV, OW, PN, SH, SL, SQ, SS, ST, SV, TM, UC, UI,
        UL, UN, UR, US, UT, UV,
    ]
}

extension VR {
    /// Whether PS3.5 defines it. An unknown VR that looks like one is read with a long length (PS3.5 6.2, note on
    /// future VRs) and never interpreted.
    @inlinable public var isDefined: Bool {
        switch self {
        case .AE, .AS, .AT, .CS, .DA, .DS, .DT, .FD, .FL, .IS, .LO, .LT, .OB, .OD, .OF, .OL, .OV, .OW, .PN, .SH, .SL,
            .SQ, .SS, .ST, .SV, .TM, .UC, .UI, .UL, .UN, .UR, .US, .UT, .UV:
            true
        default: false
        }
    }

    /// Two capital letters: the least that a reader asks of bytes in the place of a VR.
    @inlinable public var isPlausible: Bool {
        let first = UInt8(truncatingIfNeeded: code), second = UInt8(truncatingIfNeeded: code >> 8)
        return first >= 0x41 && first <= 0x5A && second >= 0x41 && second <= 0x5A
    }

    /// Explicit VR: whether the header has two reserved bytes and a 32-bit length (PS3.5 7.1.2), as every VR will have
    /// that PS3.5 does not know yet (6.2).
    @inlinable public var hasLongLength: Bool {
        switch self {
        case .AE, .AS, .AT, .CS, .DA, .DS, .DT, .FD, .FL, .IS, .LO, .LT, .PN, .SH, .SL, .SS, .ST, .TM, .UI, .UL, .US:
            false
        default: true
        }
    }

    /// Whether the bytes are characters.
    @inlinable public var isText: Bool {
        switch self {
        case .AE, .AS, .CS, .DA, .DS, .DT, .IS, .LO, .LT, .PN, .SH, .ST, .TM, .UC, .UI, .UR, .UT: true
        default: false
        }
    }

    /// Whether Specific Character Set (0008,0005) applies (PS3.5 6.1.2.2).
    @inlinable public var usesSpecificCharacterSet: Bool {
        switch self {
        case .LO, .LT, .PN, .SH, .ST, .UC, .UT: true
        default: false
        }
    }

    /// Text that is one value even when it has backslashes in it (PS3.5 6.2: LT, ST, UT, UR).
    @inlinable public var isSingleText: Bool {
        switch self {
        case .LT, .ST, .UT, .UR: true
        default: false
        }
    }

    /// Bytes of one value of a binary VR; 1 for others. Decides how values are swapped in big endian (PS3.5 7.3).
    @inlinable public var unitSize: Int {
        switch self {
        case .AT, .OW, .SS, .US: 2
        case .FL, .OF, .OL, .SL, .UL: 4
        case .FD, .OD, .OV, .SV, .UV: 8
        default: 1
        }
    }

    /// What fills a value up to an even length: NUL for UI and bytes, a space for text (PS3.5 6.2).
    @inlinable public var padding: UInt8 { isText && self != .UI ? 0x20 : 0x00 }
}

extension VR: CustomStringConvertible {
    /// The two letters; `??` when the bytes are no letters.
    public var description: String {
        guard isPlausible else { return "??" }
        let letters = [UInt8(truncatingIfNeeded: code), UInt8(truncatingIfNeeded: code >> 8)]
        return String(decoding: letters, as: UTF8.self)
    }
}
