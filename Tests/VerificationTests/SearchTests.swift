import DICOMCore
import DICOMEncoding
import Foundation
import Testing

@testable import Verification

@Suite("Texts in other forms")
struct SearchTests {
    @Test(arguments: [
        "20190503", "2019-05-03", "2019.05.03", "2019/5/3", "03.05.2019", "3/5/2019", "05/03/2019", "3 May 2019",
        "May 3, 2019",
        "may 3rd 2019", "3-MAI-2019", "3 mayo 2019", "03.05.19", "at 20190503101500 hours", "2019-05-03T10:15",
    ])
    func `a date is read in the notations of people`(_ text: String) {
        let bytes = lowercased(TextForms.folded(text).utf8)
        let dates = WrittenDates.dates(in: bytes, words: WordRuns.words(in: bytes, asciiOnly: false), wholeOnly: false)
        let expected = DICOMDate(year: 2019, month: 5, day: 3).map { Int32($0.dayNumber) }
        #expect(dates.map(\.day).contains { $0 == expected })
    }

    @Test(arguments: [
        "20191301", "120190503", "512 x 512 x 300", "1.2.840.113619.2", "3 of 5", "13/13/2019", "maybe 2019",
    ])
    func `what is no date is not read as one`(_ text: String) {
        let bytes = lowercased(text.utf8)
        let words = WordRuns.words(in: bytes, asciiOnly: false)
        let expected = DICOMDate(year: 2019, month: 5, day: 3).map { Int32($0.dayNumber) }
        #expect(!WrittenDates.dates(in: bytes, words: words, wholeOnly: false).contains { $0.day == expected })
    }

    @Test func `wide characters are found in either order, at an even and an odd place`() {
        for prefix in [[], [7]] as [[UInt8]] {
            let little = prefix + "Ingeborg".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
            let big = prefix + "Ingeborg".utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
            #expect(EmbeddedText.wide(in: little).contains(Array("Ingeborg".utf8)))
            #expect(EmbeddedText.wide(in: big).contains(Array("Ingeborg".utf8)))
        }
        #expect(EmbeddedText.wide(in: Array("Ingeborg".utf8)).isEmpty)
    }

    @Test func `base64 and hexadecimal digits are unpacked`() {
        let text = "patient ZZ4711088 of Ingeborg"
        let base64 = "x=" + Data(text.utf8).base64EncodedString(options: [.lineLength64Characters]) + "."
        #expect(
            EmbeddedText.encoded(in: Array(base64.utf8)).contains {
                String(decoding: $0, as: UTF8.self).hasPrefix(text)
            })
        let digits = "<" + Data(text.utf8).map { String(format: "%02X", $0) }.joined() + ">"
        #expect(EmbeddedText.encoded(in: Array(digits.utf8)).contains(Array(text.utf8)))
    }

    @Test(arguments: [
        ("山城", "ISO 2022 IR 87"), ("황보", "ISO 2022 IR 149"), ("文昭", "GB18030"), ("Вересаев", "ISO_IR 144"),
        ("Krüger", "ISO_IR 100"), ("Łoś", "ISO_IR 101"),
    ])
    func `a name has a pattern for its character set, in capitals too`(_ name: String, _ term: String) throws {
        let set = try SpecificCharacterSet(terms: term.hasPrefix("ISO 2022") ? ["", term] : [term])
        let patterns = TextForms.patterns(name)
        for form in [name, name.uppercased()] {
            let bytes = lowercased(try set.encode([form], vr: .LO))
            #expect(
                patterns.contains { pattern in
                    pattern.count <= bytes.count
                        && (0...bytes.count - pattern.count).contains {
                            bytes[$0..<$0 + pattern.count].elementsEqual(pattern)
                        }
                })
        }
        let eucJP: [UInt8] = [0xBB, 0xB3, 0xBE, 0xEB], shiftJIS: [UInt8] = [0x8E, 0x52, 0x8F, 0xE9]
        if name == "山城" { #expect(patterns.contains(lowercased(eucJP)) && patterns.contains(lowercased(shiftJIS))) }
    }

    @Test func `a PDF's streams are unpacked and its strings joined`() throws {
        // zlib's stored block: header, one final block, its length and complement, Adler-32 that nobody asks for.
        let page = Array("BT [(Wolframs) -20 (dotter)] TJ ET".utf8)
        let count = UInt16(page.count)
        let stream: [UInt8] =
            [0x78, 0x01, 0x01, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8)] + page
            + [0, 0, 0, 0]
        let document = Array("%PDF-1.4\n1 0 obj <<>> stream\r\n".utf8) + stream + Array("\r\nendstream".utf8)
        let texts = EncapsulatedDocument.texts(in: document).map { String(decoding: $0.bytes, as: UTF8.self) }
        #expect(texts.contains { $0.contains("Wolframsdotter") })
    }

    @Test func `XML is read without its tags`() {
        let document = Array(
            "<?xml version=\"1.0\"?><name><given>Ingeborg</given><family>Wolframsdotter</family></name>".utf8)
        let texts = EncapsulatedDocument.texts(in: document).map { String(decoding: $0.bytes, as: UTF8.self) }
        #expect(texts.contains { $0.split(separator: " ") == ["Ingeborg", "Wolframsdotter"] })
    }

    @Test func `segments of a codestream cover it without gap or overlap, whatever it is`() {
        var random = SystemRandomNumberGenerator()
        let starts: [[UInt8]] = [
            [0xFF, 0xD8], [0xFF, 0x4F, 0xFF, 0x51], [0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20], [0, 0, 1], [9],
        ]
        for _ in 0..<3000 {
            let bytes =
                (starts.randomElement(using: &random) ?? [])
                + (0..<Int.random(in: 0...120, using: &random)).map { _ in
                    [0xFF, 0x00, 0xFE, 0xE1, 0x64, 0x90, 0x93, 0xD9, 1, 2, 8, 0x6A].randomElement(using: &random) ?? 0
                }
            for plane in [nil, 7] {
                var position = 0
                for segment in Codestream.segments(of: bytes, plane: plane) {
                    #expect(segment.range.lowerBound == position && !segment.range.isEmpty)
                    position = segment.range.upperBound
                }
                #expect(position == bytes.count)
            }
        }
    }

    @Test func `a box that says that it is longer than anything hides nothing`() {
        let signature: [UInt8] = [0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20, 0x0D, 0x0A, 0x87, 0x0A]
        for first: UInt8 in [0x7F, 0xFF, 0] {
            var bytes = signature + [0, 0, 0, 1]
            bytes += Array("uuid".utf8)
            bytes += [first] + [UInt8](repeating: 0xFF, count: 7)
            bytes += Array("Wolframsdotter".utf8)
            let segments = Codestream.segments(of: bytes)
            #expect(segments.last?.range == signature.count..<bytes.count)
            #expect(segments.last?.isCoded == false)
        }
    }

    @Test func `the table has every row, repeating groups by any tag`() {
        #expect(ConfidentialityTable.row(for: .patientName)?.action == "Z")
        #expect(ConfidentialityTable.row(for: .init(0x6012, 0x3000))?.options == .cleanGraphics)
        #expect(ConfidentialityTable.row(for: .init(0x5004, 0x0110))?.action == "X")
        #expect(ConfidentialityTable.row(for: .init(0x0028, 0x0010)) == nil)
        #expect(GeneratedText.confidentialityTable.split(separator: "\n").count == 656)
        #expect(SafePrivateTable.contains(.init(0x01F1, 0x1026), creator: "ELSCINT1"))
        #expect(!SafePrivateTable.contains(.init(0x01F1, 0x1026), creator: "ELSCINT2"))
        #expect(
            PublicWords.contains("head") && PublicWords.contains("parkinson") && !PublicWords.contains("wolframsdotter")
        )
    }
}
