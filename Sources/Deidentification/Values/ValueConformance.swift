import DICOMCore

/// Whether bytes are a value of their VR (PS3.5 6.2), as far as something else could hide in them: a name in a code
/// string or a number, text behind a NUL. Lengths are read generously; real devices exceed them.
enum ValueConformance {
    /// - Parameter value: the whole value with its padding.
    static func conforms(_ value: Span<UInt8>, to vr: VR) -> Bool {
        switch vr {
        case .CS: everyByte(value) { isUpper($0) || isDigit($0) || $0 == .space || $0 == 0x5F }
        case .DA: everyByte(value) { isDigit($0) || $0 == .period || $0 == .minus || $0 == .space }
        case .TM: everyByte(value) { isDigit($0) || $0 == .period || $0 == .colon || $0 == .minus || $0 == .space }
        case .DT: everyByte(value) { isDigit($0) || $0 == .period || $0 == .plus || $0 == .minus || $0 == .space }
        case .UI: everyByte(value) { isDigit($0) || $0 == .period || $0 == .space || $0 == 0 }
        case .IS, .DS: isNumbers(value, withFraction: vr == .DS)
        case .AS: everyByte(value) { isDigit($0) || isAgeUnit($0) || $0 == .space }
        case .AE: everyByte(value) { $0 >= .space && $0 < 0x7F }
        case .LO, .SH, .PN, .UC, .UR: everyByte(value) { $0 >= .space && $0 != 0x7F || $0 == .escape }
        case .LT, .ST, .UT: everyByte(value) { $0 >= .space && $0 != 0x7F || isLayout($0) || $0 == .escape }
        case .US, .SS, .UL, .SL, .FL, .FD, .UV, .SV, .OW, .OF, .OL, .OD, .OV: value.count % vr.unitSize == 0
        case .AT: value.count % 4 == 0
        default: true
        }
    }

    /// Every byte before the trailing spaces and NULs, or the delimiter between values.
    private static func everyByte(_ value: Span<UInt8>, _ isAllowed: (UInt8) -> Bool) -> Bool {
        for index in 0..<endOfContent(value) where !isAllowed(value[index]) && value[index] != .backslash {
            return false
        }
        return true
    }

    private static func endOfContent(_ value: Span<UInt8>) -> Int {
        var end = value.count
        while end > 0, value[end - 1] == .space || value[end - 1] == 0 { end -= 1 }
        return end
    }

    /// Numbers between backslashes, some of them empty: sign, digits, and for DS fraction and exponent.
    private static func isNumbers(_ value: Span<UInt8>, withFraction: Bool) -> Bool {
        let end = endOfContent(value)
        var length = 0
        for index in 0..<end {
            let byte = value[index]
            switch byte {
            case .backslash:
                length = 0
                continue
            case _ where isDigit(byte) || byte == .plus || byte == .minus || byte == .space: break
            case .period, UInt8(ascii: "E"), UInt8(ascii: "e"):
                guard withFraction else { return false }
            default: return false
            }
            length += 1
            // Twice what PS3.5 allows: more digits than any measurement has are something else.
            guard length <= 32 else { return false }
        }
        return true
    }

    @inline(__always) private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
    @inline(__always) private static func isUpper(_ byte: UInt8) -> Bool { byte >= 0x41 && byte <= 0x5A }

    private static func isAgeUnit(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "D") || byte == UInt8(ascii: "W") || byte == UInt8(ascii: "M") || byte == UInt8(ascii: "Y")
    }

    /// Tab, line feed, form feed, carriage return.
    private static func isLayout(_ byte: UInt8) -> Bool { byte == 9 || byte == 10 || byte == 12 || byte == 13 }
}

extension UInt8 {
    fileprivate static let period = UInt8(ascii: ".")
    fileprivate static let plus = UInt8(ascii: "+")
    fileprivate static let minus = UInt8(ascii: "-")
    fileprivate static let colon = UInt8(ascii: ":")
    fileprivate static let escape: UInt8 = 0x1B
}
