import DICOMCore
public import DICOMFile
import DICOMEncoding

extension KeyObjectSelection {
    /// What a document says besides its title and references.
    public struct Circumstances: Sendable {
        public var seriesInstanceUID: String
        /// DA and TM, when it is made.
        public var date: String
        public var time: String
        /// For people; ASCII. Nil for none.
        public var description: String?

        public init(seriesInstanceUID: String, date: String, time: String, description: String?) {
            self.seriesInstanceUID = seriesInstanceUID
            self.date = date
            self.time = time
            self.description = description
        }
    }

    /// The document as a file, explicit VR little endian.
    ///
    /// - Parameter instance: of the study that all references are of: patient and study are said as it says them.
    public func file(for instance: DICOMFile, _ circumstances: Circumstances) throws(KeyObjectError) -> [UInt8] {
        guard let study = references.first?.studyInstanceUID,
            references.allSatisfy({ $0.studyInstanceUID == study }), instance.text(.studyInstanceUID) == study
        else { throw KeyObjectError("a Key Object Selection is about instances of one study, and lies in it") }
        var elements = try Self.copied(from: instance)
        func add(_ tag: Tag, _ vr: VR, _ text: String) { elements.append(NewElement(tag: tag, vr: vr, text: text)) }
        func add(_ tag: Tag, _ items: [[NewElement]]) {
            elements.append(NewElement(tag: tag, vr: .SQ, value: .items(items)))
        }
        add(.sopClassUID, .UI, Self.sopClass)
        add(.sopInstanceUID, .UI, sopInstanceUID)
        add(Tag(0x0008, 0x0023), .DA, circumstances.date)
        add(Tag(0x0008, 0x0033), .TM, circumstances.time)
        add(.modality, .CS, "KO")
        add(Tag(0x0008, 0x0070), .LO, "Cordon")
        add(Tag(0x0008, 0x1111), [])
        add(.seriesInstanceUID, .UI, circumstances.seriesInstanceUID)
        add(Tag(0x0020, 0x0011), .IS, "1")
        add(Tag(0x0020, 0x0013), .IS, "1")
        add(Tag(0x0040, 0xA040), .CS, "CONTAINER")
        add(.conceptNameCodeSequence, [Self.code(title)])
        add(Tag(0x0040, 0xA050), .CS, "SEPARATE")
        add(.currentRequestedProcedureEvidenceSequence, [evidence(of: study)])
        add(
            Tag(0x0040, 0xA504),
            [
                [
                    NewElement(tag: Tag(0x0008, 0x0105), vr: .CS, text: "DCMR"),
                    NewElement(tag: Tag(0x0040, 0xDB00), vr: .CS, text: "2010"),
                ]
            ])
        add(Tag(0x0040, 0xA730), content(circumstances))
        return try Self.file(elements, sopInstanceUID)
    }

    /// Patient and study (PS3.3 C.7.1.1, C.7.2.1) with the character set they are in; what is not there and has to be is
    /// there without a value.
    private static func copied(from instance: DICOMFile) throws(KeyObjectError) -> [NewElement] {
        let required: [(Tag, VR)] = [
            (Tag(0x0008, 0x0020), .DA), (Tag(0x0008, 0x0030), .TM), (Tag(0x0008, 0x0050), .SH),
            (Tag(0x0008, 0x0090), .PN), (.patientName, .PN), (.patientID, .LO), (Tag(0x0010, 0x0030), .DA),
            (Tag(0x0010, 0x0040), .CS), (.studyInstanceUID, .UI), (Tag(0x0020, 0x0010), .SH),
        ]
        let others: [(Tag, VR)] = [
            (.specificCharacterSet, .CS), (.issuerOfPatientID, .LO), (Tag(0x0008, 0x1030), .LO),
        ]
        var elements: [NewElement] = []
        for (place, entry) in (required + others).enumerated() {
            var bytes: [UInt8] = []
            if let node = instance.dataSet.child(entry.0) {
                do throws(ValueError) {
                    bytes = try instance.bytes(of: node)
                } catch {
                    throw KeyObjectError("\(entry.0) of the instance cannot be read: \(error.reason)")
                }
            } else if place >= required.count {
                continue
            }
            elements.append(NewElement(tag: entry.0, vr: entry.1, value: .bytes(bytes)))
        }
        return elements
    }

    private func evidence(of study: String) -> [NewElement] {
        var series: [String: [Reference]] = [:]
        for reference in references { series[reference.seriesInstanceUID, default: []].append(reference) }
        let items = series.sorted { $0.key < $1.key }.map { uid, references in
            [
                NewElement(
                    tag: .referencedSOPSequence, vr: .SQ,
                    value: .items(references.sorted { $0.sopInstanceUID < $1.sopInstanceUID }.map(Self.item))),
                NewElement(tag: .seriesInstanceUID, vr: .UI, text: uid),
            ]
        }
        return [
            NewElement(tag: .referencedSeriesSequence, vr: .SQ, value: .items(items)),
            NewElement(tag: .studyInstanceUID, vr: .UI, text: study),
        ]
    }

    private static func item(_ reference: Reference) -> [NewElement] {
        var elements = named(reference)
        guard !reference.macs.isEmpty else { return elements }
        let macs = reference.macs.map { mac in
            [
                NewElement(tag: .macCalculationTransferSyntaxUID, vr: .UI, text: mac.transferSyntax),
                NewElement(tag: .macAlgorithm, vr: .CS, text: mac.algorithm),
                NewElement(
                    tag: .dataElementsSigned, vr: .AT,
                    value: .bytes(
                        mac.tags.flatMap { tag in
                            [tag.group, tag.element].flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
                        })),
                NewElement(tag: .mac, vr: .OB, value: .bytes(mac.bytes)),
            ]
        }
        elements.append(NewElement(tag: .referencedSOPInstanceMACSequence, vr: .SQ, value: .items(macs)))
        return elements
    }

    private static func named(_ reference: Reference) -> [NewElement] {
        [
            NewElement(tag: .referencedSOPClassUID, vr: .UI, text: reference.sopClassUID),
            NewElement(tag: .referencedSOPInstanceUID, vr: .UI, text: reference.sopInstanceUID),
        ]
    }

    /// TID 2010 (PS3.16): a description, and the objects, which may be of any kind.
    private func content(_ circumstances: Circumstances) -> [[NewElement]] {
        var items: [[NewElement]] = []
        if let text = circumstances.description {
            items.append([
                NewElement(tag: Tag(0x0040, 0xA010), vr: .CS, text: "CONTAINS"),
                NewElement(tag: Tag(0x0040, 0xA040), vr: .CS, text: "TEXT"),
                NewElement(
                    tag: .conceptNameCodeSequence, vr: .SQ,
                    value: .items([
                        Self.code(Title(system: "DCM", code: "113012", meaning: "Key Object Description"))
                    ])),
                NewElement(tag: Tag(0x0040, 0xA160), vr: .UT, text: text),
            ])
        }
        for reference in references.sorted(by: { $0.sopInstanceUID < $1.sopInstanceUID }) {
            items.append([
                NewElement(
                    tag: .referencedSOPSequence, vr: .SQ, value: .items([Self.named(reference)])),
                NewElement(tag: Tag(0x0040, 0xA010), vr: .CS, text: "CONTAINS"),
                NewElement(tag: Tag(0x0040, 0xA040), vr: .CS, text: "COMPOSITE"),
            ])
        }
        return items
    }

    private static func code(_ title: Title) -> [NewElement] {
        [
            NewElement(tag: .codeValue, vr: .SH, text: title.code),
            NewElement(tag: .codingSchemeDesignator, vr: .SH, text: title.system),
            NewElement(tag: .codeMeaning, vr: .LO, text: title.meaning),
        ]
    }

    private static func file(_ elements: [NewElement], _ uid: String) throws(KeyObjectError) -> [UInt8] {
        do {
            let bare = try DICOMFile(
                bytes: try NewElement.dataSet(
                    elements.sorted { $0.tag < $1.tag }, as: .explicitLittleEndian))
            return try EditedDataSet(
                bare, edits: [],
                fileMeta: [
                    NewElement(tag: .mediaStorageSOPClassUID, vr: .UI, text: sopClass),
                    NewElement(tag: .mediaStorageSOPInstanceUID, vr: .UI, text: uid),
                    NewElement(tag: .transferSyntaxUID, vr: .UI, text: TransferSyntax.explicitLittleEndian.uid),
                    NewElement(
                        tag: .implementationClassUID, vr: .UI, text: "2.25.251568813809363991876762742177364878964"),
                    NewElement(tag: .implementationVersionName, vr: .SH, text: "CORDON_1"),
                ]
            ).bytes()
        } catch {
            throw KeyObjectError("the document cannot be written: it is too long for a data set")
        }
    }
}
