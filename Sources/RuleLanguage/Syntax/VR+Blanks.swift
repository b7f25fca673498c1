package import DICOMCore

extension VR {
    /// Whether blanks before a value stay when it is read (PS3.5 6.2). Comparisons pass over them; patterns do not.
    package var keepsBlanksBefore: Bool {
        switch self {
        case .AE, .CS, .DS, .IS, .LO, .PN, .SH, .UI: false
        default: isText
        }
    }
}
