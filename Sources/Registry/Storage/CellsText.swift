/// Cells of a row as one text: the same cells are the same text. Backslash and tab are escaped.
enum CellsText {
    static func text(_ cells: [String]) -> String {
        cells.map { cell in
            var text = ""
            for scalar in cell.unicodeScalars {
                switch scalar {
                case "\\": text += "\\\\"
                case "\t": text += "\\t"
                default: text.unicodeScalars.append(scalar)
                }
            }
            return text
        }.joined(separator: "\t")
    }

    static func cells(_ text: String) -> [String] {
        var cells = [""]
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if isEscaped {
                cells[cells.count - 1].unicodeScalars.append(scalar == "t" ? "\t" : scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "\t" {
                cells.append("")
            } else {
                cells[cells.count - 1].unicodeScalars.append(scalar)
            }
        }
        return cells
    }
}
