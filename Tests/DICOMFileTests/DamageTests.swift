import DICOMCore
import DICOMEncoding
import DICOMFile
import TestSupport
import Testing

/// Whatever the bytes are, there is an answer: an index that lies within the file, or an error that says where.
struct DamageTests {
    /// Everything in the index is where it can be.
    private func isSound(_ file: DICOMFile) -> Bool {
        for index in [file.dataSet, file.fileMeta] {
            for (id, node) in index.nodes.enumerated() {
                guard node.start < node.valueStart, node.valueStart <= node.valueEnd,
                    node.end <= index.range.upperBound,
                    node.start >= index.range.lowerBound, Int(node.subtreeEnd) > id,
                    Int(node.subtreeEnd) <= index.nodes.count
                else { return false }
                if node.parent >= 0 {
                    let parent = index.nodes[Int(node.parent)]
                    guard Int(node.parent) < id, node.start >= parent.valueStart, node.end <= parent.valueEnd,
                        id < Int(parent.subtreeEnd), node.depth <= parent.depth + 1
                    else { return false }
                }
            }
        }
        return true
    }

    private func samples() -> [(String, [UInt8])] {
        let fragments = DataSetBuilder().text(.sopClassUID, .UI, "1.2").sequence(
            Tag(0x0088, 0x0200), length: .undefined, [DataSetBuilder().fragments(.pixelData, .OB, [[], [1, 2]])]
        ).sequence(Tag(0x0040, 0xA730), vr: .UN, length: .defined, [DataSetBuilder().text(.codeValue, .SH, "1")])
            .sequence(Tag(0x0041, 0x1001), vr: .UN, length: .undefined, [DataSetBuilder().text(.codeValue, .SH, "1")])
            .privateBlock(group: 0x0043, block: 0x10, creator: "X", [(1, .LO, "abc")])
            .fragments(.pixelData, .OB, [[], [1, 2, 3, 4], [5]])
        var generator = SeededGenerator(seed: 11)
        var result: [(String, [UInt8])] = []
        for encoding in encodings {
            let syntax = TransferSyntax(uncompressed: encoding)
            result.append(("random \(encoding)", DataSetBuilder.random(&generator, depth: 2).file(syntax)))
            result.append(("bare \(encoding)", fragments.encoded(encoding)))
        }
        result.append(("fragments", fragments.file(TransferSyntax(uid: "1.2.840.10008.1.2.4.50"))))
        result.append(("deflated", fragments.file(.deflatedExplicitLittleEndian)))
        return result
    }

    @Test func `every prefix of a data set gives an answer, and its errors lie in it`() {
        for (name, bytes) in samples() {
            for count in 0..<bytes.count {
                do throws(ParseError) {
                    let file = try DICOMFile(bytes: Array(bytes.prefix(count)))
                    #expect(isSound(file), "\(name), \(count)")
                    #expect(file.dataSet.range.upperBound <= max(count, file.dataSet.nodes.last?.end ?? 0))
                } catch {
                    #expect(error.offset <= max(count, bytes.count), "\(name), \(count)")
                }
            }
        }
    }

    @Test func `no prefix but at the end of an element is read as whole`() throws {
        let built = DataSetBuilder().text(.sopClassUID, .UI, "1.2").sequence(
            Tag(0x0008, 0x1140), length: .undefined, [DataSetBuilder().text(.codeValue, .SH, "1")]
        ).text(.patientID, .LO, "AB")
        for encoding in encodings {
            let whole = built.file(TransferSyntax(uncompressed: encoding))
            let file = try DICOMFile(bytes: whole)
            let start = file.dataSet.range.lowerBound
            let ends = Set(file.dataSet.children(of: nil).map { file.dataSet.nodes[$0].end } + [start])
            for count in start + 1..<whole.count where !ends.contains(count) {
                // In big endian the first byte of many a tag is NUL: alone it is padding.
                if whole[count - 1] == 0, ends.contains(count - 1) { continue }
                #expect(throws: ParseError.self, "\(encoding), \(count)") {
                    try DICOMFile(bytes: Array(whole.prefix(count)))
                }
            }
        }
    }

    @Test func `flipped bytes give an answer, and what is read can be edited and read again`() throws {
        var generator = SeededGenerator(seed: 5)
        var read = 0
        for (name, original) in samples() {
            for _ in 0..<700 {
                var bytes = original
                for _ in 0..<1 + generator.below(4) {
                    bytes[generator.below(bytes.count)] = generator.pick([
                        0, 0xFF, 0xFE, 0x20, 0x53, UInt8(generator.below(256)),
                    ])
                }
                guard let file = try? DICOMFile(bytes: bytes) else { continue }
                read += 1
                #expect(isSound(file), "\(name)")
                let same = try EditedDataSet(file, edits: []).bytes() == bytes
                #expect(same)
                try edit(file, &generator)
            }
        }
        #expect(read > 500)
    }

    /// Removes one node: the others stay as they are.
    private func edit(_ file: DICOMFile, _ generator: inout SeededGenerator) throws {
        guard !file.dataSet.nodes.isEmpty, !file.isMisstated, !file.fileMeta.nodes.isEmpty else { return }
        let id = generator.below(file.dataSet.nodes.count)
        // What comes first may tell how the rest is encoded; private blocks need their creator.
        let tag = file.dataSet.nodes[id].tag
        guard id > 4, !tag.isPrivateCreator, let bytes = try? EditedDataSet(file, edits: [.remove(id)]).bytes() else {
            return
        }
        let again = try DICOMFile(bytes: bytes)
        let removed = Int(file.dataSet.nodes[id].subtreeEnd) - id
        #expect(again.dataSet.nodes.count == file.dataSet.nodes.count - removed)
    }

    @Test func `every file of the corpus gives an answer and stays the same without edits`() throws {
        for path in Fixtures.pydicomFiles + Corpus.entries.map(\.path) {
            guard let file = try? DICOMFile(path: path) else { continue }
            #expect(isSound(file), "\(path)")
            let same = try EditedDataSet(file, edits: []).bytes() == Fixtures.bytes(path)
            #expect(same, "\(path)")
        }
    }

    @Test func `removing every element of real files one by one leaves the others`() throws {
        for path in Fixtures.pydicomFiles {
            guard let file = try? DICOMFile(path: path), !file.isMisstated, file.dataSet.nodes.count < 400,
                file.size < 100_000
            else { continue }
            let all = paths(file.dataSet)
            for id in file.dataSet.nodes.indices.dropFirst(3) where !file.dataSet.nodes[id].tag.isPrivateCreator {
                let node = file.dataSet.nodes[id]
                if node.kind == .item { continue }
                let again = try DICOMFile(bytes: try EditedDataSet(file, edits: [.remove(id)]).bytes())
                var expected = all
                expected.removeSubrange(id..<Int(node.subtreeEnd))
                let isSame = again.dataSet.nodes.count == expected.count
                #expect(isSame, "\(path) \(file.dataSet.path(of: id))")
            }
        }
    }
}
