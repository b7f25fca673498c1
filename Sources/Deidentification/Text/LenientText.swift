import DICOMCore
import DICOMEncoding

/// Text for comparing alone: what cannot be read by its character set is read byte by byte, so that the same bytes are
/// the same text, in an identifier and where it is looked for.
enum LenientText {
    static func values(_ bytes: [UInt8], vr: VR, set: SpecificCharacterSet?) -> [String] {
        var end = bytes.count
        while end > 0, bytes[end - 1] == 0 || bytes[end - 1] == .space { end -= 1 }
        let content = Array(bytes[..<end])
        if let set, let values = try? set.decode(content, vr: vr) { return values }
        var text = String.UnicodeScalarView()
        for byte in content { text.append(Unicode.Scalar(byte)) }
        let whole = String(text)
        return vr.isSingleText
            ? [whole] : whole.split(separator: "\\", omittingEmptySubsequences: false).map(String.init)
    }

    /// Without blanks around it.
    static func trimmed(_ text: String) -> String {
        var bytes = text.utf8[...]
        while let first = bytes.first, first == .space || first == 0 { bytes.removeFirst() }
        while let last = bytes.last, last == .space || last == 0 { bytes.removeLast() }
        return String(Substring(bytes))
    }
}
