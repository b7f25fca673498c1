import Testing

@testable import Batch
@testable import Host

@Suite struct WorkItemTests {
    private func item(_ text: String) throws -> WorkItem { try WorkItem(line: Array(text.utf8)) }

    @Test func `paths and file URLs are taken, escapes are read`() throws {
        #expect(try item(#"{"id": "1", "path": "/a b"}"#).paths == ["/a b"])
        #expect(try item(#"{"id": "1", "url": "file:///a%20b"}"#).paths == ["/a b"])
        #expect(try item(#"{"id": "1", "path": "file://localhost/a"}"#).paths == ["/a"])
        #expect(try item(#"{"id": "1", "paths": ["/a"], "urls": ["file:/b"]}"#).paths == ["/a", "/b"])
        #expect(try item(#"{"id": "a-B_3.:@/+=", "protocol": "cordon-batch/1", "path": "/a"}"#).id == "a-B_3.:@/+=")
    }

    @Test(arguments: [
        "", "[]", "17", "{", #"{"path": "/a"}"#, #"{"id": "", "path": "/a"}"#, #"{"id": 7, "path": "/a"}"#,
        #"{"id": "Jane Doe", "path": "/a"}"#, #"{"id": "1"}"#, #"{"id": "1", "path": 3}"#, #"{"id": "1", "paths": []}"#,
        #"{"id": "1", "paths": "/a"}"#, #"{"id": "1", "path": "relative"}"#, #"{"id": "1", "url": "s3://bucket/a"}"#,
        #"{"id": "1", "url": "file://other/a"}"#, #"{"id": "1", "path": "/a", "exclude": "/a/b"}"#,
        #"{"id": "1", "path": "/a", "protocol": "cordon-batch/2"}"#, #"{"id": "1", "path": "/a\u0000b"}"#,
        #"{"id": "1", "url": "file:///a%00b"}"#, #"{"id": "1", "url": "file:///a?b"}"#,
    ])
    func `a line that is no item of this protocol is refused, without a word of what stands in it`(_ text: String)
        throws
    {
        let error = #expect(throws: ItemError.self) { try item(text) }
        #expect(error?.message.contains("Jane") == false && error?.message.contains("bucket") == false)
        #expect(error?.mayPass == false)
    }

    @Test func `a header says the protocol, and another is refused`() throws {
        #expect(try WorkItem.isHeader(Array(#"{"protocol": "cordon-batch/1"}"#.utf8)))
        #expect(try !WorkItem.isHeader(Array(#"{"id": "1", "path": "/a"}"#.utf8)))
        #expect(throws: ItemError.self) { try WorkItem.isHeader(Array(#"{"protocol": "cordon-batch/9"}"#.utf8)) }
    }

    @Test
    func `inputs have one digest wherever they lie, and another when a byte, a name or the number of files differs`()
        throws
    {
        let folder = WorkFolder()
        func digest(_ places: String...) throws -> String {
            try ItemInputs(places.map { folder($0) }, output: nil).digest
        }
        for place in ["a", "elsewhere/deep"] {
            try folder.write("\(place)/1", "one")
            try folder.write("\(place)/s/2", "two")
        }
        let first = try digest("a")
        #expect(try digest("elsewhere/deep") == first)
        #expect(try digest("a/1", "a/s") != first, "names begin elsewhere")
        #expect(try digest("a/s", "a/1") == digest("a/1", "a/s"))
        try folder.write("a/3", "")
        #expect(try digest("a") != first)
        try folder.remove("a/3")
        #expect(try digest("a") == first)
        try folder.write("a/1", "onE")
        #expect(try digest("a") != first)
    }

    @Test func `a file that comes, goes or changes after the inputs were read is noticed`() throws {
        let folder = WorkFolder()
        try folder.write("a/1", "one")
        try folder.write("a/2", "two")
        let inputs = try ItemInputs([folder("a")], output: nil)
        #expect(inputs.areUnchanged)
        try folder.write("a/3", "three")
        #expect(!inputs.areUnchanged)
        try folder.remove("a/3")
        #expect(inputs.areUnchanged)
        try folder.write("a/2", "more")
        #expect(!inputs.areUnchanged)
        try folder.remove("a/2")
        #expect(!inputs.areUnchanged)
    }

    @Test func `lines come one by one, whatever the pieces, and one without end is given up`() throws {
        let folder = WorkFolder()
        let long = String(repeating: "x", count: LineReader.longest + 1)
        try folder.write("list", "a\n\n  \nb\r\n" + long + "\nc")
        let file = try Descriptor(reading: PathBytes(folder("list")))
        var reader = LineReader(file.number)
        var found: [String] = []
        while let line = try reader.read() {
            switch line {
            case .line(let bytes): found.append(String(decoding: bytes, as: UTF8.self))
            case .tooLong: found.append("too long")
            }
        }
        #expect(found == ["a", "b\r", "too long", "c"])
    }
}
