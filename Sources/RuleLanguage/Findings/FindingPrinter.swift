extension Finding {
    /// The finding for people, in lines without an end: place, message, the line with a caret under the spot, hint.
    ///
    ///     rules.xml:12:24: error: `PatientBirthdate` is no keyword of PS3.6 [unknown-attribute]
    ///        12 |   <present attribute="PatientBirthdate"/>
    ///           |                       ^~~~~~~~~~~~~~~~
    ///           = did you mean `PatientBirthDate`?
    public var rendered: String {
        var lines = ["\(location): \(severity.rawValue): \(message.escapingControls) [\(code)]"]
        let number = String(location.line)
        let margin = String(repeating: " ", count: max(5, number.count + 2))
        if let excerpt {
            let window = Excerpt(excerpt, column: location.column, length: length)
            lines.append("\(margin.dropFirst(number.count))\(number) | \(window.text)")
            lines.append("\(margin) | \(window.underline)")
        }
        if let hint { lines.append("\(excerpt == nil ? "  " : margin) = \(hint.escapingControls)") }
        return lines.joined(separator: "\n")
    }
}

/// A line of a rule file, cut to what fits on a screen, with the underline of the spot that is meant.
struct Excerpt {
    private(set) var text = ""
    private(set) var underline = ""

    /// Characters before and after the spot that are shown of a long line.
    static let before = 60
    static let after = 50

    /// - Parameters:
    ///   - column: from 1, in characters.
    ///   - length: in characters.
    init(_ line: String, column: Int, length: Int) {
        let characters = Array(line)
        let spot = min(max(column - 1, 0), characters.count)
        let end = min(spot + max(length, 1), characters.count)
        let isShort = characters.count <= Self.before + Self.after
        let first = isShort ? 0 : max(0, spot - Self.before)
        let last =
            isShort ? characters.count : min(characters.count, max(spot, min(end, spot + Self.after)) + Self.after)
        if first > 0 { put("…", under: " ") }
        for index in first..<last {
            let mark = index == spot ? "^" : index > spot && index < end ? "~" : " "
            put(String(characters[index]), under: mark)
        }
        if spot >= last { underline += "^" }
        if last < characters.count { text += "…" }
        while underline.last == " " || underline.last == "\t" { underline.removeLast() }
    }

    private mutating func put(_ character: String, under mark: String) {
        // A tab under a tab keeps the columns of any tab width.
        if character == "\t" {
            text += "\t"
            underline += mark == " " ? "\t" : mark
            return
        }
        let shown = character.escapingControls
        text += shown
        let width = shown.unicodeScalars.reduce(0) { $0 + Self.width(of: $1) }
        guard width > 0 else { return }
        underline += mark + String(repeating: mark == "^" ? "~" : mark, count: width - 1)
    }

    /// Columns on a terminal: none for marks, two for East Asian letters.
    private static func width(of scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}

extension String {
    /// Characters that would change what a terminal shows, control characters and those that turn or hide text, as
    /// `\u{202E}`.
    var escapingControls: String {
        var text = ""
        for scalar in unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
                text += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
