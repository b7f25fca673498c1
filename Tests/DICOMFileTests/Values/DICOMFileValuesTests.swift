import DICOMCore
import DICOMEncoding
import DICOMFile
import TestSupport
import Testing

@Suite struct DICOMFileValuesTests {
    static let sequence = DICOMCore.Tag(0x0040, 0xA730)
    static let encodings: [TransferSyntax] = [
        .implicitLittleEndian, .explicitLittleEndian, .explicitBigEndian, .deflatedExplicitLittleEndian,
    ]

    @Test(arguments: encodings)
    func `values are the same in every transfer syntax`(syntax: TransferSyntax) throws {
        let file = try DICOMFile(
            bytes: DataSetBuilder()
                .text(Tag(0x0008, 0x0008), .CS, "ORIGINAL\\PRIMARY")
                .text(.patientID, .LO, " 17 ")
                .bytes(Tag(0x0010, 0x1030), .DS, Array("70.5".utf8))
                .integers(Tag(0x0028, 0x0009), .AT, 0x0018, 0x1063)
                .integers(Tag(0x0028, 0x0010), .US, 512)
                .integers(Tag(0x0018, 0x6020), .SL, -7)
                .bytes(Tag(0x7FE0, 0x0010), .OW, [1, 2])
                .file(syntax))
        #expect(try values(file, Tag(0x0008, 0x0008)) == ["ORIGINAL", "PRIMARY"])
        #expect(try values(file, .patientID) == ["17"])
        #expect(try values(file, Tag(0x0010, 0x1030)) == ["70.5"])
        #expect(try values(file, Tag(0x0028, 0x0009)) == ["(0018,1063)"])
        #expect(try values(file, Tag(0x0028, 0x0010)) == ["512"])
        #expect(try values(file, Tag(0x0018, 0x6020)) == ["-7"])
        #expect(throws: ValueError.self) { try values(file, Tag(0x7FE0, 0x0010)) }
        #expect(file.text(.patientID) == "17")
        #expect(file.text(.patientName) == nil)
        #expect(file.text(.transferSyntaxUID) == syntax.uid)
    }

    @Test(arguments: DataSetBuilder.Length.allCases)
    func `the nearest item with a character set says how to read`(length: DataSetBuilder.Length) throws {
        func item(_ set: String?, _ byte: UInt8, _ inner: [DataSetBuilder] = []) -> DataSetBuilder {
            var builder = DataSetBuilder()
            if let set { builder = builder.text(.specificCharacterSet, .CS, set) }
            builder = builder.bytes(.patientID, .LO, [byte])
            return inner.isEmpty ? builder : builder.sequence(Self.sequence, length: length, inner)
        }
        let file = try DICOMFile(
            bytes: item(
                "ISO_IR 100", 0xD0,
                [
                    item(nil, 0xD0), item("ISO_IR 144", 0xD0, [item(nil, 0xD0), item("ISO_IR 126", 0xD0)]),
                    item("", 0xD0), item("nonsense", 0x41, [item(nil, 0x41), item("", 0x41)]), item(nil, 0xD0),
                ]
            ).file())
        let read = file.dataSet.nodes.indices.filter { file.dataSet.nodes[$0].tag == .patientID }.map { node in
            do throws(ValueError) { return try file.values(of: node).joined() } catch { return error.code.rawValue }
        }
        #expect(
            read == [
                "Ð", "Ð", "а", "а", "Π", "malformedText", "unknownCharacterSet", "unknownCharacterSet", "A", "Ð",
            ])
    }

    @Test func `a character set that nobody knows leaves values alone that do not use it`() throws {
        let file = try DICOMFile(
            bytes: DataSetBuilder().text(.specificCharacterSet, .CS, "ISO_IR 999")
                .text(Tag(0x0008, 0x0020), .DA, "20260101").text(.patientName, .PN, "Plain").file())
        #expect(try values(file, Tag(0x0008, 0x0020)) == ["20260101"])
        #expect(throws: ValueError.self) { try values(file, .patientName) }
        #expect(throws: ValueError.self) { try file.characterSet(ofItem: nil) }
    }

    @Test(arguments: [TransferSyntax.explicitLittleEndian, .explicitBigEndian])
    func `UN is read by the dictionary, little endian everywhere`(syntax: TransferSyntax) throws {
        let file = try DICOMFile(
            bytes: DataSetBuilder()
                .text(.specificCharacterSet, .CS, "ISO_IR 100")
                .bytes(.patientName, .UN, [0x4A, 0xF6])
                .bytes(Tag(0x0028, 0x0010), .UN, [0x00, 0x02])
                .text(Tag(0x0029, 0x0010), .UN, "NOBODY KNOWS THIS")
                .bytes(Tag(0x0029, 0x1001), .UN, [0x41, 0x42])
                .file(syntax))
        #expect(try values(file, .patientName) == ["Jö"])
        #expect(try values(file, Tag(0x0028, 0x0010)) == ["512"])
        #expect(try values(file, Tag(0x0029, 0x0010)) == ["NOBODY KNOWS THIS"])
        #expect(throws: ValueError.self) { try values(file, Tag(0x0029, 0x1001)) }
    }

    @Test func `a private UN is read by its creator's dictionary`() throws {
        let file = try DICOMFile(
            bytes: DataSetBuilder().privateBlock(
                group: 0x0019, block: 0x11, creator: "GEMS_ACQU_01", [(element: 0x23, vr: .UN, text: "12.5")]
            ).file())
        let node = try #require(file.dataSet.child(Tag(0x0019, 0x1123)))
        #expect(file.valueRepresentation(of: node) == .DS)
        #expect(try file.values(of: node) == ["12.5"])
    }

    @Test func `what is written in a place's character set is read there again`() throws {
        let file = try DICOMFile(
            bytes: DataSetBuilder().text(.specificCharacterSet, .CS, "\\ISO 2022 IR 87")
                .sequence(Self.sequence, [DataSetBuilder().text(.patientID, .LO, "x")]).file())
        let item = try #require(file.dataSet.nodes.firstIndex { $0.kind == .item })
        let set = try file.characterSet(ofItem: item)
        #expect(try set.decode(set.encode(["山田^太郎"], vr: .PN), vr: .PN) == ["山田^太郎"])
        #expect(throws: ValueError.self) { try set.encode(["홍"], vr: .PN) }
    }

    private func values(_ file: DICOMFile, _ tag: DICOMCore.Tag) throws -> [String] {
        try file.values(of: #require(file.dataSet.child(tag)))
    }
}
