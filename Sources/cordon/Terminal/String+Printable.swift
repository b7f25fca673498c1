extension String {
    /// A value of a data set as a terminal may have it: nothing in it is obeyed as a command, or turns the line around.
    var printable: String {
        let safe = unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: "·"
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(safe))
    }
}
