/// Numbers that are written as text: DS and IS (PS3.5 6.2).
public enum NumericText {
    /// The number in a DS or IS: digits, a sign, a point, an exponent; spaces around it. No `nan`, no hexadecimal, no
    /// spaces within. Longer than the sixteen bytes of DS is accepted, because many write more and mean what they write.
    public static func decimal(_ text: some StringProtocol) throws(ValueError) -> Double {
        guard let json = json(text), let value = Double(json), value.isFinite else {
            throw ValueError(.malformedNumber, reason: "expected a decimal number")
        }
        return value
    }

    /// The number in an IS: -2³¹ to 2³¹-1, spaces around it.
    public static func integer(_ text: some StringProtocol) throws(ValueError) -> Int {
        let bytes = unpadded(text, leading: true)
        guard bytes.count <= 12, let value = Int(String(decoding: bytes, as: UTF8.self)), Int32(exactly: value) != nil
        else { throw ValueError(.malformedNumber, reason: "expected a whole number of at most 32 bits") }
        return value
    }

    /// The same number as JSON writes it (RFC 8259 6), digit for digit: without `+`, zeros in front, a bare point. Nil
    /// when the text is no number of PS3.5.
    public static func json(_ text: some StringProtocol) -> String? {
        var rest = unpadded(text, leading: true)[...]
        var result: [UInt8] = []
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            rest = rest.dropFirst()
            if sign == UInt8(ascii: "-") { result.append(sign) }
        }
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        var fraction = rest.prefix(0)
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = rest.prefix(while: isDigit)
            rest = rest.dropFirst(fraction.count)
        }
        guard !(whole.isEmpty && fraction.isEmpty) else { return nil }
        let significant = whole.drop { $0 == UInt8(ascii: "0") }
        result += significant.isEmpty ? [UInt8(ascii: "0")] : Array(significant)
        if !fraction.isEmpty { result += [UInt8(ascii: ".")] + fraction }
        if let exponent = rest.first {
            guard exponent == UInt8(ascii: "E") || exponent == UInt8(ascii: "e") else { return nil }
            rest = rest.dropFirst()
            result.append(UInt8(ascii: "e"))
            if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
                result.append(sign)
                rest = rest.dropFirst()
            }
            guard !rest.isEmpty, rest.allSatisfy(isDigit) else { return nil }
            result += rest
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
