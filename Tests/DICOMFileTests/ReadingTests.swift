import DICOMCore
import DICOMEncoding
import DICOMFile
import Glibc
import TestSupport
import Testing

let encodings: [ElementEncoding] = [.implicitLittleEndian, .explicitLittleEndian, .explicitBigEndian]

/// What a builder says a data set holds, as the index should say it: tag, path, value length, nesting.
func expectedPaths(_ builder: DataSetBuilder, _ steps: [AttributePath.Step] = []) -> [String] {
    builder.parts.flatMap { part -> [String] in
        switch part {
        case .element(let tag, _, let bytes):
            return ["\(AttributePath(steps: steps, tag: tag)) \(bytes.count + bytes.count % 2)"]
        case .fragments(let tag, _, let fragments):
            return ["\(AttributePath(steps: steps, tag: tag)) \(fragments.count) fragments"]
        case .sequence(let tag, _, _, _, let items):
            let inner = items.enumerated().flatMap { index, item in
                ["item \(index + 1)"] + expectedPaths(item, steps + [.init(sequence: tag, item: index + 1)])
            }
            return ["\(AttributePath(steps: steps, tag: tag)) \(items.count) items"] + inner
        case .raw: return []
        }
    }
}

func paths(_ index: DataSetIndex) -> [String] {
    index.nodes.indices.map { id in
        let node = index.nodes[id]
        switch node.kind {
        case .element: return "\(index.path(of: id)) \(node.valueLength)"
        case .fragments: return "\(index.path(of: id)) \(node.number) fragments"
        case .sequence: return "\(index.path(of: id)) \(index.children(of: id).count) items"
        case .item: return "item \(node.number)"
        }
    }
}

struct ReadingTests {
    @Test(arguments: encodings)
    func `what was built is read, with and without file meta information`(_ encoding: ElementEncoding) throws {
        var generator = SeededGenerator(seed: 1)
        for round in 0..<150 {
            let built = DataSetBuilder().text(.sopClassUID, .UI, "1.2").sequence(
                Tag(0x0008, 0x1110), length: .undefined, [.random(&generator, depth: 4)]
            ).text(.patientID, .LO, "X").text(.seriesInstanceUID, .UI, "1.2.3")
            let expected = expectedPaths(built)
            let file = try DICOMFile(bytes: built.file(TransferSyntax(uncompressed: encoding)))
            #expect(paths(file.dataSet) == expected, "round \(round)")
            #expect(file.preamble == .zero && !file.isMisstated && file.transferSyntax.encoding == encoding)
            #expect(file.fileMeta.nodes.map(\.tag.group).allSatisfy { $0 == 2 })
            let bare = try DICOMFile(bytes: built.encoded(encoding))
            #expect(paths(bare.dataSet) == expected, "bare, round \(round)")
            #expect(bare.preamble == .none && bare.fileMeta.nodes.isEmpty)
            #expect(bare.transferSyntax == TransferSyntax(uncompressed: encoding))
        }
    }

    @Test func `a deflated data set is read, whatever its size`() throws {
        var generator = SeededGenerator(seed: 2)
        for size in [0, 1, 70_000, 3_000_000] {
            let built = DataSetBuilder.random(&generator).parts.filter { $0 != .raw([]) }
            let elements = DataSetBuilder(built.dropLast(2)).bytes(
                .pixelData, .OW, (0..<size * 2).map { UInt8(truncatingIfNeeded: $0) })
            let file = try DICOMFile(bytes: elements.file(.deflatedExplicitLittleEndian))
            #expect(paths(file.dataSet) == expectedPaths(elements))
            let pixels = try #require(file.dataSet.child(.pixelData))
            #expect(try file.bytes(of: pixels) == (0..<size * 2).map { UInt8(truncatingIfNeeded: $0) })
        }
    }

    @Test func `a deflated data set that grows too far is refused`() throws {
        let built = DataSetBuilder().bytes(.pixelData, .OW, [UInt8](repeating: 0, count: 100_000))
        var limits = ParseLimits()
        limits.inflatedBytes = 50_000
        #expect(
            code { () throws(ParseError) in
                try DICOMFile(bytes: built.file(.deflatedExplicitLittleEndian), limits: limits)
            } == .inflatesTooFar)
    }

    @Test func `fragments are counted and carried, in icons too`() throws {
        let fragments: [[UInt8]] = [[], [1, 2, 3, 4], [5, 6]]
        let icon = DataSetBuilder().fragments(.pixelData, .OB, fragments)
        let built = DataSetBuilder().text(.sopClassUID, .UI, "1.2")
            .sequence(Tag(0x0088, 0x0200), length: .defined, [icon]).fragments(.pixelData, .OB, fragments)
        let file = try DICOMFile(bytes: built.file(TransferSyntax(uid: "1.2.840.10008.1.2.4.50")))
        #expect(paths(file.dataSet) == expectedPaths(built))
        #expect(file.transferSyntax.isEncapsulated)
    }

    @Test(arguments: encodings.filter(\.isExplicit))
    func `UN of undefined length holds implicit little endian`(_ encoding: ElementEncoding) throws {
        let inner = DataSetBuilder().text(.patientID, .LO, "X1").sequence(
            Tag(0x0040, 0xA730), length: .undefined, [DataSetBuilder().text(.codeValue, .SH, "C")])
        let built = DataSetBuilder().text(.sopClassUID, .UI, "1.2")
            .sequence(Tag(0x0009, 0x1001), vr: .UN, length: .undefined, [inner]).text(.patientName, .PN, "A^B")
        let file = try DICOMFile(bytes: built.file(TransferSyntax(uncompressed: encoding)))
        #expect(paths(file.dataSet) == expectedPaths(built))
        let identifier = try #require(
            file.nodes(matching: PathPattern(steps: [.anyDepth], element: .standard(.patientID))).first)
        #expect(file.dataSet.nodes[identifier].encoding == .implicitLittleEndian)
        #expect(file.dataSet.nodes[identifier].vr == .LO)
    }

    @Test(arguments: [TransferSyntax.explicitLittleEndian, .implicitLittleEndian, .explicitBigEndian])
    func `a private UN that begins as a sequence is read as one when it is one to its end`(syntax: TransferSyntax)
        throws
    {
        let inner = DataSetBuilder().text(.patientName, .PN, "A^B")
        let tag = Tag(0x0009, 0x1001)
        let source = DataSetBuilder().text(Tag(0x0009, 0x0010), .LO, "ACME")
        let items = Array(
            DataSetBuilder().sequence(tag, vr: .SQ, length: .defined, [inner]).encoded(.implicitLittleEndian).dropFirst(
                8))
        func node(_ bytes: [UInt8]) throws -> DataSetIndex.Node {
            let file = try DICOMFile(
                bytes: source.bytes(tag, .UN, bytes).text(.patientName, .PN, "C^D").file(syntax))
            return try #require(file.dataSet.nodes.first { $0.tag == tag })
        }
        #expect(try node(items).kind == .sequence)
        let broken = try node(Array(items.dropLast(2)))
        #expect(broken.kind == .element && broken.isUnreadSequence)
        let other = try node([1, 2, 3, 4, 5, 6, 7, 8])
        #expect(other.kind == .element && !other.isUnreadSequence)
        #expect(try node([0xFE, 0xFF]).kind == .element)
    }

    @Test func `UN of defined length is a sequence where the dictionary says so and its bytes are one`() throws {
        let inner = DataSetBuilder().text(.patientID, .LO, "X1")
        let sequence = Tag(0x0040, 0xA730)
        let good = DataSetBuilder().text(.sopClassUID, .UI, "1.2").sequence(
            sequence, vr: .UN, length: .defined, [inner])
        #expect(paths(try DICOMFile(bytes: good.file()).dataSet) == expectedPaths(good))
        // Cut within: opaque bytes, and what follows is still read.
        let items = DataSetBuilder.encodedItems([inner, inner]).dropLast(2)
        let bad = DataSetBuilder().text(.sopClassUID, .UI, "1.2").bytes(sequence, .UN, Array(items)).text(
            Tag(0x0040, 0xA992), .ST, "x")
        let file = try DICOMFile(bytes: bad.file())
        #expect(paths(file.dataSet) == expectedPaths(bad))
        #expect(file.dataSet.nodes.count == 3)
        // A sequence within a sequence that fails: only the inner one is opaque.
        let nested = DataSetBuilder().sequence(sequence, vr: .UN, length: .defined, [inner])
        let outer = DataSetBuilder().text(.sopClassUID, .UI, "1.2")
            .sequence(Tag(0x0008, 0x1140), length: .undefined, [bad, nested])
        #expect(paths(try DICOMFile(bytes: outer.file()).dataSet) == expectedPaths(outer))
    }

    @Test func `private elements in implicit VR get their VR by creator, within their own item`() throws {
        let known = DataSetBuilder().privateBlock(
            group: 0x0029, block: 0x10, creator: "SIEMENS CSA HEADER", [(0x08, .CS, "IMAGE"), (0x10, .OB, "ab")])
        let built = DataSetBuilder().text(.sopClassUID, .UI, "1.2").parts + known.parts
        let unknown = DataSetBuilder().text(Tag(0x0029, 0x1008), .CS, "IMAGE")
        let all = DataSetBuilder(built).sequence(Tag(0x0040, 0xA730), [unknown, known])
        let file = try DICOMFile(bytes: all.file(.implicitLittleEndian))
        let vrs = file.dataSet.nodes.filter { $0.tag == Tag(0x0029, 0x1008) }.map(\.vr)
        #expect(vrs == [.CS, .UN, .CS])
        let pattern = PathPattern(
            steps: [.anyDepth], element: .privateElement(group: 0x0029, creator: "SIEMENS CSA HEADER", element: 0x08))
        #expect(file.nodes(matching: pattern).count == 2)
        #expect(
            file.nodes(matching: pattern).compactMap { file.creator(of: $0) } == [
                "SIEMENS CSA HEADER", "SIEMENS CSA HEADER",
            ])
    }

    @Test func `what the transfer syntax says wrong is read as it is`() throws {
        let built = DataSetBuilder().text(Tag(0x0008, 0x0005), .CS, "ISO_IR 100").text(
            .sopClassUID, .UI, "1.2.840.10008.5.1"
        )
        .text(.sopInstanceUID, .UI, "1.2.3").text(.patientName, .PN, "A^B").text(.patientID, .LO, "X1")
        for stated in encodings {
            for real in encodings {
                let syntax = TransferSyntax(uncompressed: stated)
                let file = try DICOMFile(bytes: DataSetBuilder().file(syntax) + built.encoded(real))
                #expect(paths(file.dataSet) == expectedPaths(built), "\(stated) stated, \(real) real")
                #expect(file.transferSyntax.uid == syntax.uid && file.transferSyntax.encoding == real)
                #expect(file.isMisstated == (stated != real))
            }
        }
    }

    @Test func `elements out of order and twice are carried`() throws {
        let built = DataSetBuilder().text(.patientID, .LO, "1").text(.modality, .CS, "CT").text(.patientID, .LO, "22")
        let file = try DICOMFile(bytes: built.file())
        #expect(paths(file.dataSet) == expectedPaths(built))
        #expect(file.nodes(matching: PathPattern(.patientID)) == [0, 2])
        #expect(file.dataSet.child(.patientID) == 0)
        #expect(file.dataSet.child(.modality) == 1)
        #expect(file.dataSet.child(.patientName) == nil)
    }

    @Test func `NULs behind the data set are padding, anything else is not`() throws {
        let built = DataSetBuilder().text(.modality, .CS, "CT").text(.patientID, .LO, "1")
        for count in [1, 7, 8, 9, 511, 200_000] {
            let zeros = [UInt8](repeating: 0, count: count)
            let file = try DICOMFile(bytes: built.file() + zeros)
            #expect(paths(file.dataSet) == expectedPaths(built))
            #expect(file.dataSet.range.upperBound == built.file().count)
            #expect(
                code { () throws(ParseError) in try DICOMFile(bytes: built.file() + zeros + [1]) } == .trailingBytes)
        }
        #expect(code { () throws(ParseError) in try DICOMFile(bytes: built.file() + [1, 2]) } == .trailingBytes)
    }

    @Test func `limits are kept`() throws {
        var nested = DataSetBuilder().text(.patientID, .LO, "1")
        for _ in 0..<33 { nested = DataSetBuilder().sequence(Tag(0x0008, 0x1140), [nested]) }
        #expect(code { () throws(ParseError) in try DICOMFile(bytes: nested.file()) } == .nestingTooDeep)
        var limits = ParseLimits()
        limits.depth = 33
        #expect(try DICOMFile(bytes: nested.file(), limits: limits).dataSet.nodes.count == 67)
        limits.nodes = 66
        #expect(
            code { () throws(ParseError) in try DICOMFile(bytes: nested.file(), limits: limits) } == .tooManyElements)
    }

    @Test func `a file of more than four gigabytes is read`() throws {
        // A file with a hole: elements before and behind 5 GB of pixel data in two parts.
        let path = temporaryPath()
        defer { unlink(path) }
        let start = DataSetBuilder().text(.sopClassUID, .UI, "1.2").text(.patientID, .LO, "X").file()
        let length: [UInt8] = [0x00, 0x00, 0x00, 0xA0]
        let first = DataSetBuilder().bytes(Tag(0x7FE0, 0x0008), .OB, []).encoded().dropLast(4) + length
        let second = DataSetBuilder().bytes(.pixelData, .OB, []).encoded().dropLast(4) + length
        let end = DataSetBuilder().text(Tag(0xFFFC, 0xFFFC), .OB, "ab").encoded()
        let hole = 0xA000_0000
        let pixels = start.count + 12 + hole
        try writeSparse(path, [(0, start + first), (pixels, Array(second)), (pixels + 12 + hole, end)])
        let file = try DICOMFile(path: path)
        #expect(file.size > 5 << 30)
        #expect(
            file.dataSet.nodes.map(\.tag) == [
                .sopClassUID, .patientID, Tag(0x7FE0, 0x0008), .pixelData, .dataSetTrailingPadding,
            ])
        #expect(try file.bytes(of: 4) == Array("ab".utf8))
        #expect(file.dataSet.nodes[4].start == start.count + 24 + 2 * hole)
    }

    @Test func `a file that is cut short while it is open is an error, never an empty value`() throws {
        let path = temporaryPath()
        defer { unlink(path) }
        let built = DataSetBuilder().text(.patientID, .LO, "X").bytes(
            .pixelData, .OW, [UInt8](repeating: 7, count: 100_000))
        try write(built.file(), to: path)
        let file = try DICOMFile(path: path)
        try #require(truncate(path, 50_000) == 0)
        #expect(throws: ValueError.self) { try file.bytes(of: 1) }
        #expect(throws: WriteError.self) { try EditedDataSet(file, edits: []).bytes() }
    }

    @Test func `what is no file is refused`() {
        for path in ["/nonexistent/file", "/", "/dev/null"] {
            #expect(code { () throws(ParseError) in try DICOMFile(path: path) } == .unreadableFile)
            #expect(throws: ParseError.self) { try DICOMFile.probe(path: path) }
        }
    }
}
