import DICOMCore
import DICOMFile
import TestSupport
import Testing

@Suite struct JSONModelTests {
    @Test(arguments: [
        (VR.LO, "a\\\\b", #""Value":["a",null,"b"]"#), (.LO, "", ""), (.LT, "a\\b", #""Value":["a\\b"]"#),
        (.DS, "+01.50\\-.5\\x", #""Value":[1.50,-0.5,"x"]"#), (.IS, "007\\\\-3", #""Value":[7,null,-3]"#),
        (.PN, "A^B=C=\\=D\\", #""Value":[{"Alphabetic":"A^B","Ideographic":"C"},{"Ideographic":"D"},null]"#),
        (.PN, "^^^^", #""Value":[{"Alphabetic":"^^^^"}]"#), (.UI, "1.2", #""Value":["1.2"]"#),
        (.TM, "0730", #""Value":["0730"]"#), (.AS, "018M", #""Value":["018M"]"#),
    ])
    func `text and numbers in text`(vr: VR, text: String, expected: String) throws {
        let tag = Tag(0x0011, 0x1001)
        let value = try json(DataSetBuilder().text(Tag(0x0011, 0x0010), .LO, "X").text(tag, vr, text))
        let head = #"{"00110010":{"vr":"LO","Value":["X"]},"00111001":{"vr":"\#(vr)""#
        #expect(value == head + (expected.isEmpty ? "" : "," + expected) + "}}")
    }

    @Test(
        arguments: [
            (VR.US, [1, 0, 255, 255], #""Value":[1,65535]"#), (.SS, [255, 255], #""Value":[-1]"#),
            (.AT, [0x10, 0, 0x20, 0], #""Value":["00100020"]"#), (.FL, [0xCD, 0xCC, 0xCC, 0x3D], #""Value":[0.1]"#),
            (.FL, [0, 0, 0xC0, 0x7F, 0, 0, 0x80, 0x7F, 0, 0, 0x80, 0xFF], #""Value":["NaN","Infinity","-Infinity"]"#),
            (.FD, [0, 0, 0, 0, 0, 0, 0xF0, 0x3F], #""Value":[1]"#),
            (.UV, [1, 0, 0, 0, 0, 0, 0, 0], #""Value":[1]"#),
            (.UV, [1, 0, 0, 0, 0, 0, 0x20, 0], #""Value":["9007199254740993"]"#),
            (.SV, [255, 255, 255, 255, 255, 255, 255, 255], #""Value":[-1]"#),
            (.OB, [0, 1], #""InlineBinary":"AAE=""#), (.OW, [1, 2], #""InlineBinary":"AQI=""#), (.OB, [], ""),
        ] as [(VR, [UInt8], String)])
    func `binary numbers and bytes, the same from both byte orders`(vr: VR, bytes: [UInt8], expected: String) throws {
        for syntax in [TransferSyntax.explicitLittleEndian, .explicitBigEndian] {
            let value = try json(DataSetBuilder().bytes(Tag(0x0011, 0x1001), vr, bytes), syntax)
            #expect(value == #"{"00111001":{"vr":"\#(vr)""# + (expected.isEmpty ? "" : "," + expected) + "}}")
        }
    }

    @Test func `sequences, empty ones, empty items`() throws {
        let inner = DataSetBuilder().text(.patientID, .LO, "1")
        let value = try json(
            DataSetBuilder().sequence(Tag(0x0040, 0xA730), [inner, DataSetBuilder()]).sequence(Tag(0x0040, 0xB020), []))
        #expect(
            value
                == #"{"0040A730":{"vr":"SQ","Value":[{"00100020":{"vr":"LO","Value":["1"]}},{}]},"0040B020":{"vr":"SQ"}}"#
        )
    }

    @Test func `group lengths are left out, file meta is there only when asked for`() throws {
        let builder = DataSetBuilder().integers(Tag(0x0008, 0x0000), .UL, 10).text(.patientID, .LO, "1")
        #expect(try json(builder) == #"{"00100020":{"vr":"LO","Value":["1"]}}"#)
        var options = JSONModel.Options()
        options.includesFileMeta = true
        #expect(try json(builder, options: options).hasPrefix(#"{"00020001":{"vr":"OB","InlineBinary":"AAE="},"#))
    }

    @Test func `long bytes and fragments are named by where they are`() throws {
        var options = JSONModel.Options()
        options.inlineBinaryLimit = 4
        options.bulkDataBase = "file:a.dcm"
        let pixels = [UInt8](repeating: 7, count: 6)
        let builder = DataSetBuilder().bytes(.pixelData, .OW, pixels)
        let bytes = builder.file()
        let start = bytes.count - 6
        #expect(
            try json(builder, options: options)
                == #"{"7FE00010":{"vr":"OW","BulkDataURI":"file:a.dcm?offset=\#(start)&length=6"}}"#)
        let encapsulated = try json(
            DataSetBuilder().fragments(.pixelData, .OB, [[], [1, 2]]), TransferSyntax(uid: "1.2.840.10008.1.2.4.50"))
        #expect(encapsulated.hasPrefix(#"{"7FE00010":{"vr":"OB","BulkDataURI":"?offset="#))
        #expect(encapsulated.hasSuffix(#"&length=18"}}"#))
    }

    @Test func `a text that cannot be decoded is given as bytes, never as another text`() throws {
        let value = try json(DataSetBuilder().bytes(.patientID, .LO, [0x41, 0xFC]))
        #expect(value == #"{"00100020":{"vr":"UN","InlineBinary":"Qfw="}}"#)
    }

    @Test func `of two elements with one tag the first is given, in the order of tags`() throws {
        let value = try json(
            DataSetBuilder().text(.patientID, .LO, "1").text(.patientID, .LO, "2").text(.patientName, .PN, "N"))
        #expect(value == #"{"00100010":{"vr":"PN","Value":[{"Alphabetic":"N"}]},"00100020":{"vr":"LO","Value":["1"]}}"#)
    }

    @Test func `the same file gives the same bytes`() throws {
        for path in Fixtures.pydicomFiles.prefix(20) {
            guard let a = try? DICOMFile(path: path), let b = try? DICOMFile(path: path) else { continue }
            var one = JSONWriter(), two = JSONWriter()
            JSONModel(a).write(to: &one)
            JSONModel(b).write(to: &two)
            #expect(one.bytes == two.bytes)
        }
    }

    private func json(
        _ builder: DataSetBuilder, _ syntax: TransferSyntax = .explicitLittleEndian,
        options: JSONModel.Options = JSONModel.Options()
    ) throws -> String {
        var json = JSONWriter()
        JSONModel(try DICOMFile(bytes: builder.file(syntax)), options: options).write(to: &json)
        return json.text
    }
}
