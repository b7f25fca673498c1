import DICOMCore
import DICOMEncoding
import DICOMFile
import TestSupport
import Testing

/// Where file meta information and data set begin, in files as they should be and as they are.
struct LayoutTests {
    let built = DataSetBuilder().text(.sopClassUID, .UI, "1.2").text(.modality, .CS, "CT").text(.patientID, .LO, "X")

    private func meta(_ syntax: String?) -> DataSetBuilder {
        let start = DataSetBuilder().bytes(.fileMetaInformationVersion, .OB, [0, 1])
        return syntax.map { start.text(.transferSyntaxUID, .UI, $0) } ?? start
    }

    private func isRead(_ bytes: [UInt8], _ syntax: TransferSyntax = .explicitLittleEndian) throws {
        let file = try DICOMFile(bytes: bytes)
        #expect(paths(file.dataSet) == expectedPaths(built))
        #expect(file.transferSyntax == syntax)
        #expect(DICOMFile.probe(prefix: bytes) == .dicom)
        #expect(try EditedDataSet(file, edits: []).bytes() == bytes)
    }

    @Test func `a group length that is absent or wrong does not matter`() throws {
        let whole = built.file(fileMeta: meta("1.2.840.10008.1.2.1"))
        try isRead(Array(whole.prefix(132)) + Array(whole.dropFirst(144)))
        for length in [UInt8](0...255) {
            var wrong = whole
            wrong[140] = length
            try isRead(wrong)
        }
        var far = whole
        far[143] = 0x7F
        try isRead(far)
    }

    @Test func `a deflated data set that begins like group 0002 is not taken for it`() throws {
        // Stored blocks begin with 00 or 01; an empty block of fixed codes before them begins with 02 00.
        let whole = built.file(
            .deflatedExplicitLittleEndian, fileMeta: meta(TransferSyntax.deflatedExplicitLittleEndian.uid))
        let start = try DICOMFile(bytes: whole).fileMeta.range.upperBound
        // BFINAL 0, BTYPE 01, end of block, then BFINAL 0 and BTYPE 00 of an empty stored block, aligned.
        let prefix: [UInt8] = [0x02, 0x00, 0x00, 0x00, 0xFF, 0xFF]
        try isRead(
            Array(whole.prefix(start)) + prefix + Array(whole.dropFirst(start)), .deflatedExplicitLittleEndian)
    }

    @Test func `preamble, prefix or file meta information may be missing`() throws {
        let whole = built.file()
        try isRead(Array(whole.dropFirst(128)))
        try isRead(Array(whole.dropFirst(132)))
        try isRead(Array(whole.prefix(132)) + built.encoded())
        try isRead(Array(whole.prefix(132)) + built.encoded(.explicitBigEndian), .explicitBigEndian)
        for encoding in encodings { try isRead(built.encoded(encoding), TransferSyntax(uncompressed: encoding)) }
    }

    @Test func `a transfer syntax that is not stated shows in the elements`() throws {
        for encoding in encodings {
            let whole = DataSetBuilder().file(fileMeta: meta(nil)) + built.encoded(encoding)
            try isRead(whole, TransferSyntax(uncompressed: encoding))
        }
        let nothing = try DICOMFile(bytes: DataSetBuilder().file(fileMeta: meta(nil)))
        #expect(nothing.dataSet.nodes.isEmpty)
    }

    @Test func `DICM in a value of a bare data set is a value`() throws {
        // Byte 128 lies within the second value.
        let bytes = DataSetBuilder().text(.sopClassUID, .UI, String(repeating: "1", count: 100))
            .text(Tag(0x0008, 0x0008), .CS, "").encoded()
        let text = DataSetBuilder().text(.sopClassUID, .UI, String(repeating: "1", count: 112)).text(
            .modality, .CS, "DICMX")
        #expect(Array(text.encoded()[128..<132]) == Array("DICM".utf8))
        let file = try DICOMFile(bytes: text.encoded())
        #expect(paths(file.dataSet) == expectedPaths(text) && file.preamble == .none)
        #expect(bytes.count > 100)
    }

    @Test func `preambles are told apart`() throws {
        let cases: [([UInt8], DICOMFile.Preamble)] = [
            ([], .zero), ([0x49, 0x49, 0x2A, 0], .tiff), ([0x4D, 0x4D, 0, 0x2A], .tiff),
            ([0x49, 0x49, 0x2B, 0], .tiff),
            (Array("MZ".utf8), .executable), ([0x7F] + Array("ELF".utf8), .executable),
            (Array("#!/bin".utf8), .executable),
            ([0xCF, 0xFA, 0xED, 0xFE], .executable), (Array("x".utf8), .other),
            (Array(repeating: 0, count: 127) + [1], .other),
        ]
        for (start, expected) in cases {
            let preamble = start + [UInt8](repeating: 0, count: 128 - start.count)
            #expect(try DICOMFile(bytes: built.file(preamble: preamble)).preamble == expected)
        }
    }

    @Test func `what is no DICOM is left alone`() {
        let texts = [
            "", "a", "# A list of patients\n0008,0016\n", "\u{FEFF}name;id\n", "%PDF-1.7\n%",
            "<?xml version=\"1.0\"?><a/>",
            "{\"00080016\":{\"vr\":\"UI\"}}", "\u{89}PNG\r\n",
        ]
        let others: [[UInt8]] = [
            [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0x0D, 0x49, 0x48, 0x44, 0x52],
            [0xFF, 0xD8, 0xFF, 0xE0, 0, 0x10, 0x4A, 0x46, 0x49, 0x46], [0x50, 0x4B, 3, 4, 20, 0, 0, 0, 8, 0],
            [0x1F, 0x8B, 8, 0, 0, 0, 0, 0], [UInt8](repeating: 0, count: 400), [8, 0],
            [8, 0, 0x16, 0, 0x55, 0x49, 4, 0],
            [0x49, 0x49, 0x2A, 0, 8, 0, 0, 0],
        ]
        for bytes in texts.map({ Array($0.utf8) }) + others {
            #expect(DICOMFile.probe(prefix: bytes) == .notDICOM, "\(bytes.prefix(16))")
            #expect(code { () throws(ParseError) in try DICOMFile(bytes: bytes) } == .notDICOM, "\(bytes.prefix(16))")
        }
    }

    @Test func `files of the corpus that are read are DICOM to the probe, with their first 4 KB`() throws {
        for path in Fixtures.pydicomFiles + Corpus.entries.map(\.path) {
            guard (try? DICOMFile(path: path)) != nil, let bytes = Fixtures.bytes(path) else { continue }
            #expect(try DICOMFile.probe(path: path) == .dicom, "\(path)")
            #expect(DICOMFile.probe(prefix: Array(bytes.prefix(4096)), size: bytes.count) == .dicom, "\(path)")
        }
    }

    @Test func `VRs that nobody knows are read when only one reading leads on`() throws {
        for (letters, isLong) in [("??", false), ("  ", false), ("ZZ", true), ("\0\0", false), ("Q1", true)] {
            let scalars = Array(letters.unicodeScalars)
            let vr = VR(scalars[0], scalars[1])
            for value in [[UInt8](repeating: 0x41, count: 6), [UInt8](repeating: 0x41, count: 70_000 % 65_000)] {
                let start = DataSetBuilder().text(.sopClassUID, .UI, "1.2").text(.modality, .CS, "CT")
                var header = Array(DataSetBuilder().bytes(Tag(0x0008, 0x0070), isLong ? .UN : .LO, value).encoded())
                header[4] = UInt8(scalars[0].value)
                header[5] = UInt8(scalars[1].value)
                for rest in [DataSetBuilder(), DataSetBuilder().text(.patientID, .LO, "X")] {
                    let file = try DICOMFile(bytes: start.raw(header).adding(contentsOf: rest).file())
                    #expect(file.dataSet.nodes.count == 3 + rest.parts.count)
                    #expect(file.dataSet.nodes[2].vr == vr && file.dataSet.nodes[2].valueLength == value.count)
                    #expect(try file.bytes(of: 2) == value)
                }
            }
        }
        // Neither reading leads to an element.
        let broken = DataSetBuilder().text(.sopClassUID, .UI, "1.2").text(.modality, .CS, "CT")
            .raw([8, 0, 0x70, 0, 0x3F, 0x3F, 3, 0, 1, 2, 3, 4, 5, 6, 7, 8]).text(.patientID, .LO, "X")
        #expect(code { () throws(ParseError) in try DICOMFile(bytes: broken.file()) } == .malformedVR)
    }

    @Test func `errors say where, by path and byte`() throws {
        let item = DataSetBuilder().text(.codeValue, .SH, "1").raw([8, 0, 4, 1, 0x4C, 0x4F, 0xFF, 0x00, 0x41])
        let built = DataSetBuilder().text(.modality, .CS, "CT")
            .sequence(Tag(0x0040, 0xA730), [DataSetBuilder().text(.codeValue, .SH, "1"), item]).text(
                Tag(0x0040, 0xA992), .ST, "x")
        let bytes = built.file()
        do throws(ParseError) {
            _ = try DICOMFile(bytes: bytes)
            Issue.record("a value longer than its item is read")
        } catch {
            #expect(error.code == .lengthOverrunsParent)
            #expect(error.path.description == "(0040,A730)/2/(0008,0104)")
            #expect(bytes[error.offset] == 8 && bytes[error.offset + 2] == 4)
            #expect(error.description.contains("(0040,A730)/2/(0008,0104)") && !error.description.contains("CT"))
        }
    }
}
