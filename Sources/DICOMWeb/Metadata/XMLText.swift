/// Writes XML 1.0 in UTF-8. Characters that XML cannot have do not occur in decoded values, but for control characters,
/// which become spaces.
struct XMLText {
    private(set) var bytes = Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".utf8)

    mutating func open(_ name: String, _ attributes: KeyValuePairs<String, String?> = [:]) {
        start(name, attributes)
        bytes += ">".utf8
    }

    mutating func close(_ name: String) { bytes += "</\(name)>".utf8 }

    /// - Parameter text: nil for an element that is empty.
    mutating func element(_ name: String, _ text: String?, _ attributes: KeyValuePairs<String, String?> = [:]) {
        start(name, attributes)
        guard let text else {
            bytes += "/>".utf8
            return
        }
        bytes += ">".utf8
        append(escaped: text)
        close(name)
    }

    private mutating func start(_ name: String, _ attributes: KeyValuePairs<String, String?>) {
        bytes += "<\(name)".utf8
        for case (let key, let value?) in attributes {
            bytes += " \(key)=\"".utf8
            append(escaped: value)
            bytes += "\"".utf8
        }
    }

    private mutating func append(escaped text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": bytes += "&amp;".utf8
            case "<": bytes += "&lt;".utf8
            case ">": bytes += "&gt;".utf8
            case "\"": bytes += "&quot;".utf8
            // A reader makes a line feed of it otherwise (XML 1.0 2.11), and a space of these in an attribute.
            case "\r": bytes += "&#13;".utf8
            case "\n": bytes += "&#10;".utf8
            case "\t": bytes += "&#9;".utf8
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: bytes += " ".utf8
            default: bytes += String(scalar).utf8
            }
        }
    }
}
