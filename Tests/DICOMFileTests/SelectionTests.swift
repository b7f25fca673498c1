import DICOMCore
import DICOMEncoding
import DICOMFile
import Glibc
import TestSupport
import Testing

/// An index of some elements is a part of the index of all; and what cannot be read to its end is refused for the same reason,
/// whatever was asked for.
struct SelectionTests {
    private typealias Reading = Result<DICOMFile, ParseError>

    private static func read(_ read: () throws(ParseError) -> DICOMFile) -> Reading {
        Result { () throws(ParseError) in try read() }
    }

    /// What the part says otherwise than the whole; nil when nothing.
    private static func difference(_ whole: Reading, _ part: Reading, _ selection: ElementSelection) -> String? {
        switch (whole, part) {
        case (.failure(let left), .failure(let right)):
            return left == right ? nil : "refused for another reason: \(left); \(right)"
        case (.failure(let error), .success): return "not refused: \(error)"
        case (.success, .failure(let error)): return "refused: \(error)"
        case (.success(let whole), .success(let part)):
            guard whole.transferSyntax == part.transferSyntax, whole.isMisstated == part.isMisstated,
                whole.preamble == part.preamble, whole.fileMeta.nodes == part.fileMeta.nodes,
                whole.dataSet.range == part.dataSet.range, whole.dataSet.encoding == part.dataSet.encoding
            else { return "another file" }
            return difference(whole.dataSet, part.dataSet, selection)
        }
    }

    private static func difference(
        _ whole: DataSetIndex, _ part: DataSetIndex, _ selection: ElementSelection
    ) -> String? {
        var ids: [Int] = [], places: [Int: Int] = [:]
        for top in whole.children(of: nil) where selection.contains(whole.nodes[top].tag) {
            for id in top..<Int(whole.nodes[top].subtreeEnd) {
                places[id] = ids.count
                ids.append(id)
            }
        }
        guard ids.count == part.nodes.count else { return "\(part.nodes.count) nodes of \(ids.count)" }
        for (new, old) in ids.enumerated() {
            let left = whole.nodes[old], right = part.nodes[new]
            let isSame =
                left.tag == right.tag && left.vr == right.vr && left.kind == right.kind && left.start == right.start
                && left.valueStart == right.valueStart && left.valueEnd == right.valueEnd && left.end == right.end
                && left.encoding == right.encoding && left.depth == right.depth && left.number == right.number
                && left.isUnreadSequence == right.isUnreadSequence
                && Int(left.subtreeEnd) - old == Int(right.subtreeEnd) - new
                && (left.parent < 0 ? -1 : places[Int(left.parent)] ?? -2) == Int(right.parent)
            guard isSame, whole.creators(of: old) == part.creators(of: new),
                whole.path(of: old) == part.path(of: new)
            else { return "another node at \(left.start)" }
            if left.depth == 0, whole.child(left.tag) == old, part.child(left.tag) != new { return "not found" }
        }
        return nil
    }

    /// Some of the elements that are there, one that is not, and now and then a group.
    private static func selection(_ reading: Reading, _ generator: inout SeededGenerator) -> ElementSelection {
        var selection = ElementSelection([Tag(0x0018, 0x0015)])
        guard case .success(let file) = reading else { return selection }
        for id in file.dataSet.children(of: nil) where generator.below(3) == 0 {
            selection.insert(file.dataSet.nodes[id].tag)
            if generator.below(8) == 0 { selection.insert(group: file.dataSet.nodes[id].tag.group) }
        }
        return selection
    }

    private func check(_ bytes: [UInt8], _ name: String, _ generator: inout SeededGenerator) -> Bool {
        let whole = Self.read { () throws(ParseError) in try DICOMFile(bytes: bytes) }
        let selection = Self.selection(whole, &generator)
        let part = Self.read { () throws(ParseError) in try DICOMFile(bytes: bytes, selection: selection) }
        let difference = Self.difference(whole, part, selection)
        #expect(difference == nil, "\(name)")
        return difference == nil
    }

    private func samples(_ generator: inout SeededGenerator) -> [(String, [UInt8])] {
        var result: [(String, [UInt8])] = []
        for number in 0..<12 {
            var built = DataSetBuilder.random(&generator, depth: 3)
                .privateBlock(group: 0x0043, block: 0x10, creator: "X", [(1, .LO, "abc")])
            for tag in [Tag(0x0041, 0x1001), Tag(0x0040, 0xA730)] {
                built = built.sequence(
                    tag, vr: .UN, length: generator.pick(DataSetBuilder.Length.allCases),
                    [DataSetBuilder.random(&generator, depth: 1)])
            }
            if number % 3 == 0 { built = built.fragments(.pixelData, .OB, [[], [1, 2, 3, 4], [5, 6]]) }
            // Elements out of order, and one behind all others that belongs before them.
            if number % 2 == 0 { built.parts.shuffle(using: &generator) }
            if number % 4 == 1 { built = built.text(.patientID, .LO, "LATE") }
            for encoding in encodings where number % 3 != 0 || encoding.isExplicit {
                let syntax = TransferSyntax(uncompressed: encoding)
                result.append(("\(number) \(encoding)", built.file(syntax)))
                result.append(("\(number) bare \(encoding)", built.encoded(encoding)))
            }
            result.append(("\(number) deflated", built.file(.deflatedExplicitLittleEndian)))
        }
        return result
    }

    @Test func `an index of some elements is a part of that of all, in every encoding and order`() {
        var generator = SeededGenerator(seed: 71)
        for (name, bytes) in samples(&generator) {
            for _ in 0..<8 { guard check(bytes, name, &generator) else { return } }
        }
    }

    @Test func `what is cut or altered anywhere is refused for the same reason`() {
        var generator = SeededGenerator(seed: 72)
        for (name, bytes) in samples(&generator) {
            for round in 0..<60 {
                var damaged = bytes
                if round % 3 == 0 {
                    damaged.removeLast(generator.below(bytes.count))
                } else if !bytes.isEmpty {
                    let place = generator.below(bytes.count)
                    damaged[place] = generator.below(3) == 0 ? 0xFF : UInt8(generator.below(256))
                }
                guard check(damaged, "\(name), \(round)", &generator) else { return }
            }
        }
    }

    @Test func `limits count what is read over`() throws {
        let item = DataSetBuilder().text(.codeValue, .SH, "1").text(.patientID, .LO, "A")
        let built = DataSetBuilder().text(.sopClassUID, .UI, "1.2").sequence(
            Tag(0x0008, 0x1140), [DataSetBuilder](repeating: item, count: 20)
        ).text(.patientID, .LO, "AB").text(.studyInstanceUID, .UI, "1.3")
        let bytes = built.file(.explicitLittleEndian)
        for nodes in [1, 20, 40, 62, 63, 64, 65, 66] {
            var limits = ParseLimits()
            limits.nodes = nodes
            let selection = ElementSelection([.patientID])
            let whole = Self.read { () throws(ParseError) in try DICOMFile(bytes: bytes, limits: limits) }
            let part = Self.read { () throws(ParseError) in
                try DICOMFile(bytes: bytes, limits: limits, selection: selection)
            }
            #expect(Self.difference(whole, part, selection) == nil, "\(nodes)")
        }
    }

    @Test func `real files, malformed ones and directories among them, are read in parts as in whole`() throws {
        var generator = SeededGenerator(seed: 73)
        var count = 0
        for path in Fixtures.pydicomFiles + Corpus.entries.map(\.path) {
            let descriptor = open(path, O_RDONLY)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            let whole = Self.read { () throws(ParseError) in try DICOMFile(descriptor: descriptor) }
            for _ in 0..<3 {
                let selection = Self.selection(whole, &generator)
                let part = Self.read { () throws(ParseError) in
                    try DICOMFile(descriptor: descriptor, selection: selection)
                }
                #expect(Self.difference(whole, part, selection) == nil, "\(path.split(separator: "/").last ?? "")")
            }
            count += 1
        }
        if Fixtures.pydicomFiles.isEmpty {
            print("skipped: pydicom's files are not there")
        } else {
            #expect(count > 50)
        }
    }
}
