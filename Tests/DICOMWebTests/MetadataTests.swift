@testable import DICOMWeb
import DICOMCore
import DICOMEncoding
import DICOMFile
import NIOCore
import TestSupport
import Testing

@Suite struct `Metadata in JSON and XML` {
    private func json(_ file: DICOMFile, limit: Int = 1 << 30) -> [UInt8] {
        var options = JSONModel.Options()
        options.inlineBinaryLimit = limit
        var writer = JSONWriter()
        JSONModel(file, options: options).write(to: &writer)
        return writer.bytes
    }

    private func xml(_ file: DICOMFile, limit: Int = 1 << 30) -> [UInt8] {
        var options = JSONModel.Options()
        options.inlineBinaryLimit = limit
        return NativeModel(file, options: options).bytes
    }

    @Test func `a data set goes to JSON and XML and back`() throws {
        let original = DataSetBuilder()
            .text(.specificCharacterSet, .CS, "ISO_IR 192")
            .text(.sopInstanceUID, .UI, "1.2.3")
            .text(.patientName, .PN, "Yamada^Tarou=山田^太郎=やまだ^たろう\\Æ^<&>\"'")
            .text(Tag(0x0010, 0x4000), .LT, "two\r\nlines\\with a backslash")
            .text(Tag(0x0018, 0x0050), .DS, "1.50\\-2e3\\")
            .text(Tag(0x0020, 0x0013), .IS, "7")
            .bytes(Tag(0x0018, 0x9073), .FD, [0, 0, 0, 0, 0, 0, 0xF0, 0x7F] + [0, 0, 0, 0, 0, 0, 0xF8, 0x3F])
            .integers(Tag(0x0028, 0x0009), .AT, 0x0018, 0x1065)
            .integers(Tag(0x0028, 0x0010), .US, 4)
            .privateBlock(group: 0x0029, block: 0x10, creator: "ACME", [(0x01, .LO, "private"), (0x02, .SH, "x")])
            .sequence(
                Tag(0x0040, 0x0275), [DataSetBuilder().text(Tag(0x0040, 0x0009), .SH, "Ü"), DataSetBuilder()]
            )
            .bytes(.pixelData, .OB, [1, 2, 3, 4])
        // Tags ascend in a data set.
        let file = try DICOMFile(bytes: DataSetBuilder(original.parts.sorted { $0.firstTag < $1.firstTag }).file())
        for again in [try WebDataSet(json: json(file)).file(), try WebDataSet(xml: xml(file)).file()] {
            #expect(String(decoding: json(again), as: UTF8.self) == String(decoding: json(file), as: UTF8.self))
        }
    }

    @Test func `random data sets survive both ways`() throws {
        var generator = SeededGenerator(seed: 11)
        var count = 0
        for _ in 0..<150 {
            let builder = DataSetBuilder.random(&generator)
            guard let file = try? DICOMFile(bytes: builder.file()) else { continue }
            // One element twice is given once; text that cannot be read becomes UN, and then is not what it was.
            let first = json(file)
            let fromJSON = try json(WebDataSet(json: first).file())
            let same = try json(WebDataSet(json: fromJSON).file())
            #expect(same == fromJSON)
            let fromXML = try json(WebDataSet(xml: xml(file)).file())
            if fromXML != fromJSON {
                Issue.record(
                    "\(String(decoding: fromXML, as: UTF8.self))\n\(String(decoding: fromJSON, as: UTF8.self))")
                break
            }
            count += 1
        }
        #expect(count > 100)
    }

    @Test func `real files survive JSON, and XML says the same`() throws {
        var count = 0
        for path in Fixtures.pydicomFiles.prefix(400) {
            guard let file = try? DICOMFile(path: path), file.size < 400_000,
                !file.dataSet.nodes.contains(where: { $0.kind == .fragments })
            else { continue }
            guard let fromJSON = try? WebDataSet(json: json(file)).file() else { continue }
            let text = json(fromJSON)
            #expect(try json(WebDataSet(json: text).file()) == text, "\(path)")
            if let set = try? WebDataSet(xml: xml(fromJSON)) {
                #expect(
                    withoutEmptyComponents(try json(set.file())) == withoutEmptyComponents(text), "\(path)")
                count += 1
            }
        }
        #expect(Fixtures.pydicom == nil || count > 40)
    }

    /// The Native DICOM Model has no empty components behind the last; they mean nothing (PS3.5 6.2.1.1).
    private func withoutEmptyComponents(_ json: [UInt8]) -> String {
        var text = String(decoding: json, as: UTF8.self)
        while text.contains("^\"") { text = text.replacing("^\"", with: "\"") }
        return text.replacing("{\"Alphabetic\":\"\"}", with: "null").replacing(",\"Value\":[null]", with: "")
    }

    @Test func `XML is what DCMTK writes`() async throws {
        guard let path = Fixtures.pydicom("CT_small.dcm"),
            try await run(["sh", "-c", "command -v dcm2xml"]).status == 0
        else { return }
        let theirs = try await run(["dcm2xml", "--native-format", "--load-all", path]).output
        // Theirs is Latin-1 by declaration, and ASCII in fact.
        let body = theirs.replacing("encoding=\"ISO-8859-1\"", with: "encoding=\"UTF-8\"")
        let other = try WebDataSet(xml: Array(body.utf8))
        let file = try DICOMFile(path: path)
        let own = try WebDataSet(xml: xml(file, limit: 64))
        #expect(other.elements.count > 100)
        for element in other.elements where element.tag != .specificCharacterSet {
            guard let same = own.elements.first(where: { $0.tag == element.tag }) else {
                Issue.record("\(element.tag) is missing")
                continue
            }
            #expect(same.vr == element.vr, "\(element.tag)")
            if case .bytes(let bytes) = element.value, case .bytes(let mine) = same.value, element.vr.isText {
                #expect(mine == bytes, "\(element.tag)")
            }
        }
    }

    @Test func `pydicom reads our JSON`() async throws {
        guard let python = Fixtures.python, let path = Fixtures.pydicom("CT_small.dcm") else { return }
        let file = try DICOMFile(path: path)
        let script = """
            import sys, pydicom
            ds = pydicom.Dataset.from_json(sys.stdin.read())
            print(ds.PatientName, ds.Rows, ds.SOPInstanceUID, sep='|')
            """
        let said = try await run(
            [python, "-W", "ignore", "-c", script], input: String(decoding: json(file), as: UTF8.self))
        #expect(said.status == 0)
        #expect(said.output.hasSuffix("|\(file.text(.sopInstanceUID) ?? "")\n"))
    }

    @Test func `numbers keep their digits`() throws {
        let json = #"{"00180050":{"vr":"DS","Value":[0.1000000000000000055511151231257827,1e10]}}"#
        let set = try WebDataSet(json: Array(json.utf8))
        #expect(set.elements.first?.value == .bytes(Array("0.1000000000000000055511151231257827\\1e10".utf8)))
    }

    @Test func `text of any script says that it is UTF-8`() throws {
        let set = try WebDataSet(
            json: Array(
                #"{"00080005":{"vr":"CS","Value":["ISO_IR 100"]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"Ä"}]}}"#
                    .utf8))
        #expect(try set.file().text(.specificCharacterSet) == "ISO_IR 192")
        #expect(try set.file().text(.patientName) == "Ä")
    }

    @Test(arguments: [
        "", "[", "{", "{}x", "[]", "1", "null", #"{"00100010":1}"#, #"{"x":{"vr":"LO"}}"#, #"{"00100010":{"vr":"XX"}}"#,
        #"{"00100010":{"vr":"PN","Value":"x"}}"#, #"{"00280010":{"vr":"US","Value":[70000]}}"#,
        #"{"00280010":{"vr":"US","Value":["x"]}}"#, #"{"00080005":{"vr":"CS","Value":["a\u0000"]}}"#,
        #"{"00081115":{"vr":"SQ","Value":[1]}}"#, #"{"00081115":{"vr":"SQ","BulkDataURI":"x"}}"#,
        #"{"7FE00010":{"vr":"OW","InlineBinary":"!"}}"#, #"{"7FE00010":{"vr":"OW","Value":[1]}}"#,
        #"{"00100020":{"vr":"LO","Value":["a\\b"]}}"#, #"{"00100020":{"vr":"LO"},"00100020":{"vr":"LO"}}"#,
        #"{"00100020":{"vr":"LO","Value":["\ud800"]}}"#, #"{"00100020":{"vr":"LO","Value":["\x"]}}"#,
        #"{"00100020":{"vr":"LO","Value":[01]}}"#, #"{"00100020":{"vr":"LO","Value":[1.]}}"#,
    ])
    func `malformed JSON is refused`(text: String) {
        #expect(throws: MetadataError.self) { try WebDataSet(json: Array(text.utf8)) }
    }

    @Test func `values are bounded`() throws {
        let text = Array(#"[0,{"a":[]},0]"#.utf8)
        #expect(throws: MetadataError.self) { try JSONParser.parse(text, mostValues: 4) }
        _ = try JSONParser.parse(text, mostValues: 5)
    }

    @Test func `nesting is bounded`() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: MetadataError.self) { try WebDataSet(json: Array(deep.utf8)) }
        let xml = String(repeating: "<Item>", count: 100_000)
        #expect(throws: MetadataError.self) { try WebDataSet(xml: Array(xml.utf8)) }
    }

    @Test(arguments: [
        "", "<", "<x/>", "<NativeDicomModel>", "<NativeDicomModel><DicomAttribute/></NativeDicomModel>",
        "<!DOCTYPE x [<!ENTITY a 'b'>]><NativeDicomModel/>",
        "<?xml version='1.0' encoding='UTF-7'?><NativeDicomModel/>",
        "<?xml version='1.0' encoding='UTF-16'?><NativeDicomModel/>",
        "<NativeDicomModel><DicomAttribute tag='00280010' vr='US'><Value number='2'>1</Value><Value number='1'>2</Value>"
            + "</DicomAttribute></NativeDicomModel>",
        "<NativeDicomModel><DicomAttribute tag='00100020' vr='LO'><Value number='1000000'>1</Value></DicomAttribute>"
            + "</NativeDicomModel>",
        "<NativeDicomModel><DicomAttribute tag='7FE00010' vr='OW'><InlineBinary>?</InlineBinary></DicomAttribute>"
            + "</NativeDicomModel>",
    ])
    func `malformed XML is refused`(text: String) {
        #expect(throws: MetadataError.self) { try WebDataSet(xml: Array(text.utf8)) }
    }

    @Test func `an array is read object by object, however it is cut`() async throws {
        let text = Array(" [ {\"a\":\"}]\\\"{\"} ,{\"b\":[{},{}]},{}]\n".utf8)
        for size in [1, 2, 3, 7, 100] {
            let pieces = stride(from: 0, to: text.count, by: size).map {
                ByteBuffer(bytes: text[$0..<min($0 + size, text.count)])
            }
            let reader = JSONArrayReader(Feed(pieces))
            var found: [String] = []
            while let object = try await reader.next() { found.append(String(decoding: object, as: UTF8.self)) }
            #expect(found == [#"{"a":"}]\"{"}"#, #"{"b":[{},{}]}"#, "{}"])
        }
        for bad in ["[{}", "[{},]", "{}", "[1]", "[{}]x", "[{} {}]", "[", "x"] {
            await #expect(throws: MetadataError.self) {
                let reader = JSONArrayReader(Feed([ByteBuffer(string: bad)]))
                while try await reader.next() != nil {}
            }
        }
        await #expect(throws: MetadataError.self) {
            let reader = JSONArrayReader(Feed([ByteBuffer(string: "[{\"a\":\"bcdefgh\"}]")]), limit: 8)
            while try await reader.next() != nil {}
        }
    }

    @Test func `bulk data is named by its place, and found by it`() throws {
        let file = try DICOMFile(
            bytes: DataSetBuilder().text(.sopInstanceUID, .UI, "1.2")
                .sequence(
                    Tag(0x0040, 0x0100),
                    [DataSetBuilder(), DataSetBuilder().bytes(Tag(0x0042, 0x0011), .OB, [1, 2, 3, 4])]
                )
                .bytes(.pixelData, .OB, [5, 6]).file())
        var options = JSONModel.Options()
        options.inlineBinaryLimit = 0
        options.namesBulkDataByPath = true
        options.bulkDataBase = "http://x"
        var writer = JSONWriter()
        JSONModel(file, options: options).write(to: &writer)
        #expect(writer.text.contains("http://x/00400100/2/00420011"))
        let node = try #require(file.dataSet.node(atBulkDataPath: "00400100/2/00420011"))
        #expect(try file.bytes(of: node) == [1, 2, 3, 4])
        #expect(file.dataSet.node(atBulkDataPath: "7FE00010") != nil)
        for bad in [
            "", "00400100", "00400100/2", "00400100/3/00420011", "00400100/0/00420011", "x", "00400100/1/00420011",
        ] {
            let found = file.dataSet.node(atBulkDataPath: bad)
            #expect(found.map { file.dataSet.nodes[$0].kind } != .element)
        }
    }
}

extension DataSetBuilder.Part {
    var firstTag: UInt32 {
        switch self {
        case .element(let tag, _, _), .sequence(let tag, _, _, _, _), .fragments(let tag, _, _): tag.rawValue
        case .raw: 0
        }
    }
}
