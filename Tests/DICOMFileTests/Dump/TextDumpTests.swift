import DICOMCore
import DICOMFile
import Foundation
import TestSupport
import Testing

@Suite struct TextDumpTests {
    @Test func `one line for each element, with its place, its name and its value`() throws {
        var options = TextDump.Options()
        options.includesFileMeta = false
        let lines = try dump(
            DataSetBuilder()
                .text(.specificCharacterSet, .CS, "ISO_IR 100")
                .sequence(Tag(0x0040, 0xA730), length: .undefined, [DataSetBuilder().text(.patientID, .LO, "1\\2")])
                .bytes(.pixelData, .OW, [UInt8](repeating: 0xAB, count: 20)), options)
        #expect(
            lines.joined(separator: "\n") == """
                (0008,0005) CS       10  SpecificCharacterSet                 ISO_IR 100
                (0040,A730) SQ        u  ContentSequence                      1 item
                  1                   u
                    (0010,0020) LO        4  PatientID                            1\\2
                (7FE0,0010) OW       20  PixelData                            AB AB AB AB AB AB AB AB AB AB AB AB AB AB AB AB …
                """)
    }

    @Test func `values stay hidden when they are not asked for`() throws {
        var options = TextDump.Options()
        options.showsValues = false
        let lines = try dump(
            DataSetBuilder().text(.patientName, .PN, "SECRET").bytes(.patientID, .LO, [0xFC])
                .text(Tag(0x0010, 0x1000), .UN, "SECRET"), options)
        #expect(!lines.joined().contains("SECRET"))
        #expect(!lines.joined().contains("FC"))
        #expect(lines.contains { $0.contains("PatientName") })
    }

    @Test func `no control character of a value reaches the terminal`() throws {
        let lines = try dump(
            DataSetBuilder().text(.specificCharacterSet, .CS, "ISO_IR 192")
                .text(.patientName, .PN, "a\u{202E}b").text(.patientID, .LO, "line\nbreak")
                .text(Tag(0x0010, 0x1000), .LO, "\u{1B}[2J").text(Tag(0x0011, 0x0010), .LO, "\u{9B}31m")
                .text(Tag(0x0011, 0x1001), .LO, "x"))
        let text = lines.joined()
        #expect(
            !text.unicodeScalars.contains {
                $0.value < 0x20 || ($0.value >= 0x7F && $0.value < 0xA0) || $0 == "\u{202E}"
            })
        #expect(text.contains("a\\u{202E}b"))
        #expect(text.contains("line\\u{A}break"))
        #expect(text.contains("1B 5B 32 4A (malformedText"))
    }

    @Test func `long values are cut, by characters and by bytes`() throws {
        let lines = try dump(
            DataSetBuilder().text(Tag(0x0010, 0x4000), .LT, String(repeating: "é", count: 500).lowercased())
                .text(Tag(0x0008, 0x1030), .LO, String(repeating: "x", count: 200)))
        #expect(lines.allSatisfy { $0.unicodeScalars.count < 300 })
        #expect(lines.contains { $0.hasSuffix("x…") })
    }

    @Test func `every file of the fixtures and of the corpus can be dumped, both ways`() throws {
        var dumped = 0
        for path in Fixtures.pydicomFiles + Corpus.entries.map(\.path) {
            guard let file = try? DICOMFile(path: path) else { continue }
            var lines = 0
            var unsafe = 0
            TextDump(file).lines { line in
                lines += 1
                if ControlScalars.occur(in: line) { unsafe += 1 }
            }
            #expect(unsafe == 0)
            #expect(lines == file.fileMeta.nodes.count + file.dataSet.nodes.count)
            var json = JSONWriter()
            JSONModel(file).write(to: &json)
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(json.bytes)) }
            #expect(!json.text.unicodeScalars.contains("\u{FFFD}"))
            dumped += 1
        }
        if Fixtures.pydicom != nil { #expect(dumped > 150) }
    }

    private func dump(_ builder: DataSetBuilder, _ options: TextDump.Options = TextDump.Options()) throws -> [String] {
        var lines: [String] = []
        TextDump(try DICOMFile(bytes: builder.file()), options: options).lines { lines.append($0) }
        return lines
    }
}

enum ControlScalars {
    static func occur(in text: String) -> Bool {
        text.utf8.contains { $0 < 0x20 || $0 == 0x7F }
            || text.unicodeScalars.contains { $0.value >= 0x80 && $0.value < 0xA0 }
    }
}
