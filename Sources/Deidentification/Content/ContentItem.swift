import DICOMCore
import DICOMFile

/// A content item of structured content (PS3.3 C.17.3, 10.2), of acquisition context or of the preparation of a specimen: what
/// the profile says of it, by its concept.
struct ContentItem {
    /// Value Type (0040,A040): TEXT, NUM, …; nil for an item that refers to another, and for annotation of waveforms.
    var valueType: String?
    /// What the profile says of the concept; nil when it names none of the item's.
    var treatment: Treatment?

    init(_ id: DataSetIndex.NodeID, of file: DICOMFile, _ profile: CompiledProfile) {
        let stated = Self.text(.valueType, of: id, file)
        valueType = stated.flatMap { $0.isEmpty ? nil : $0 }
        treatment = Self.concept(of: id, file).flatMap { profile.treatment(ofConcept: $0, valueType: valueType) }
    }

    /// Whether the item's value is a reference to something that a new UID hides.
    private var isReference: Bool {
        switch valueType {
        case "IMAGE", "COMPOSITE", "WAVEFORM", "UIDREF": true
        default: false
        }
    }

    /// Whether the item goes. In its place a text says so: items refer to others by their places (0040,DB73), so that one
    /// that leaves no gap would make others mean something else.
    var isReplaced: Bool { treatment == .remove && !isReference && valueType != nil }

    /// What becomes of the element that has the item's value.
    ///
    /// - Parameter stated: what the profile says of the element itself.
    func treatment(ofValue tag: Tag, stated: Treatment) -> Treatment {
        let isText = tag == .textValue || tag == .unformattedTextValue
        switch treatment {
        case nil, .clean: return isText ? .clean : stated
        case .remove where isReference, .dummy where isReference: return stated == .keep ? .keep : .uid
        // Without a value type there is nothing that another item could be put in place of.
        case .remove, .empty: return .dummy
        case .keep where tag == .referencedSOPSequence: return stated
        case let treatment?: return treatment
        }
    }

    /// Elements that have the value of an item.
    static let values: Set<Tag> = [
        .textValue, .unformattedTextValue, .personNameValue, .dateValue, .timeValue, .dateTimeValue, .uidValue,
        .conceptCodeSequence, .measuredValueSequence, .numericValue, .referencedSOPSequence,
    ]

    /// Sequences whose items are content items.
    static let sequences: Set<Tag> = [
        .contentSequence, .acquisitionContextSequence, .waveformAnnotationSequence,
        Tag(0x0040, 0x0440), Tag(0x0040, 0x0441), Tag(0x0040, 0x0612), Tag(0x0040, 0x0620),
    ]

    /// Code value and scheme of Concept Name Code Sequence (0040,A043).
    private static func concept(of id: DataSetIndex.NodeID, _ file: DICOMFile) -> ContentConcept? {
        guard let sequence = file.dataSet.child(.conceptNameCodeSequence, of: id),
            let item = file.dataSet.children(of: sequence).first,
            let system = text(.codingSchemeDesignator, of: item, file)
        else { return nil }
        let codes = [Tag.codeValue, .longCodeValue, .urnCodeValue].compactMap { text($0, of: item, file) }
        return codes.first { !$0.isEmpty }.map { ContentConcept(system: system, code: $0) }
    }

    private static func text(_ tag: Tag, of item: DataSetIndex.NodeID, _ file: DICOMFile) -> String? {
        file.dataSet.child(tag, of: item).flatMap { try? file.values(of: $0).first }
    }
}

/// The code of a concept name.
struct ContentConcept: Hashable, Sendable {
    var system: String
    var code: String
}

extension Tag {
    static let contentSequence = Tag(0x0040, 0xA730)
    static let acquisitionContextSequence = Tag(0x0040, 0x0555)
    static let waveformAnnotationSequence = Tag(0x0040, 0xB020)
    static let conceptNameCodeSequence = Tag(0x0040, 0xA043)
    static let relationshipType = Tag(0x0040, 0xA010)
    static let valueType = Tag(0x0040, 0xA040)
    static let textValue = Tag(0x0040, 0xA160)
    static let personNameValue = Tag(0x0040, 0xA123)
    static let dateValue = Tag(0x0040, 0xA121)
    static let timeValue = Tag(0x0040, 0xA122)
    static let dateTimeValue = Tag(0x0040, 0xA120)
    static let uidValue = Tag(0x0040, 0xA124)
    static let conceptCodeSequence = Tag(0x0040, 0xA168)
    static let measuredValueSequence = Tag(0x0040, 0xA300)
    static let numericValue = Tag(0x0040, 0xA30A)
    static let referencedSOPSequence = Tag(0x0008, 0x1199)
    static let unformattedTextValue = Tag(0x0070, 0x0006)
}
