/// Elements and attributes of XML 1.0, on one line.
struct XMLWriter {
    private(set) var text = ""
    private var open: [String] = []
    /// The start tag still takes attributes.
    private var isInTag = false

    mutating func element(_ name: String, _ body: (inout XMLWriter) -> Void) {
        closeTag()
        text += "<\(name)"
        isInTag = true
        open.append(name)
        body(&self)
        open.removeLast()
        if isInTag {
            text += "/>"
            isInTag = false
        } else {
            text += "</\(name)>"
        }
    }

    mutating func attribute(_ name: String, _ value: String?) {
        guard let value else { return }
        text += " \(name)=\"\(Self.escaped(value))\""
    }

    mutating func content(_ value: String) {
        closeTag()
        text += Self.escaped(value)
    }

    private mutating func closeTag() {
        if isInTag { text += ">" }
        isInTag = false
    }

    /// Markup as references; line breaks and tabs too, so that they survive (XML 3.3.3) and a message stays on one line. What
    /// cannot stand in XML 1.0 at all becomes U+FFFD.
    private static func escaped(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&apos;"
            case "\t", "\n", "\r", "\u{85}", "\u{2028}": text += "&#\(scalar.value);"
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": text += "\u{FFFD}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
