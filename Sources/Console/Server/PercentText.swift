/// Percent-encoding (RFC 3986 2.1) and forms (WHATWG URL 5).
enum PercentText {
    static func encode(_ text: some StringProtocol) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default: encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }

    /// Nil for what is not UTF-8, or half a code.
    static func decode(_ text: some StringProtocol, isForm: Bool) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                // A sign is no digit, though a number is read with one.
                guard rest.count >= 2, rest.prefix(2).allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }),
                    let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
                else { return nil }
                rest = rest.dropFirst(2)
                bytes.append(value)
            case UInt8(ascii: "+") where isForm: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

/// Names and values of a query, or of a form's body.
package struct FormFields: Hashable, Sendable {
    private let values: [String: [String]]

    package static let none = FormFields(values: [:])
    private static let mostFields = 200

    private init(values: [String: [String]]) { self.values = values }

    /// Nil when it cannot be read.
    package init?(_ text: some StringProtocol) {
        var values: [String: [String]] = [:]
        let parts = text.split(separator: "&", omittingEmptySubsequences: true)
        guard parts.count <= Self.mostFields else { return nil }
        for part in parts {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentText.decode(pair[0], isForm: true),
                let value = pair.count > 1 ? PercentText.decode(pair[1], isForm: true) : ""
            else { return nil }
            values[name, default: []].append(value)
        }
        self.values = values
    }

    init(pairs: [(String, String)]) {
        values = Dictionary(grouping: pairs, by: \.0).mapValues { $0.map(\.1) }
    }

    var names: [String] { values.keys.sorted() }

    /// The first with this name, as it came.
    package func raw(_ name: String) -> String? { values[name]?.first }

    package func all(_ name: String) -> [String] { values[name] ?? [] }

    /// Without blanks around it; nil where nothing stands.
    package subscript(name: String) -> String? {
        guard let text = values[name]?.first else { return nil }
        var trimmed = text[...]
        while let first = trimmed.first, first.isWhitespace { trimmed.removeFirst() }
        while let last = trimmed.last, last.isWhitespace { trimmed.removeLast() }
        return trimmed.isEmpty ? nil : String(trimmed)
    }
}
