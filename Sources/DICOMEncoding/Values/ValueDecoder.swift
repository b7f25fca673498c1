public import DICOMCore

/// The bytes of one element as values in text.
public enum ValueDecoder {
    /// The most bytes that are decoded: longer ones throw `tooLong`. Nobody writes a text of this size into a header;
    /// whole documents in UT stay below it.
    public static let longest = 16 << 20

    /// Whether the VR has values that can be written as text: all but sequences, bytes and unknown ones.
    public static func hasText(_ vr: VR) -> Bool { vr.isText || size(vr) != nil }

    /// The values: text decoded and without padding, numbers in decimal (the shortest that reads back the same), AT as
    /// `(gggg,eeee)`. None for an element without a value; an empty string for an empty value among several.
    ///
    /// Padding is what PS3.5 6.2 says has no meaning: spaces behind every value, NUL at the end of the element (as many
    /// write it, not for UI only) and of every value of UI, and spaces before a value in AE, CS, DS, IS, LO, PN, SH, and UI.
    public static func values(_ bytes: [UInt8], vr: VR, isBigEndian: Bool, characterSet: SpecificCharacterSet)
        throws(ValueError) -> [String]
    {
        guard bytes.count <= longest else {
            throw ValueError(.tooLong, reason: "the value has more than \(longest) bytes")
        }
        if vr.isText { return try texts(bytes, vr: vr, characterSet: characterSet) }
        guard let size = size(vr) else { throw ValueError(.notText, reason: "\(vr) has no values in text") }
        guard bytes.count % size == 0 else {
            throw ValueError(.wrongLength, reason: "expected a multiple of \(size) bytes for \(vr)")
        }
        return stride(from: 0, to: bytes.count, by: size).map { start in
            var value: UInt64 = 0
            // AT is two numbers, each in byte order.
            let unit = vr == .AT ? 2 : size
            for group in stride(from: start, to: start + size, by: unit) {
                let part = bytes[group..<group + unit]
                let number =
                    isBigEndian
                    ? part.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                    : part.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                value = unit == size ? number : value << 16 | number
            }
            return text(value, vr: vr)
        }
    }

    /// Bytes of one value in a VR of binary numbers.
    private static func size(_ vr: VR) -> Int? {
        switch vr {
        case .US, .SS: 2
        case .UL, .SL, .FL, .AT: 4
        case .UV, .SV, .FD: 8
        default: nil
        }
    }

    private static func text(_ value: UInt64, vr: VR) -> String {
        switch vr {
        case .SS: String(Int16(truncatingIfNeeded: value))
        case .SL: String(Int32(truncatingIfNeeded: value))
        case .SV: String(Int64(bitPattern: value))
        case .FL: text(Float(bitPattern: UInt32(truncatingIfNeeded: value)))
        case .FD: text(Double(bitPattern: value))
        case .AT: Tag(rawValue: UInt32(truncatingIfNeeded: value)).description
        default: String(value)
        }
    }

    private static func text(_ value: some BinaryFloatingPoint & LosslessStringConvertible) -> String {
        // 2, not 2.0: the same as an IS or DS of that value.
        if let whole = Int32(exactly: value), !(value.isZero && value.sign == .minus) { return String(whole) }
        return value.isNaN ? "nan" : value.description
    }

    private static func texts(_ bytes: [UInt8], vr: VR, characterSet: SpecificCharacterSet) throws(ValueError)
        -> [String]
    {
        var end = bytes.count
        while end > 0, bytes[end - 1] == 0 || bytes[end - 1] == 0x20 { end -= 1 }
        guard end > 0 else { return [] }
        let readsASCII = !vr.usesSpecificCharacterSet || characterSet.readsASCII
        if readsASCII, let text = plainText(bytes, 0..<end, vr: vr) { return [text] }
        var bytes = end == bytes.count ? bytes : Array(bytes[..<end])
        if vr == .UI, bytes.contains(0) { bytes = withoutInnerPadding(bytes) }
        let values = try characterSet.decode(bytes, vr: vr)
        let leading = hasLeadingPadding(vr)
        return values.map { withoutPadding($0, leading: leading) }
    }

    /// One value in ASCII, as nearly all are: what the longer way comes to, without an array for each step. Nil for any other, and
    /// for none.
    ///
    /// - Parameters:
    ///   - range: where the value lies among the bytes, with its padding.
    ///   - vr: of text, in whose character set plain bytes mean ASCII (`SpecificCharacterSet.readsASCII`).
    public static func plainText(_ bytes: [UInt8], _ range: Range<Int>, vr: VR) -> String? {
        var start = range.lowerBound, end = range.upperBound
        while end > start, bytes[end - 1] == 0 || bytes[end - 1] == 0x20 { end -= 1 }
        guard end > start else { return nil }
        let isSingle = vr.isSingleText
        for index in start..<end {
            guard SpecificCharacterSet.isPlain(bytes[index]), isSingle || bytes[index] != 0x5C else { return nil }
        }
        // There is something else than spaces before the end.
        if hasLeadingPadding(vr) { while bytes[start] == 0x20 { start += 1 } }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    /// Some pad every UID of several to an even length.
    private static func withoutInnerPadding(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for byte in bytes {
            if byte == 0x5C { while result.last == 0 { result.removeLast() } }
            result.append(byte)
        }
        return result
    }

    /// Where PS3.5 6.2 calls spaces before the value insignificant; UI may not have them and means nothing by them.
    private static func hasLeadingPadding(_ vr: VR) -> Bool {
        switch vr {
        case .AE, .CS, .DS, .IS, .LO, .PN, .SH, .UI: true
        default: false
        }
    }

    private static func withoutPadding(_ text: String, leading: Bool) -> String {
        let utf8 = text.utf8
        guard utf8.last == 0x20 || (leading && utf8.first == 0x20) else { return text }
        guard let last = utf8.lastIndex(where: { $0 != 0x20 }) else { return "" }
        let first = leading ? utf8.firstIndex { $0 != 0x20 } ?? utf8.startIndex : utf8.startIndex
        return String(Substring(utf8[first...last]))
    }
}
