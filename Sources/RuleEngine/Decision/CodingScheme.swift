import DICOMCore
import DICOMFile

/// Coding schemes and what identifies them in (0008,0110) Coding Scheme Identification Sequence (PS3.3 C.12.1.1.15).
enum CodingScheme {
    /// Schemes that PS3.16 Table 8-1 itself identifies and that every reader of DICOM meets: they need no item.
    static let wellKnown: Set<String> = ["DCM", "SCT"]

    /// The schemes of the HL7 security labels, by designator (HL7 OID registry).
    private static let registered: [String: (uid: String, name: String)] = [
        "ActCode": ("2.16.840.1.113883.5.4", "HL7 v3 ActCode"),
        "ActReason": ("2.16.840.1.113883.5.8", "HL7 v3 ActReason"),
        "Confidentiality": ("2.16.840.1.113883.5.25", "HL7 v3 Confidentiality"),
        "ObservationValue": ("2.16.840.1.113883.5.1063", "HL7 v3 ObservationValue"),
    ]

    /// The item for a scheme: with its UID where HL7 has registered one, else as a scheme of the site's own.
    static func identification(of designator: String) -> [NewElement] {
        let own = NewElement(tag: .codingSchemeDesignator, vr: .SH, text: designator)
        let name = designator.hasPrefix("v3-") ? String(designator.dropFirst(3)) : designator
        guard let scheme = registered[name] else { return [own] }
        return [
            own, NewElement(tag: Tag(0x0008, 0x010C), vr: .UI, text: scheme.uid),
            NewElement(tag: Tag(0x0008, 0x0112), vr: .LO, text: "HL7"),
            NewElement(tag: Tag(0x0008, 0x0115), vr: .ST, text: scheme.name),
        ]
    }
}

extension Tag {
    static let codingSchemeIdentificationSequence = Tag(0x0008, 0x0110)
    static let originalAttributesSequence = Tag(0x0400, 0x0561)
}
