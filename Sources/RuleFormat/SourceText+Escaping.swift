extension String {
    /// As the value of an attribute in double quotes.
    var asAttributeValue: String { escaped { $0 == "&" || $0 == "<" || $0 == "\"" } }

    /// As text of an element.
    var asText: String { escaped { $0 == "&" || $0 == "<" || $0 == ">" } }

    /// References for what would be read as something else, and for what nobody would see: controls, line ends, blanks
    /// other than a space.
    private func escaped(_ isMarkup: (Unicode.Scalar) -> Bool) -> String {
        var result = ""
        for scalar in unicodeScalars {
            if isMarkup(scalar) {
                switch scalar {
                case "&": result += "&amp;"
                case "<": result += "&lt;"
                case ">": result += "&gt;"
                default: result += "&quot;"
                }
            } else if scalar != " ", Self.isInvisible(scalar) {
                result += "&#x\(String(scalar.value, radix: 16, uppercase: true));"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// Words with one space between them.
    var collapsed: String { split { $0 == " " || $0 == "\t" || $0.isNewline }.joined(separator: " ") }
}
