import DICOMCore
import DICOMFile
import RuleLanguage
import TestSupport
import Testing

@testable import RuleEngine

@Suite("Labels carried in the data set")
struct CarrierTests {
    static let rules = """
        <vocabulary system="ActCode">
          <label id="sensitive" tier="1" system="DCM" code="131395" meaning="Sensitive Content"/>
          <label id="vip" tier="2" is-a="sensitive" code="VIP" meaning="celebrity information sensitivity"/>
          <label id="long" tier="2" is-a="sensitive" system="99LOCAL" code="A-CODE-OF-MORE-THAN-16" meaning="für später"/>
          <label id="mute" tier="2" is-a="sensitive"/>
        </vocabulary>
        """
    static let time = "20260101120000"

    static func edited(_ dataSet: DataSetBuilder, _ syntax: TransferSyntax = .explicitLittleEndian, _ labels: String...)
        throws -> (file: DICOMFile, edits: [Edit])
    {
        let ruleSet = try Scene.ruleSet(rules)
        let file = try DICOMFile(bytes: dataSet.file(syntax))
        let decision = Decision(
            audience: "a", disposition: .flag, profile: nil, carriesLabels: true, obligations: [],
            labels: labels.map { AssignedLabel(label: $0, isCertain: true, reasons: []) }, confidentiality: nil,
            clauses: [])
        let edits = Carrier.edits(for: decision, in: file, ruleSet: ruleSet, time: time)
        return (try DICOMFile(bytes: EditedDataSet(file, edits: edits).bytes()), edits)
    }

    /// All values below a sequence, by path.
    static func values(_ tag: DICOMCore.Tag, in file: DICOMFile) -> [String: String] {
        guard let sequence = file.dataSet.child(tag) else { return [:] }
        var result: [String: String] = [:]
        for node in sequence..<Int(file.dataSet.nodes[sequence].subtreeEnd)
        where file.dataSet.nodes[node].kind == .element {
            let text = (try? file.values(of: node))?.joined(separator: "\\") ?? "?"
            result[file.dataSet.path(of: node).description] = text
        }
        return result
    }

    static let plain = DataSetBuilder().text(.modality, .CS, "CT").text(.patientID, .LO, "P")

    @Test(arguments: [TransferSyntax.explicitLittleEndian, .implicitLittleEndian, .explicitBigEndian])
    func `codes are added, and their schemes identified`(_ syntax: TransferSyntax) throws {
        let (file, edits) = try Self.edited(Self.plain, syntax, "sensitive", "vip", "long", "mute")
        #expect(edits.count == 2)
        #expect(
            Self.values(.sensitiveContentCodeSequence, in: file) == [
                "(0008,001D)/1/(0008,0102)": "99LOCAL", "(0008,001D)/1/(0008,0119)": "A-CODE-OF-MORE-THAN-16",
                "(0008,001D)/1/(0008,0104)": "fur spater",
                "(0008,001D)/2/(0008,0100)": "VIP", "(0008,001D)/2/(0008,0102)": "ActCode",
                "(0008,001D)/2/(0008,0104)": "celebrity information sensitivity",
                "(0008,001D)/3/(0008,0100)": "131395", "(0008,001D)/3/(0008,0102)": "DCM",
                "(0008,001D)/3/(0008,0104)": "Sensitive Content",
            ])
        #expect(
            Self.values(DICOMCore.Tag(0x0008, 0x0110), in: file) == [
                "(0008,0110)/1/(0008,0102)": "99LOCAL", "(0008,0110)/2/(0008,0102)": "ActCode",
                "(0008,0110)/2/(0008,010C)": "2.16.840.1.113883.5.4", "(0008,0110)/2/(0008,0112)": "HL7",
                "(0008,0110)/2/(0008,0115)": "HL7 v3 ActCode",
            ])
        #expect(file.dataSet.child(DICOMCore.Tag(0x0400, 0x0561)) == nil)
        #expect(file.text(.patientID) == "P" && file.text(.modality) == "CT")
    }

    @Test func `carrying twice changes nothing the second time`() throws {
        let (file, _) = try Self.edited(Self.plain, .explicitLittleEndian, "sensitive", "vip")
        let decision = Decision(
            audience: "a", disposition: .flag, profile: nil, carriesLabels: true, obligations: [],
            labels: ["sensitive", "vip"].map { AssignedLabel(label: $0, isCertain: true, reasons: []) },
            confidentiality: nil, clauses: [])
        #expect(Carrier.edits(for: decision, in: file, ruleSet: try Scene.ruleSet(Self.rules), time: Self.time) == [])
        #expect(try Self.edited(Self.plain, .explicitLittleEndian, "mute").edits == [])
    }

    @Test(arguments: [TransferSyntax.explicitLittleEndian, .implicitLittleEndian, .explicitBigEndian])
    func `what was there stays, and goes to the original attributes as it was`(_ syntax: TransferSyntax) throws {
        let old = DataSetBuilder.code("131392", "DCM").sequence(
            DICOMCore.Tag(0x0008, 0x0121),
            [DataSetBuilder().text(.codeValue, .SH, "X").integers(DICOMCore.Tag(0x0028, 0x0010), .US, 258)])
        let history = DataSetBuilder().text(DICOMCore.Tag(0x0400, 0x0563), .LO, "Other")
        let dataSet = DataSetBuilder().sequence(.sensitiveContentCodeSequence, length: .undefined, [old])
            .text(.modality, .CS, "CT").sequence(DICOMCore.Tag(0x0400, 0x0561), [history])
        let (file, _) = try Self.edited(dataSet, syntax, "sensitive")
        let codes = Self.values(.sensitiveContentCodeSequence, in: file)
        #expect(codes["(0008,001D)/1/(0008,0100)"] == "131392")
        #expect(codes["(0008,001D)/1/(0008,0121)/1/(0028,0010)"] == "258")
        #expect(codes["(0008,001D)/2/(0008,0100)"] == "131395")
        let originals = Self.values(DICOMCore.Tag(0x0400, 0x0561), in: file)
        #expect(originals["(0400,0561)/1/(0400,0563)"] == "Other")
        let item = "(0400,0561)/2/"
        #expect(originals[item + "(0400,0562)"] == Self.time)
        #expect(originals[item + "(0400,0563)"] == "Cordon")
        #expect(originals[item + "(0400,0564)"] == "")
        #expect(originals[item + "(0400,0565)"] == "COERCE")
        let before = codes.filter { $0.key.hasPrefix("(0008,001D)/1/") }
        let kept = originals.filter { $0.key.hasPrefix(item + "(0400,0550)/1/(0008,001D)/") }
        #expect(
            Dictionary(uniqueKeysWithValues: before.map { (item + "(0400,0550)/1/" + $0.key, $0.value) }) == kept)
        #expect(kept.count == 5)
    }

    @Test func `a sequence that cannot be taken apart is kept as bytes in the original attributes`() throws {
        let bytes: [UInt8] = [1, 2, 3, 4]
        let dataSet = DataSetBuilder().bytes(.sensitiveContentCodeSequence, .OB, bytes)
            .bytes(DICOMCore.Tag(0x0400, 0x0561), .OB, [9, 9])
        let (file, _) = try Self.edited(dataSet, .explicitLittleEndian, "sensitive")
        #expect(Self.values(.sensitiveContentCodeSequence, in: file)["(0008,001D)/1/(0008,0100)"] == "131395")
        let pattern = { (tag: DICOMCore.Tag) in
            PathPattern(
                steps: [
                    .sequence(.standard(DICOMCore.Tag(0x0400, 0x0561)), item: 1),
                    .sequence(.standard(DICOMCore.Tag(0x0400, 0x0550)), item: 1),
                ], element: .standard(tag))
        }
        let kept = try #require(file.nodes(matching: pattern(.sensitiveContentCodeSequence)).first)
        #expect(try file.bytes(of: kept) == bytes)
        let history = try #require(file.nodes(matching: pattern(DICOMCore.Tag(0x0400, 0x0561))).first)
        #expect(try file.bytes(of: history) == [9, 9])
    }

    @Test func `an empty sequence has no original, and two sequences become one`() throws {
        let empty = DataSetBuilder().sequence(.sensitiveContentCodeSequence, [])
        #expect(
            try Self.edited(empty, .explicitLittleEndian, "vip").file.dataSet.child(DICOMCore.Tag(0x0400, 0x0561))
                == nil)
        let twice = DataSetBuilder().sequence(.sensitiveContentCodeSequence, [.code("A", "DCM")])
            .sequence(.sensitiveContentCodeSequence, [.code("B", "DCM")])
        let (file, _) = try Self.edited(twice, .explicitLittleEndian, "sensitive")
        let codes = Self.values(.sensitiveContentCodeSequence, in: file)
        #expect((1...3).map { codes["(0008,001D)/\($0)/(0008,0100)"] } == ["A", "B", "131395"])
        #expect(file.nodes(matching: PathPattern(.sensitiveContentCodeSequence)).count == 1)
    }

    @Test func `a meaning is written in the character set of the data set where it can be`() throws {
        let utf8 = DataSetBuilder().text(.specificCharacterSet, .CS, "ISO_IR 192").text(.modality, .CS, "CT")
        let (file, _) = try Self.edited(utf8, .explicitLittleEndian, "long")
        #expect(Self.values(.sensitiveContentCodeSequence, in: file)["(0008,001D)/1/(0008,0104)"] == "für später")
    }
}
