import DICOMCore
import DICOMDictionary

/// Values that are valid for their VR and tell nothing: the same for every patient, file and key.
enum DummyValue {
    /// What stands for a text that is gone.
    static let text = "Removed"
    /// A code that says the same. 99CORDON is a private coding scheme (PS3.16 8.2).
    static let codeValue = "REMOVED"
    static let codingScheme = "99CORDON"

    /// Little-endian bytes, as many values as the attribute must have.
    static func bytes(for tag: Tag, vr: VR) -> [UInt8] {
        let count = StandardDictionary.entry(for: tag).map { minimum($0.multiplicity) } ?? 1
        if let text = text(for: vr) {
            return Array(Array(repeating: text, count: vr.isSingleText ? 1 : count).joined(separator: "\\").utf8)
        }
        return [UInt8](repeating: 0, count: max(2, vr.unitSize * (vr == .AT ? 2 : 1)) * count)
    }

    /// Nil for a VR of bytes or numbers.
    static func text(for vr: VR) -> String? {
        switch vr {
        case .AE, .CS: "REMOVED"
        case .AS: "000Y"
        case .DA: "19000101"
        case .DT: "19000101000000"
        case .TM: "000000"
        case .DS, .IS: "0"
        case .LO, .LT, .PN, .SH, .ST, .UC, .UT: text
        // A UUID of no object, made once for this purpose.
        case .UI: "2.25.112468435742837639874876066833541298661"
        case .UR: "about:blank"
        default: nil
        }
    }

    /// The least number of values: 1 of `1-n`, 2 of `2-2n`, 6 of `6`.
    static func minimum(_ multiplicity: String) -> Int {
        Int(multiplicity.prefix { $0.isNumber }) ?? 1
    }
}
