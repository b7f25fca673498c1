import DICOMCore
import DICOMFile
import TestSupport
import Testing

struct PatternTests {
    let file: DICOMFile
    let sequence = Tag(0x0040, 0xA730)

    /// Three levels of content, private blocks at two places, overlays in two groups.
    init() throws {
        let leaf = { (text: String) in DataSetBuilder().text(.patientName, .PN, text) }
        let block = { (block: UInt8) in
            DataSetBuilder().privateBlock(group: 0x0029, block: block, creator: "VENDOR  ", [(0x10, .LO, "x")])
        }
        let inner = DataSetBuilder().sequence(
            Tag(0x0040, 0xA730), length: .undefined, [leaf("1.1"), leaf("1.2"), leaf("1.3")])
        file = try DICOMFile(
            bytes: DataSetBuilder().text(.patientName, .PN, "0").adding(contentsOf: block(0x10))
                .adding(contentsOf: block(0x40)).sequence(
                    Tag(0x0040, 0xA730), length: .defined,
                    [inner, leaf("2"), block(0x11).adding(contentsOf: leaf("3"))]
                )
                .bytes(Tag(0x6000, 0x3000), .OW, [1, 2]).bytes(Tag(0x6002, 0x3000), .OW, [1, 2])
                .bytes(Tag(0x6003, 0x3000), .OW, [1, 2]).file())
    }

    private func texts(_ pattern: PathPattern, in item: Int? = nil) throws -> [String] {
        let ids = item.map { file.nodes(matching: pattern, in: $0) } ?? file.nodes(matching: pattern)
        return try ids.map { String(decoding: try file.bytes(of: $0), as: UTF8.self).filter { $0 != " " } }
    }

    @Test func `paths name what they say`() throws {
        let name = PathPattern.Element.standard(.patientName)
        let step = { (item: Int?) in PathPattern.Step.sequence(.standard(Tag(0x0040, 0xA730)), item: item) }
        #expect(try texts(PathPattern(.patientName)) == ["0"])
        #expect(try texts(PathPattern(steps: [step(nil)], element: name)) == ["2", "3"])
        #expect(try texts(PathPattern(steps: [step(2)], element: name)) == ["2"])
        #expect(try texts(PathPattern(steps: [step(4)], element: name)) == [])
        #expect(try texts(PathPattern(steps: [step(1), step(nil)], element: name)) == ["1.1", "1.2", "1.3"])
        #expect(try texts(PathPattern(steps: [step(nil), step(3)], element: name)) == ["1.3"])
        let everywhere = ["0", "1.1", "1.2", "1.3", "2", "3"]
        #expect(try texts(PathPattern(steps: [.anyDepth], element: name)) == everywhere)
        #expect(try texts(PathPattern(steps: [.anyDepth, .anyDepth], element: name)) == everywhere)
        #expect(try texts(PathPattern(steps: [step(nil), .anyDepth], element: name)) == Array(everywhere.dropFirst()))
        #expect(try texts(PathPattern(steps: [.anyDepth, step(nil)], element: name)) == Array(everywhere.dropFirst()))
        #expect(try texts(PathPattern(steps: [.anyDepth, step(2)], element: name)) == ["1.2", "2"])
        #expect(
            try texts(PathPattern(steps: [.anyDepth, step(1), .anyDepth], element: name)) == ["1.1", "1.2", "1.3"])
        let first = try #require(file.nodes(matching: PathPattern(sequence)).first) + 1
        #expect(try texts(PathPattern(steps: [step(2)], element: name), in: first) == ["1.2"])
        #expect(try texts(PathPattern(steps: [.anyDepth], element: name), in: first) == ["1.1", "1.2", "1.3"])
        #expect(try texts(PathPattern(.patientName), in: first) == [])
    }

    @Test func `private elements are named by creator in whatever block, trailing blanks apart`() throws {
        let mine = PathPattern.Element.privateElement(group: 0x0029, creator: "VENDOR", element: 0x10)
        #expect(file.nodes(matching: PathPattern(element: mine)).count == 2)
        #expect(file.nodes(matching: PathPattern(steps: [.anyDepth], element: mine)).count == 3)
        for (creator, element) in [("vendor", UInt8(0x10)), ("VENDOR", 0x11), ("", 0x10)] {
            let other = PathPattern.Element.privateElement(group: 0x0029, creator: creator, element: element)
            #expect(file.nodes(matching: PathPattern(steps: [.anyDepth], element: other)).isEmpty)
        }
    }

    @Test func `repeating groups are all even groups of the hundred`() {
        let overlay = PathPattern(element: .repeating(group: 0x6000, element: 0x3000))
        #expect(file.nodes(matching: overlay).map { file.dataSet.nodes[$0].tag.group } == [0x6000, 0x6002])
    }

    @Test func `file meta information is apart`() {
        #expect(file.nodes(matching: PathPattern(.transferSyntaxUID)).isEmpty)
        #expect(file.fileMetaNodes(matching: PathPattern(.transferSyntaxUID)).count == 1)
        #expect(file.fileMetaNodes(matching: PathPattern(.patientName)).isEmpty)
    }

    @Test func `what is no item has nothing in it`() {
        for id in [-1, 0, 10_000] {
            #expect(file.nodes(matching: PathPattern(.patientName), in: id).isEmpty)
            #expect(file.dataSet.children(of: id).isEmpty)
            #expect(file.dataSet.child(.patientName, of: id) == nil)
        }
        #expect(file.dataSet.path(of: 10_000) == .root)
    }
}
