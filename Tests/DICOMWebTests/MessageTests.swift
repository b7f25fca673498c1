@testable import DICOMWeb
import DICOMCore
import Testing

@Suite struct `Media types and what clients accept` {
    @Test func `a media type is read with its parameters`() throws {
        let type = try #require(
            MediaType("Multipart/Related; TYPE=\"application/dicom\";boundary=\"a\\\"b\" ; ; x=1.2"))
        #expect(type.essence == "multipart/related")
        #expect(type["type"] == "application/dicom")
        #expect(type["boundary"] == "a\"b")
        #expect(type["x"] == "1.2")
        #expect(MediaType(type.description) == type)
    }

    @Test func `a value that should be in quotes and is not is read`() {
        #expect(MediaType("multipart/related; type=application/dicom; boundary=x")?["type"] == "application/dicom")
    }

    @Test(arguments: ["", "a", "a/", "/b", "a/b c", "a/b; x", "a/b; x=", "a/b; x=\"y", "a/b; x=1; X=2", "a/b, c/d"])
    func `what is no media type is none`(text: String) { #expect(MediaType(text) == nil) }

    @Test func `ranges are ordered by quality, those of one quality as they came`() throws {
        let list = try #require(AcceptList(["a/a;q=0.5, b/b", "c/c;q=0.50;x=y, d/d;q=1.0, */*;q=0.001"]))
        #expect(list.ranges.map(\.mediaType.essence) == ["b/b", "d/d", "a/a", "c/c", "*/*"])
        #expect(list.ranges.map(\.quality) == [1000, 1000, 500, 500, 1])
    }

    @Test(arguments: ["a/b;q=2", "a/b;q=1.001", "a/b;q=0.1234", "a/b;q=x", "a", "a/b c/d", ";"])
    func `a malformed list is no list`(text: String) { #expect(AcceptList([text]) == nil) }

    @Test func `more ranges than anybody needs are refused`() {
        #expect(AcceptList([String(repeating: "a/b,", count: 64)]) != nil)
        #expect(AcceptList([String(repeating: "a/b,", count: 65)]) == nil)
    }

    @Test func `the most specific range decides, and zero refuses`() throws {
        let list = try #require(AcceptList(["*/*;q=0.1, image/*;q=0.5, image/png;q=0"]))
        #expect(list.quality(of: MediaType("image", "png")) == 0)
        #expect(list.quality(of: MediaType("image", "jpeg")) == 500)
        #expect(list.quality(of: MediaType("video", "mp4")) == 100)
        #expect(list.best(of: [MediaType("image", "png"), MediaType("video", "mp4")])?.essence == "video/mp4")
    }

    private func negotiate(_ accept: String..., single: Bool = false) throws -> DICOMRepresentation? {
        DICOMRepresentation.negotiate(try #require(AcceptList(accept)), payload: [.dicom], allowsSingle: single)
    }

    @Test func `instances are negotiated with their transfer syntaxes`() throws {
        #expect(try negotiate()?.acceptable == AcceptableSyntaxes(takesAny: false))
        #expect(try negotiate("*/*")?.isMultipart == true)
        let both = try negotiate(
            "multipart/related; type=\"application/dicom\"; transfer-syntax=1.2.3",
            "multipart/related; type=\"application/dicom\"; transfer-syntax=*; q=0.5")
        #expect(both?.acceptable == AcceptableSyntaxes(takesAny: true, uids: ["1.2.3"]))
        #expect(try negotiate("application/dicom", single: true)?.isMultipart == false)
        #expect(try negotiate("application/dicom; transfer-syntax=*")?.isMultipart == true)
        #expect(try negotiate("multipart/related; type=\"image/jpeg\"") == nil)
        #expect(try negotiate("multipart/related; type=\"application/dicom\"; q=0") == nil)
        #expect(try negotiate("text/html") == nil)
    }

    @Test func `metadata is JSON unless XML is asked for`() throws {
        func negotiate(_ accept: String) throws -> MetadataRepresentation {
            try MetadataRepresentation.negotiate(try #require(AcceptList([accept])))
        }
        #expect(try negotiate("") == .json(.dicomJSON))
        #expect(try negotiate("application/json") == .json(MediaType("application", "json")))
        #expect(
            try negotiate("application/dicom+json;q=0.5, multipart/related; type=\"application/dicom+xml\"") == .xml)
        #expect(throws: WebProblem.self) { try negotiate("image/png") }
        #expect(throws: WebProblem.self) { try negotiate("multipart/related; type=\"image/png\"") }
    }

    @Test func `percent encoding goes both ways`() {
        let text = "Dö^J=ä\\*? +&/%\u{1F600}"
        #expect(PercentEncoding.decode(PercentEncoding.encode(text)) == text)
        #expect(PercentEncoding.decode("a+b", plusIsSpace: true) == "a b")
        for bad in ["%", "%4", "%4g", "%ff", "%C3"] { #expect(PercentEncoding.decode(bad) == nil) }
    }

    @Test func `a value in a search is never another parameter, whatever its attribute`() {
        func address(_ tag: DICOMCore.Tag, _ value: String) -> String {
            DICOMWebClient.address(WebQuery(.study, matches: [.init(path: [tag], value: value)]))
        }
        #expect(address(.studyInstanceUID, "1.2\\1.3") == "studies?0020000D=1.2,1.3")
        #expect(address(.studyInstanceUID, "1.2&00100010=Roe*") == "studies?0020000D=1.2%2600100010%3DRoe*")
        #expect(address(.patientID, "A+1&limit=1#") == "studies?00100020=A%2B1%26limit%3D1%23")
    }

    @Test(arguments: [
        ("bytes=0-499", 0..<500), ("bytes=500-", 500..<1000), ("bytes=-200", 800..<1000),
        ("bytes=900-5000", 900..<1000),
        ("bytes=-5000", 0..<1000),
    ])
    func `a range of bytes is resolved`(text: String, expected: Range<Int>) {
        #expect(ByteRange(text)?.resolved(1000) == expected)
    }

    @Test func `ranges that are none are ignored, and those beyond the end are refused`() {
        for bad in ["bytes=", "bytes=-", "bytes=5-4", "items=0-1", "bytes=0-1,3-4", "bytes=a-b", "bytes=--5"] {
            #expect(ByteRange(bad) == nil)
        }
        #expect(ByteRange("bytes=1000-")?.resolved(1000) == .some(nil))
        #expect(ByteRange("bytes=-0")?.resolved(1000) == .some(nil))
    }

    @Test func `frame lists are numbers from 1`() throws {
        #expect(try FrameList.parse("1,3,2,3", 10) == [1, 3, 2, 3])
        for bad in ["", "0", "1,", "a", "-1", "1 ,2", "9999999999"] {
            #expect(throws: WebProblem.self) { try FrameList.parse(bad, 10) }
        }
        #expect(throws: WebProblem.self) { try FrameList.parse("1,2,3", 2) }
    }
}
