internal import Foundation

/// Text as it is compared and looked up: without case, without blanks around it, letters composed in one way.
enum FoldedText {
    static func key(_ text: String) -> String {
        var text = text
        let isPlain = text.withUTF8 { bytes in
            bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && !(0x41...0x5A).contains($0) }
        }
        if isPlain { return text }
        return trimmed(text).precomposedStringWithCanonicalMapping.lowercased().precomposedStringWithCanonicalMapping
    }

    /// Without blanks and NULs around it: padding (PS3.5 6.2).
    static func trimmed(_ text: String) -> String {
        let isPadding = { (scalar: Unicode.Scalar) in scalar == " " || scalar == "\0" }
        var scalars = text.unicodeScalars[...]
        while let first = scalars.first, isPadding(first) { scalars.removeFirst() }
        while let last = scalars.last, isPadding(last) { scalars.removeLast() }
        return String(scalars)
    }
}

extension String {
    /// Equal for texts that a list or a scope may take for one.
    package var foldedForComparison: String { FoldedText.key(self) }
}

extension Instance {
    /// The values of an attribute that are not empty.
    package func separateValues(of attribute: InstanceAttribute) -> [String] { values(of: attribute) }
}
