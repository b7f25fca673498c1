import DICOMCore
public import DICOMFile

extension KeyObjectSelection {
    /// Nil for a file that is no Key Object Selection. References are those of the evidence sequences.
    public init?(_ file: DICOMFile) throws(KeyObjectError) {
        guard file.text(.sopClassUID) == Self.sopClass else { return nil }
        let index = file.dataSet
        func text(_ tag: Tag, _ item: DataSetIndex.NodeID?) -> String? {
            index.child(tag, of: item).flatMap { try? file.values(of: $0).first }
        }
        func items(_ tag: Tag, _ item: DataSetIndex.NodeID?) -> [DataSetIndex.NodeID] {
            index.child(tag, of: item).map { index.children(of: $0) } ?? []
        }
        guard let name = items(.conceptNameCodeSequence, nil).first, let code = text(.codeValue, name),
            let system = text(.codingSchemeDesignator, name)
        else { throw KeyObjectError("the Key Object Selection has no title in Concept Name Code Sequence (0040,A043)") }
        title = Title(system: system, code: code, meaning: text(.codeMeaning, name) ?? "")
        guard let uid = text(.sopInstanceUID, nil) else {
            throw KeyObjectError("the Key Object Selection has no SOP Instance UID (0008,0018)")
        }
        sopInstanceUID = uid
        references = []
        for evidence in [Tag.currentRequestedProcedureEvidenceSequence, .pertinentOtherEvidenceSequence] {
            for study in items(evidence, nil) {
                for series in items(.referencedSeriesSequence, study) {
                    for instance in items(.referencedSOPSequence, series) {
                        guard let studyUID = text(.studyInstanceUID, study),
                            let seriesUID = text(.seriesInstanceUID, series),
                            let sopClass = text(.referencedSOPClassUID, instance),
                            let sopInstance = text(.referencedSOPInstanceUID, instance)
                        else { throw KeyObjectError("a reference in \(evidence) lacks one of its four UIDs") }
                        var macs: [InstanceMAC] = []
                        for item in items(.referencedSOPInstanceMACSequence, instance) {
                            macs.append(try Self.mac(item, file))
                        }
                        references.append(
                            Reference(
                                studyInstanceUID: studyUID, seriesInstanceUID: seriesUID, sopClassUID: sopClass,
                                sopInstanceUID: sopInstance, macs: macs))
                    }
                }
            }
        }
        guard !references.isEmpty else {
            throw KeyObjectError("the Key Object Selection names no instance in its evidence (0040,A375), (0040,A385)")
        }
    }

    private static func mac(_ item: DataSetIndex.NodeID, _ file: DICOMFile) throws(KeyObjectError) -> InstanceMAC {
        let index = file.dataSet
        guard let syntax = index.child(.macCalculationTransferSyntaxUID, of: item),
            let algorithm = index.child(.macAlgorithm, of: item),
            let signed = index.child(.dataElementsSigned, of: item),
            let mac = index.child(.mac, of: item), let uid = try? file.values(of: syntax).first,
            let name = try? file.values(of: algorithm).first, let tags = try? file.bytes(of: signed),
            let bytes = try? file.bytes(of: mac), tags.count % 4 == 0
        else { throw KeyObjectError("an item of Referenced SOP Instance MAC Sequence (0400,0403) lacks a part") }
        // Tags are pairs of 16 bits in the byte order of the data set.
        let isBig = index.nodes[signed].encoding.isBigEndian
        func number(_ offset: Int) -> UInt16 {
            let (first, second) = (UInt16(tags[offset]), UInt16(tags[offset + 1]))
            return isBig ? first << 8 | second : second << 8 | first
        }
        return InstanceMAC(
            algorithm: name, transferSyntax: uid,
            tags: stride(from: 0, to: tags.count, by: 4).map { Tag(number($0), number($0 + 2)) }, bytes: bytes)
    }
}

extension Tag {
    static let conceptNameCodeSequence = Tag(0x0040, 0xA043)
    static let currentRequestedProcedureEvidenceSequence = Tag(0x0040, 0xA375)
    static let pertinentOtherEvidenceSequence = Tag(0x0040, 0xA385)
    static let referencedSeriesSequence = Tag(0x0008, 0x1115)
    static let referencedSOPSequence = Tag(0x0008, 0x1199)
    static let referencedSOPClassUID = Tag(0x0008, 0x1150)
    static let referencedSOPInstanceUID = Tag(0x0008, 0x1155)
    static let macCalculationTransferSyntaxUID = Tag(0x0400, 0x0010)
    static let macAlgorithm = Tag(0x0400, 0x0015)
    static let dataElementsSigned = Tag(0x0400, 0x0020)
    static let referencedSOPInstanceMACSequence = Tag(0x0400, 0x0403)
    static let mac = Tag(0x0400, 0x0404)
}
