import DICOMCore
import DICOMEncoding
import DICOMFile
import Glibc
import TestSupport
import Testing

struct EditingTests {
    @Test func `fragments are written of original and new bytes, with padding and a delimiter`() throws {
        let source = DataSetBuilder().text(.patientID, .LO, "X1")
            .fragments(.pixelData, .OB, [[], [1, 2, 3, 4], [5, 6]])
            .text(Tag(0xFFFC, 0xFFFC), .OB, "zz")
        let syntax = TransferSyntax(uid: "1.2.840.10008.1.2.4.70")
        let file = try DICOMFile(bytes: source.file(syntax))
        let id = try #require(file.dataSet.child(.pixelData))
        let first = file.dataSet.nodes[id].valueStart + 16
        func edited(_ fragments: [NewElement.Fragment], vr: VR = .OB) throws -> [UInt8] {
            let element = NewElement(tag: .pixelData, vr: vr, value: .fragments(fragments))
            return try EditedDataSet(file, edits: [.replace(id, element)]).bytes()
        }
        let result = try edited([
            .init([.new([9, 9, 9, 9])]),
            .init([.original(first + 1..<first + 3), .new([7]), .original(first..<first + 2)]), .init(),
        ])
        let expected = DataSetBuilder().text(.patientID, .LO, "X1")
            .fragments(.pixelData, .OB, [[9, 9, 9, 9], [2, 3, 7, 1, 2, 0], []])
            .text(Tag(0xFFFC, 0xFFFC), .OB, "zz")
        #expect(result == expected.file(syntax))
        #expect(throws: EditedDataSet.EditError.self) { try edited([.init([.original(0..<file.size + 1)])]) }
        #expect(throws: EditedDataSet.EditError.self) { try edited([], vr: .SQ) }
        let implicit = try DICOMFile(bytes: DataSetBuilder().text(.patientID, .LO, "X1").file(.implicitLittleEndian))
        let new = NewElement(tag: .pixelData, vr: .OB, value: .fragments([]))
        #expect(throws: EditedDataSet.EditError.self) {
            try EditedDataSet(implicit, edits: [.insert(into: nil, new)])
        }
    }

    @Test(arguments: encodings)
    func `edits give the bytes that a data set built anew has`(_ encoding: ElementEncoding) throws {
        var generator = SeededGenerator(seed: 7)
        for round in 0..<120 {
            let tree = DataSetTree(
                root: DataSetBuilder().text(Tag(0x0008, 0x0001), .UI, "1.2").text(
                    Tag(0x0008, 0x0006), .SQ, ""
                )
                .adding(contentsOf: .random(&generator, depth: 3)))
            let syntax = TransferSyntax(uncompressed: encoding)
            let file = try DICOMFile(bytes: tree.root.file(syntax))
            let (edits, expected) = try randomEdits(tree, file, &generator)
            let result = try EditedDataSet(file, edits: edits).bytes()
            let isSame = result == expected.file(syntax)
            #expect(isSame, "round \(round)")
            // In any order.
            let isSameInAnyOrder = try EditedDataSet(file, edits: edits.shuffled(using: &generator)).bytes() == result
            #expect(isSameInAnyOrder, "round \(round)")
        }
    }

    /// Edits and the tree that they should lead to.
    private func randomEdits(
        _ tree: DataSetTree, _ file: DICOMFile, _ generator: inout SeededGenerator
    ) throws -> ([Edit], DataSetBuilder) {
        let places = tree.places(tree.root)
        var touched: [DataSetTree.Place] = []
        var edits: [Edit] = []
        var removals: [(DataSetTree.Place, DataSetBuilder.Part?)] = []
        for place in places.elements where generator.below(6) == 0 {
            let isWithin = touched.contains { place.starts(with: $0) || $0.starts(with: place) }
            if isWithin { continue }
            touched.append(place)
            let id = try #require(tree.node(place, file.dataSet))
            if generator.below(2) == 0 {
                edits.append(.remove(id))
                removals.append((place, nil))
            } else {
                let element = newElement(file.dataSet.nodes[id].tag, &generator)
                edits.append(.replace(id, element))
                removals.append((place, element.part))
            }
        }
        var insertions: [(DataSetTree.Place, DataSetBuilder.Part)] = []
        for place in places.items where generator.below(4) == 0 {
            guard !touched.contains(where: { place.starts(with: $0) }) else { continue }
            for tag in [Tag(0x0008, 0x0007), Tag(0x0028, 0x0008), Tag(0xFFFC, 0xFFFE)]
            where generator.below(2) == 0 {
                let element = newElement(tag, &generator)
                edits.append(.insert(into: place.isEmpty ? nil : tree.node(place, file.dataSet), element))
                insertions.append((place, element.part))
            }
        }
        // Removed parts stay as empty ones for now, so that no place moves.
        var expected = tree.root
        for (place, part) in removals.sorted(by: { $1.0.lexicographicallyPrecedes($0.0) }) {
            expected = DataSetTree.changed(expected, at: place.dropLast()[...]) { builder in
                let index = place[place.count - 1]
                if let part { builder.parts[index] = part } else { builder.parts[index] = .raw([]) }
            }
        }
        // Innermost first: what is inserted around them moves them.
        for (place, part) in insertions.sorted(by: { $0.0.count > $1.0.count }) {
            expected = DataSetTree.changed(expected, at: place[...]) { builder in
                let index = builder.parts.firstIndex { $0 != .raw([]) && $0.tag > part.tag } ?? builder.parts.count
                builder.parts.insert(part, at: index)
            }
        }
        return (edits, expected.withoutEmptyParts)
    }

    private func newElement(_ tag: Tag, _ generator: inout SeededGenerator) -> NewElement {
        switch generator.below(4) {
        case 0: return NewElement(tag: tag, vr: .LO, text: String(repeating: "x", count: generator.below(5)))
        case 1: return NewElement(tag: tag, vr: .UL, value: .bytes([1, 2, 3, 4, 5, 6, 7, 8]))
        case 2: return NewElement(tag: tag, vr: .OW, value: .bytes([1, 2]))
        default:
            let item = [
                NewElement(tag: .codeMeaning, vr: .LO, text: "meaning"),
                NewElement(tag: .codeValue, vr: .SH, text: "121"),
            ]
            return NewElement(tag: tag, vr: .SQ, value: .items([item, [], item]))
        }
    }

    @Test func `group lengths around a change are remade, others stay, right or wrong`() throws {
        let item = DataSetBuilder().integers(Tag(0x0008, 0), .UL, 12).text(.codeValue, .SH, "ABCD")
            .integers(Tag(0x0010, 0), .UL, 99).text(.patientID, .LO, "1")
        let built = DataSetBuilder().integers(Tag(0x0008, 0), .UL, 0).sequence(
            Tag(0x0008, 0x1140), length: .undefined, [item]
        )
        .integers(Tag(0x0010, 0), .UL, 77).text(.patientID, .LO, "1")
        for encoding in encodings {
            let syntax = TransferSyntax(uncompressed: encoding)
            let file = try DICOMFile(bytes: built.file(syntax))
            let code = try #require(
                file.nodes(matching: PathPattern(steps: [.anyDepth], element: .standard(.codeValue))).first)
            let new = NewElement(tag: .codeValue, vr: .SH, text: "AB")
            let result = try EditedDataSet(file, edits: [.replace(code, new)]).bytes()
            let changed = DataSetBuilder().integers(Tag(0x0008, 0), .UL, 10).text(.codeValue, .SH, "AB")
                .integers(Tag(0x0010, 0), .UL, 99).text(.patientID, .LO, "1")
            let sequence = DataSetBuilder().sequence(Tag(0x0008, 0x1140), length: .undefined, [changed])
            let expected = DataSetBuilder().integers(Tag(0x0008, 0), .UL, sequence.encoded(encoding).count)
                .adding(contentsOf: sequence).integers(Tag(0x0010, 0), .UL, 77).text(.patientID, .LO, "1")
            #expect(result == expected.file(syntax))
        }
    }

    @Test func `edits within UN that is read as a sequence are implicit`() throws {
        let inner = DataSetBuilder().text(.patientID, .LO, "X1")
        for length in DataSetBuilder.Length.allCases {
            let make = { (item: DataSetBuilder) in
                DataSetBuilder().text(.sopClassUID, .UI, "1.2").sequence(
                    Tag(0x0040, 0xA730), vr: .UN, length: length, [item])
            }
            for encoding in encodings where encoding.isExplicit {
                let syntax = TransferSyntax(uncompressed: encoding)
                let file = try DICOMFile(bytes: make(inner).file(syntax))
                let edits: [Edit] = [
                    .insert(into: 2, NewElement(tag: .codeValue, vr: .SH, text: "C")),
                    .insert(into: 2, NewElement(tag: Tag(0x0028, 0x0010), vr: .US, value: .bytes([1, 2]))),
                ]
                let expected = make(
                    DataSetBuilder().text(.codeValue, .SH, "C").adding(contentsOf: inner).integers(
                        Tag(0x0028, 0x0010), .US, 0x0201))
                #expect(try EditedDataSet(file, edits: edits).bytes() == expected.file(syntax))
            }
        }
    }

    @Test func `items go from their sequence`() throws {
        let item = { (text: String) in DataSetBuilder().text(.codeValue, .SH, text) }
        for length in DataSetBuilder.Length.allCases {
            let make = { (items: [DataSetBuilder]) in
                DataSetBuilder().sequence(Tag(0x0008, 0x1140), length: length, items)
            }
            let file = try DICOMFile(bytes: make([item("A"), item("BBB"), item("C")]).file())
            let second = try #require(file.dataSet.children(of: 0).dropFirst().first)
            #expect(try EditedDataSet(file, edits: [.remove(second)]).bytes() == make([item("A"), item("C")]).file())
        }
    }

    @Test func `new file meta information takes the place of preamble and group 0002`() throws {
        let built = DataSetBuilder().text(.modality, .CS, "CT").text(.patientID, .LO, "1")
        let given = [NewElement(tag: .mediaStorageSOPClassUID, vr: .UI, text: "1.2.3")]
        for syntax in [TransferSyntax.implicitLittleEndian, .explicitBigEndian, .deflatedExplicitLittleEndian] {
            let preamble = [UInt8](repeating: 0x49, count: 128)
            let original = built.file(syntax, preamble: preamble) + [0, 0, 0]
            let file = try DICOMFile(bytes: original)
            #expect(file.preamble == .other)
            let result = try EditedDataSet(file, edits: [], fileMeta: given).bytes()
            let meta = DataSetBuilder().bytes(.fileMetaInformationVersion, .OB, [0, 1])
                .text(.mediaStorageSOPClassUID, .UI, "1.2.3").text(.transferSyntaxUID, .UI, syntax.uid)
            #expect(result == built.file(syntax, fileMeta: meta) + [0, 0, 0])
        }
        // A bare data set becomes a file of PS3.10.
        let bare = try DICOMFile(bytes: built.encoded(.explicitBigEndian))
        let result = try DICOMFile(bytes: try EditedDataSet(bare, edits: [], fileMeta: given).bytes())
        #expect(result.transferSyntax == .explicitBigEndian && result.preamble == .zero)
        #expect(paths(result.dataSet) == expectedPaths(built))
    }

    @Test func `compressed pixels without a transfer syntax get none by guess`() throws {
        let built = DataSetBuilder().text(.modality, .CS, "CT").fragments(.pixelData, .OB, [[], [1, 2]])
        let bare = try DICOMFile(bytes: built.encoded())
        #expect(throws: EditedDataSet.EditError.unknownTransferSyntax) {
            try EditedDataSet(bare, edits: [], fileMeta: [])
        }
        let stated = [NewElement(tag: .transferSyntaxUID, vr: .UI, text: "1.2.840.10008.1.2.4.50")]
        let result = try DICOMFile(bytes: try EditedDataSet(bare, edits: [], fileMeta: stated).bytes())
        #expect(result.transferSyntax.uid == "1.2.840.10008.1.2.4.50")
    }

    @Test func `a deflated data set is deflated again, to an even length`() throws {
        var generator = SeededGenerator(seed: 3)
        for size in [0, 3, 700_000] {
            let pixels = (0..<size * 2).map { _ in UInt8(generator.below(17)) }
            let built = DataSetBuilder().text(.modality, .CS, "CT").bytes(.pixelData, .OW, pixels)
            let file = try DICOMFile(bytes: built.file(.deflatedExplicitLittleEndian))
            let new = NewElement(tag: .modality, vr: .CS, text: "MR\\US")
            let result = try EditedDataSet(file, edits: [.replace(0, new)]).bytes()
            #expect(result.count % 2 == 0)
            let again = try DICOMFile(bytes: result)
            #expect(try again.bytes(of: 0) == Array("MR\\US ".utf8))
            #expect(try again.bytes(of: 1) == pixels)
            #expect(again.dataSet.nodes.count == 2)
        }
    }

    @Test func `what does not fit is an error`() throws {
        let built = DataSetBuilder().text(.modality, .CS, "CT")
            .sequence(Tag(0x0008, 0x1140), [DataSetBuilder().text(.codeValue, .SH, "1")]).text(
                .patientID, .LO, "1")
        let file = try DICOMFile(bytes: built.file())
        let text = NewElement(tag: .codeValue, vr: .SH, text: "x")
        let new = NewElement(tag: .patientName, vr: .PN, text: "x")
        let sequence = AttributePath(tag: Tag(0x0008, 0x1140))
        let item = AttributePath(steps: [.init(sequence: Tag(0x0008, 0x1140), item: 1)])
        let cases: [([Edit], EditedDataSet.EditError)] = [
            ([.remove(1), .remove(1)], .overlapping(sequence)),
            ([.remove(1), .remove(3)], .overlapping(sequence)),
            ([.remove(1), .insert(into: 2, new)], .overlapping(sequence)),
            ([.remove(2), .replace(3, text)], .overlapping(item)),
            ([.insert(into: nil, new), .insert(into: nil, new)], .overlapping(AttributePath(tag: .patientName))),
            ([.insert(into: 2, text)], .alreadyThere(AttributePath(steps: item.steps, tag: .codeValue))),
            ([.insert(into: 1, new)], .misplaced(sequence)),
            ([.insert(into: 99, new)], .misplaced(.root)), ([.remove(99)], .misplaced(.root)),
            ([.remove(-1)], .misplaced(.root)),
            ([.replace(0, new)], .misplaced(AttributePath(tag: .modality))),
            ([.replace(2, new)], .misplaced(item)),
            (
                [.insert(into: nil, NewElement(tag: .item, vr: .UN, value: .bytes([])))],
                .misplaced(AttributePath(tag: .item))
            ),
            (
                [.insert(into: nil, NewElement(tag: .patientName, vr: .SQ, value: .bytes([1])))],
                .misplaced(AttributePath(tag: .patientName))
            ),
            (
                [
                    .insert(
                        into: nil,
                        NewElement(
                            tag: Tag(0x0028, 0x0010), vr: .US,
                            value: .bytes([UInt8](repeating: 0, count: 65536))))
                ],
                .tooLong(AttributePath(tag: Tag(0x0028, 0x0010)))
            ),
        ]
        for (edits, expected) in cases {
            #expect(throws: expected, "\(edits)") { try EditedDataSet(file, edits: edits) }
        }
        #expect(throws: EditedDataSet.EditError.misplaced(AttributePath(tag: .patientName))) {
            try EditedDataSet(file, edits: [], fileMeta: [new])
        }
    }

    @Test(arguments: encodings)
    func `a part of the original stays in its byte order`(_ encoding: ElementEncoding) throws {
        let pixels = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 3) }
        let make = { (pixels: [UInt8]) in
            DataSetBuilder().text(.modality, .CS, "CT").sequence(
                Tag(0x0088, 0x0200), length: .defined, [DataSetBuilder().bytes(.pixelData, .OW, pixels)])
        }
        let file = try DICOMFile(bytes: make(pixels).file(TransferSyntax(uncompressed: encoding)))
        let start = file.dataSet.nodes[3].valueStart
        let new = NewElement(tag: .pixelData, vr: .OW, value: .original(start..<start + 200_000))
        let result = try EditedDataSet(file, edits: [.replace(3, new)]).bytes()
        let isSame = result == make(Array(pixels.prefix(200_000))).file(TransferSyntax(uncompressed: encoding))
        #expect(isSame)
        let outside = NewElement(tag: .pixelData, vr: .OW, value: .original(start..<file.size + 1))
        #expect(throws: EditedDataSet.EditError.self) { try EditedDataSet(file, edits: [.replace(3, outside)]) }
    }

    @Test(arguments: [
        TransferSyntax.explicitLittleEndian, .implicitLittleEndian, .explicitBigEndian,
        TransferSyntax(uid: "1.2.840.10008.1.2.1.99"),
    ])
    func `cells of pixels are written without what is not their samples`(_ syntax: TransferSyntax) throws {
        // Every cell there is, more than are read at once, with a cell more that does not stay.
        let cells = (0..<200_000).map { UInt16(truncatingIfNeeded: $0 &* 7) }
        func bytes(_ cells: [UInt16]) -> [UInt8] {
            cells.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        }
        func make(_ cells: [UInt16]) -> [UInt8] {
            DataSetBuilder().text(.modality, .CS, "CT").bytes(.pixelData, .OW, bytes(cells)).file(syntax)
        }
        let file = try DICOMFile(bytes: make(cells + [0xFFFF]))
        let id = try #require(file.dataSet.child(.pixelData))
        let start = file.dataSet.nodes[id].valueStart
        for (stored, high, isSigned) in [
            (12, 11, false), (12, 11, true), (10, 13, false), (1, 0, true), (16, 15, true),
        ] {
            let bits = try #require(
                StoredBits(
                    allocated: 16, stored: stored, highBit: high, isSigned: isSigned,
                    isBigEndian: syntax == .explicitBigEndian))
            let expected = cells.map { cell -> UInt16 in
                // By shifts alone: the sample to the top, and back with its sign.
                let top = cell << UInt16(15 - high)
                let below = 16 - stored
                let number = isSigned ? Int16(bitPattern: top) >> Int16(below) : Int16(bitPattern: top >> UInt16(below))
                return UInt16(bitPattern: number) << UInt16(high + 1 - stored)
            }
            let value = NewElement.Value.samples(start..<start + 400_000, bits)
            let edits = [Edit.replace(id, NewElement(tag: .pixelData, vr: .OW, value: value))]
            let result = try EditedDataSet(file, edits: edits).bytes()
            let elements = try DICOMFile(bytes: result)
            let isSame = try elements.bytes(of: id) == DICOMFile(bytes: make(expected)).bytes(of: id)
            #expect(isSame, "\(stored) \(high) \(isSigned)")
        }
        let bits = try #require(
            StoredBits(allocated: 16, stored: 12, highBit: 11, isSigned: false, isBigEndian: false))
        for (vr, end) in [(VR.OW, file.size + 1), (.SQ, start + 2), (.LO, start + 2)] {
            let value = NewElement.Value.samples(start..<end, bits)
            #expect(throws: EditedDataSet.EditError.self) {
                try EditedDataSet(file, edits: [.replace(id, NewElement(tag: .pixelData, vr: vr, value: value))])
            }
        }
    }

    @Test func `bits that do not fit into a cell are none`() {
        for (allocated, stored, high) in [
            (16, 0, 11), (16, 17, 16), (16, 12, 16), (16, 12, 10), (32, 12, 11), (12, 12, 11),
        ] {
            #expect(
                StoredBits(
                    allocated: allocated, stored: stored, highBit: high, isSigned: false, isBigEndian: false) == nil)
        }
    }

    @Test func `an insertion may take the place of what is removed`() throws {
        let file = try DICOMFile(bytes: DataSetBuilder().text(.modality, .CS, "CT").text(.patientID, .LO, "1").file())
        let new = NewElement(tag: .modality, vr: .CS, text: "MR")
        let expected = DataSetBuilder().text(.modality, .CS, "MR").text(.patientID, .LO, "1").file()
        #expect(try EditedDataSet(file, edits: [.remove(0), .insert(into: nil, new)]).bytes() == expected)
    }

    @Test func `text too long for its header becomes UN in explicit VR and stays in implicit`() throws {
        let text = String(repeating: "a", count: 70_000)
        let new = NewElement(tag: .patientComments, vr: .LT, text: text)
        for encoding in encodings {
            let built = DataSetBuilder().text(.modality, .CS, "CT")
            let file = try DICOMFile(bytes: built.file(TransferSyntax(uncompressed: encoding)))
            let result = try DICOMFile(bytes: try EditedDataSet(file, edits: [.insert(into: nil, new)]).bytes())
            #expect(result.dataSet.nodes.map(\.vr) == [.CS, encoding.isExplicit ? .UN : .LT])
            #expect(try result.bytes(of: 1) == Array(text.utf8))
        }
    }

    @Test func `every run passes the observer on its way to the file`() throws {
        let path = temporaryPath()
        defer { unlink(path) }
        let pixels = (0..<900_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let built = DataSetBuilder().text(.modality, .CS, "CT").bytes(.pixelData, .OW, pixels)
        try write(built.file(), to: path)
        let file = try DICOMFile(path: path)
        let target = temporaryPath()
        defer { unlink(target) }
        for edits in [[], [Edit.replace(0, NewElement(tag: .modality, vr: .CS, text: "ABCD"))]] {
            let descriptor = open(target, O_WRONLY | O_TRUNC)
            var observed: [UInt8] = []
            try EditedDataSet(file, edits: edits).write(to: descriptor) { observed.append(contentsOf: $0) }
            close(descriptor)
            let expected =
                edits.isEmpty ? built : DataSetBuilder().text(.modality, .CS, "ABCD").bytes(.pixelData, .OW, pixels)
            #expect(observed == expected.file())
            #expect(Fixtures.bytes(target) == observed)
        }
    }

    @Test func `an original that changed meanwhile is an error`() throws {
        let path = temporaryPath()
        defer { unlink(path) }
        try write(DataSetBuilder().text(.modality, .CS, "CT").file(), to: path)
        let file = try DICOMFile(path: path)
        try write(DataSetBuilder().text(.modality, .CS, "MR").file(), to: path)
        var times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
        utimensat(AT_FDCWD, path, &times, 0)
        #expect(throws: WriteError.originalChanged) { try EditedDataSet(file, edits: []).bytes() }
    }
}

extension DataSetBuilder {
    func adding(contentsOf other: DataSetBuilder) -> DataSetBuilder { DataSetBuilder(parts + other.parts) }

    var withoutEmptyParts: DataSetBuilder {
        DataSetBuilder(
            parts.filter { $0 != .raw([]) }.map { part in
                guard case .sequence(let tag, let vr, let length, let itemLength, let items) = part else { return part }
                return .sequence(
                    tag, vr, length: length, itemLength: itemLength, items: items.map(\.withoutEmptyParts))
            })
    }
}

extension Tag { static let patientComments = Tag(0x0010, 0x4000) }

/// Long runs are handed on as they lie in memory, or read piece by piece from a file: the bytes are the same.
struct LongRunTests {
    @Test(arguments: [0, 1, 4095, 4096, 65_535, 65_536, 65_537, 262_143, 262_144, 262_146, 700_001])
    func `pixels of any length come out of memory and of a file as they went in`(_ count: Int) throws {
        let pixels = (0..<count + count % 2).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        func bytes(_ name: String) -> [UInt8] {
            DataSetBuilder().text(.patientName, .PN, name)
                .sequence(
                    Tag(0x0008, 0x1140), length: .defined,
                    (0..<300).map { DataSetBuilder().text(Tag(0x0008, 0x1155), .UI, "1.2.\($0)\(name)") }
                )
                .bytes(.pixelData, .OW, pixels).text(Tag(0xFFFC, 0xFFFC), .OB, "zz").file(.explicitLittleEndian)
        }
        let original = bytes("A"), expected = bytes("BCDE")
        let path = temporaryPath(), outPath = temporaryPath()
        defer { for path in [path, outPath] { unlink(path) } }
        try write(original, to: path)
        for file in [try DICOMFile(bytes: original), try DICOMFile(path: path)] {
            let index = file.dataSet
            let edits = index.nodes.indices.compactMap { id -> Edit? in
                switch index.nodes[id].tag {
                case .patientName: .replace(id, NewElement(tag: .patientName, vr: .PN, text: "BCDE"))
                case Tag(0x0008, 0x1155):
                    (try? file.values(of: id).first).map {
                        .replace(
                            id, NewElement(tag: Tag(0x0008, 0x1155), vr: .UI, text: String($0.dropLast()) + "BCDE"))
                    }
                default: nil
                }
            }
            let result = try EditedDataSet(file, edits: edits)
            let isInMemory = try result.bytes() == expected
            #expect(isInMemory)
            // And through a descriptor, with all of it observed in order.
            let out = open(outPath, O_RDWR | O_TRUNC)
            defer { close(out) }
            var observed: [UInt8] = []
            try result.write(to: out) { observed += $0 }
            #expect(observed == expected)
            var written = [UInt8](repeating: 0, count: expected.count + 1)
            #expect(pread(out, &written, written.count, 0) == expected.count)
            #expect(written.dropLast() == expected[...])
        }
    }
}
