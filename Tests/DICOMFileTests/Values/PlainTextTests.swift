import DICOMCore
import DICOMEncoding
import TestSupport
import Testing

@testable import DICOMFile

/// The short way to a value against the long one.
@Suite struct PlainTextTests {
    private static let sets = [
        "", "ISO_IR 6", "ISO_IR 100", "ISO_IR 192", "GB18030", "ISO_IR 13", "ISO 2022 IR 13\\ISO 2022 IR 87",
        "unheard of",
    ]
    private static let vrs: [VR] = [
        .AE, .AS, .CS, .DA, .DS, .DT, .IS, .LO, .LT, .PN, .SH, .ST, .TM, .UC, .UI, .UR, .UT, .UN, .OB, .US,
    ]
    /// Mostly letters, with whatever makes a value more than one text in ASCII.
    private static let bytes: [UInt8] =
        Array("abcXYZ019".utf8) + Array("abcXYZ019".utf8) + [0x20, 0x20, 0x00, 0x5C, 0x0A, 0x1B, 0x7F, 0xE9, 0x01]

    private static func instance(_ generator: inout SeededGenerator, _ set: String, depth: Int = 0) -> DataSetBuilder {
        var builder = DataSetBuilder()
        if !set.isEmpty { builder = builder.text(Tag(0x0008, 0x0005), .CS, set) }
        for element in 0..<12 {
            let count = generator.below(9) * 2
            let bytes = (0..<count).map { _ in generator.pick(Self.bytes) }
            builder = builder.bytes(Tag(0x0018, 0x1000 + UInt16(element)), generator.pick(vrs), bytes)
        }
        if depth < 2 {
            let item = instance(&generator, generator.pick(sets), depth: depth + 1)
            builder = builder.sequence(Tag(0x0040, 0x0275), [item])
        }
        return builder
    }

    @Test(arguments: sets) func `it is the value that is read the long way, or nothing`(set: String) throws {
        var generator = SeededGenerator(seed: UInt64(set.utf8.count + 1))
        var plain = 0, others = 0
        for _ in 0..<150 {
            let file = try DICOMFile(bytes: Self.instance(&generator, set).file())
            for node in file.dataSet.nodes.indices {
                let readsASCII = (try? file.characterSet(at: node))?.readsASCII ?? false
                guard let text = file.plainText(of: node, readsASCII: readsASCII) else {
                    others += 1
                    continue
                }
                #expect(try file.values(of: node) == [text])
                plain += 1
            }
        }
        #expect(plain > 50 && others > 50)
    }

    @Test func `what would be nothing else the long way is found the short way`() throws {
        let file = try DICOMFile(
            bytes: DataSetBuilder().text(Tag(0x0010, 0x0020), .LO, " A 1 ").text(Tag(0x0010, 0x4000), .LT, " a\\b\r\n ")
                .file())
        let texts = file.dataSet.nodes.indices.map { file.plainText(of: $0, readsASCII: true) }
        #expect(texts == ["A 1", " a\\b\r\n"])
    }
}
