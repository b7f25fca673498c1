import DICOMCore
import DICOMEncoding
import DICOMFile

/// Values in the order of the file, read a window at a time: a data set of forty thousand elements is read in a few
/// dozen pieces.
struct ValueWindow {
    private let file: DICOMFile
    private var bytes: [UInt8] = []
    private var start = 0

    static let byteCount = 64 << 10

    init(_ file: DICOMFile) { self.file = file }

    /// Brings the node's value into the window. False when the file does not give it.
    private mutating func load(_ range: Range<Int>) -> Bool {
        if range.lowerBound >= start, range.upperBound <= start + bytes.count { return true }
        let end = max(range.upperBound, min(range.lowerBound + Self.byteCount, file.dataSet.range.upperBound))
        guard let read = try? file.bytes(in: range.lowerBound..<end) else { return false }
        bytes = read
        start = range.lowerBound
        return true
    }

    /// A copy of the value; nil when it cannot be read.
    mutating func value(of node: DataSetIndex.Node) -> [UInt8]? {
        guard load(node.valueStart..<node.valueEnd) else { return nil }
        return Array(bytes[(node.valueStart - start)..<(node.valueEnd - start)])
    }

    /// What speaks against a value that is to stay; nil when nothing does.
    enum Objection: String {
        case notOfItsVR = "is not of its VR"
        case namesPatient = "names the patient"
    }

    /// - Parameters:
    ///   - known: looked for in the VRs that hold words; nil for text that has been cleaned.
    ///   - characterSet: asked for when something may be found.
    mutating func objection(
        to node: DataSetIndex.Node, of vr: VR, _ known: KnownText?, characterSet: () -> SpecificCharacterSet?
    ) -> Objection? {
        guard load(node.valueStart..<node.valueEnd) else { return .notOfItsVR }
        let span = bytes.span.extracting((node.valueStart - start)..<(node.valueEnd - start))
        guard ValueConformance.conforms(span, to: vr) else { return .notOfItsVR }
        guard let known, vr == .IS || vr.holdsWords, known.mayBe(in: span) else { return nil }
        let value = Array(bytes[(node.valueStart - start)..<(node.valueEnd - start)])
        let set = vr.usesSpecificCharacterSet ? characterSet() : .defaultRepertoire
        // Values one by one, and all of them as one text: a name may be parted in two.
        let values = LenientText.values(value, vr: vr, set: set)
        let texts = (values.count > 1 && vr != .IS ? values + [values.joined(separator: " ")] : values).map {
            FoldedText($0)
        }
        let isFound = texts.contains { vr == .IS ? known.isPatientsNumber(in: $0) : known.namesPatient($0) }
        return isFound ? .namesPatient : nil
    }
}

extension VR {
    fileprivate var holdsWords: Bool {
        switch self {
        case .AE, .CS, .LO, .LT, .PN, .SH, .ST, .UC, .UR, .UT: true
        default: false
        }
    }
}
