import DICOMCore
import DICOMEncoding
import Testing

@Suite struct SpecificCharacterSetTests {
    @Test(arguments: CharacterSetVector.all)
    func `the examples of the standard are read and written as it prints them`(vector: CharacterSetVector) throws {
        let set = try vector.set()
        #expect(try set.decode(vector.bytes, vr: .PN) == [vector.text])
        #expect(try set.encode([vector.text], vr: .PN) == vector.bytes)
    }

    @Test(arguments: CharacterSetVector.all)
    func `every truncation and every flipped bit gives values or an error, and values that survive writing`(
        vector: CharacterSetVector
    ) throws {
        let set = try vector.set()
        var damaged = (0..<vector.bytes.count).map { Array(vector.bytes.prefix($0)) }
        for index in vector.bytes.indices {
            for bit in 0..<8 {
                var bytes = vector.bytes
                bytes[index] ^= 1 << bit
                damaged.append(bytes)
            }
        }
        for bytes in damaged {
            guard let values = try? set.decode(bytes, vr: .PN) else { continue }
            #expect(!values.joined().unicodeScalars.contains("\u{FFFD}"))
            // A yen sign can be read and, where the byte is a delimiter, not be written.
            guard let written = try? set.encode(values, vr: .PN) else { continue }
            #expect(try set.decode(written, vr: .PN) == values)
        }
    }

    @Test(arguments: [
        "", "ISO_IR 100", "ISO_IR 13", "ISO_IR 166", "ISO_IR 192", "GBK", "GB18030", "ISO 2022 IR 149",
        "\\ISO 2022 IR 87\\ISO 2022 IR 159\\ISO 2022 IR 149\\ISO 2022 IR 58\\ISO 2022 IR 13\\ISO 2022 IR 100",
    ])
    func `random bytes are values that survive writing, or an error`(terms: String) throws {
        let set = try SpecificCharacterSet(bytes: Array(terms.utf8))
        var random = SplitMix64(state: 3)
        // Escape sequences and delimiters more often than by chance.
        let pieces =
            [[0x5C], Array("^=".utf8)] + ["(B", "(J", ")I", "-A", "$B", "$(D", "$)C", "$)A"].map { [0x1B] + $0.utf8 }
        var read = 0
        for _ in 0..<3000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                if Bool.random(using: &random), let piece = pieces.randomElement(using: &random) { bytes += piece }
                let upper: UInt8 = Bool.random(using: &random) ? 0x80 : 0
                for _ in 0..<Int.random(in: 0...2, using: &random) * 2 {
                    bytes.append(UInt8.random(in: 0x21...0x7E, using: &random) | upper)
                }
            }
            for vr in [VR.PN, .LO, .LT] {
                guard let values = try? set.decode(bytes, vr: vr) else { continue }
                read += 1
                guard let written = try? set.encode(values, vr: vr) else {
                    // ISO-IR 14 is read with a yen sign where a text may have one and a list of values may not.
                    #expect(
                        values.contains { $0.unicodeScalars.contains { "¥\\".unicodeScalars.contains($0) } }, "\(bytes)"
                    )
                    continue
                }
                #expect(try set.decode(written, vr: vr) == values, "\(bytes)")
            }
        }
        #expect(read > 500)
    }

    @Test(arguments: [
        "ISO_IR 100", "ISO-IR 100", "ISO IR 100", "ISO_IR_100", "iso_ir 100", "ISO 2022 IR 100", "ISO_2022_IR_100",
        "ISO.IR 100", " ISO_IR 100 ", "ISO-8859-1", "ISO_8859-1", "ISO_IR100",
    ])
    func `a term that can mean only one set is that set`(term: String) throws {
        #expect(try SpecificCharacterSet(terms: [term]).decode([0xFC], vr: .LO) == ["ü"])
    }

    @Test(arguments: [
        "ISO_IR 999", "ISO_IR", "latin1", "100", "ISO 2022", "windows-1252", "SHIFT_JIS", "UTF-16", "ISO_IR 192x",
        "UTF-7",
        "?", "ISO 2022 IR 100\\nonsense", "ISO 2022 IR 100\\ISO_IR 192", "\\GB18030", "ISO_IR 100 ISO_IR 101",
    ])
    func `a term that nobody defines is an error, also for text that looks plain`(terms: String) {
        #expect(code { _ = try SpecificCharacterSet(bytes: Array(terms.utf8)) } == .unknownCharacterSet)
    }

    @Test func `a term in other bytes than the default repertoire is an error`() {
        #expect(code { _ = try SpecificCharacterSet(bytes: [0x49, 0xFF]) } == .unknownCharacterSet)
    }

    @Test func `without a character set a byte of the upper half is an error`() {
        #expect(
            code { _ = try SpecificCharacterSet.defaultRepertoire.decode([0x41, 0xFC], vr: .LO) } == .malformedText)
        #expect(code { _ = try SpecificCharacterSet(terms: [""]).decode([0xFC], vr: .LO) } == .malformedText)
        #expect(code { _ = try SpecificCharacterSet(terms: ["ISO_IR 6"]).decode([0xFC], vr: .LO) } == .malformedText)
    }

    @Test func `a character set does not reach value representations of the default repertoire`() throws {
        let set = try SpecificCharacterSet(terms: ["ISO_IR 100"])
        for vr in VR.all where vr.isText && !vr.usesSpecificCharacterSet {
            #expect(code { _ = try set.decode([0xFC], vr: vr) } == .malformedText)
            #expect(code { _ = try set.encode(["ü"], vr: vr) } == .malformedText)
        }
        // In JIS X 0201 a tilde is an overline; in a CS it stays one.
        #expect(try SpecificCharacterSet(terms: ["ISO_IR 13"]).decode([0x7E], vr: .CS) == ["~"])
        #expect(try SpecificCharacterSet(terms: ["ISO_IR 13"]).decode([0x7E], vr: .LO) == ["\u{203E}"])
    }

    @Test(
        arguments: [
            ("ISO_IR 100", [0x85]), ("ISO_IR 109", [0xA5]), ("ISO_IR 127", [0xA1]), ("ISO_IR 138", [0xBF]),
            ("ISO_IR 166", [0xDB]), ("ISO_IR 13", [0xE0]), ("ISO_IR 13", [0xA0]), ("ISO_IR 192", [0xC0, 0x80]),
            ("ISO_IR 192", [0xED, 0xA0, 0x80]), ("ISO_IR 192", [0xE4]), ("ISO_IR 192", [0xEF, 0xBF, 0xBD]),
            ("ISO_IR 192", [0xC2, 0x85]), ("GBK", [0x80]), ("GBK", [0xFF, 0x40]), ("GBK", [0x81, 0x7F]),
            ("GBK", [0xA2, 0xA0]),
            ("GBK", [0x81, 0x30, 0x81, 0x30]), ("GB18030", [0x81, 0x30, 0x81]), ("GB18030", [0x84, 0x31, 0xA4, 0x37]),
            ("GB18030", [0xE3, 0x32, 0x9A, 0x36]), ("GB18030", [0x84, 0x32, 0x81, 0x30]),
            ("GB18030", [0x81, 0x30, 0x81, 0x30]),
            ("\\ISO 2022 IR 87", [0x1B, 0x24, 0x42, 0x29, 0x21]), ("\\ISO 2022 IR 87", [0x1B, 0x24, 0x42, 0x24]),
            ("\\ISO 2022 IR 149", [0x1B, 0x24, 0x29, 0x43, 0xFB]), ("\\ISO 2022 IR 149", [0xFB, 0xF3]),
            ("\\ISO 2022 IR 149", [0x1B, 0x24, 0x29, 0x43, 0xFB, 0x41]), ("\\ISO 2022 IR 87", [0x1B]),
            ("\\ISO 2022 IR 87", [0x1B, 0x24]), ("\\ISO 2022 IR 87", [0x1B, 0x24, 0x40, 0x3B, 0x33]),
            // ESC - A does not end a double-byte set in the lower half, though some write as if it did.
            ("ISO 2022 IR 100\\ISO 2022 IR 87", [0x1B, 0x24, 0x42, 0x3B, 0x33, 0x1B, 0x2D, 0x41, 0x41, 0x42]),
            // Designated, but not named.
            ("\\ISO 2022 IR 87", [0x1B, 0x24, 0x29, 0x43, 0xFB, 0xF3]), ("ISO_IR 100", [0x1B, 0x28, 0x42]),
            ("ISO_IR 192", [0x1B, 0x28, 0x42]), ("GBK", [0x1B, 0x28, 0x42]),
        ] as [(String, [UInt8])])
    func `bytes that are not of the set are an error`(terms: String, bytes: [UInt8]) throws {
        let set = try SpecificCharacterSet(bytes: Array(terms.utf8))
        #expect(code { _ = try set.decode(bytes, vr: .LO) } == .malformedText)
    }

    @Test(arguments: ["", "ISO_IR 100", "ISO_IR 192", "GB18030", "\\ISO 2022 IR 87", "ISO_IR 13"])
    func `control characters are an error, but for those of formatted text`(terms: String) throws {
        let set = try SpecificCharacterSet(bytes: Array(terms.utf8))
        for byte in Array(0..<0x20) + [0x7F] as [UInt8] where byte != 0x1B {
            let isFormat = [0x09, 0x0A, 0x0C, 0x0D].contains(byte)
            #expect((try? set.decode([0x41, byte, 0x42], vr: .LT)) == (isFormat ? ["A\(Unicode.Scalar(byte))B"] : nil))
        }
    }

    @Test func `a delimiter within a character does not split, and one between characters does`() throws {
        let gbk = try SpecificCharacterSet(terms: ["GBK"])
        #expect(try gbk.decode([0xD5, 0x5C, 0x5C, 0x41], vr: .LO) == ["誠", "A"])
        #expect(try gbk.decode([0xD5, 0x5C, 0x5C, 0x41], vr: .UT) == ["誠\\A"])
        let kanji = try SpecificCharacterSet(terms: ["", "ISO 2022 IR 87"])
        // 0x5C21 is a kanji; the backslash behind the return to ASCII is a delimiter.
        #expect(try kanji.decode([0x1B, 0x24, 0x42, 0x5C, 0x21, 0x1B, 0x28, 0x42, 0x5C, 0x42], vr: .LO).count == 2)
        let roman = try SpecificCharacterSet(terms: ["ISO_IR 13"])
        #expect(try roman.decode([0xD4, 0x5C, 0xCF], vr: .LO) == ["ﾔ", "ﾏ"])
        #expect(try roman.decode([0xD4, 0x5C, 0xCF], vr: .LT) == ["ﾔ¥ﾏ"])
        #expect(code { _ = try roman.encode(["¥"], vr: .LO) } == .malformedText)
        #expect(try roman.encode(["¥"], vr: .LT) == [0x5C])
    }

    @Test func `what the first term says is in force again behind delimiters, lines, pages and tabs`() throws {
        let set = try SpecificCharacterSet(terms: ["ISO 2022 IR 100", "ISO 2022 IR 144"])
        let cyrillic: [UInt8] = [0x1B, 0x2D, 0x4C, 0xBB]
        for byte in [0x09, 0x0A, 0x0C, 0x0D] as [UInt8] {
            #expect(try set.decode(cyrillic + [byte, 0xFC], vr: .LT) == ["Л\(Unicode.Scalar(byte))ü"])
        }
        #expect(try set.decode(cyrillic + [0x5C, 0xFC], vr: .LO) == ["Л", "ü"])
        #expect(try set.decode(cyrillic + [0x5C, 0xFC], vr: .LT) == ["Л\\ќ"])
        for byte in Array("^=".utf8) {
            #expect(try set.decode(cyrillic + [byte, 0xFC], vr: .PN) == ["Л\(Unicode.Scalar(byte))ü"])
            #expect(try set.decode(cyrillic + [byte, 0xFC], vr: .LO) == ["Л\(Unicode.Scalar(byte))ќ"])
        }
    }

    @Test func `a double-byte set as the only term is in force from the beginning`() throws {
        for term in ["ISO 2022 IR 149", "ISO_IR 149"] {
            let set = try SpecificCharacterSet(terms: [term])
            #expect(try set.decode([0xC8, 0xAB, 0x5E, 0xB1, 0xE6], vr: .PN) == ["홍^길"])
            #expect(try set.decode([0x1B, 0x24, 0x29, 0x43, 0xC8, 0xAB], vr: .PN) == ["홍"])
        }
        let kanji = try SpecificCharacterSet(terms: ["ISO_IR 87"])
        #expect(try kanji.decode([0x41, 0x1B, 0x24, 0x42, 0x3B, 0x33, 0x1B, 0x28, 0x4A], vr: .PN) == ["A山"])
    }

    @Test func `a character that the set does not have is not written`() throws {
        for (terms, text) in [
            ("", "ü"), ("ISO_IR 100", "Ł"), ("ISO_IR 100", "山"), ("GBK", "😀"), ("\\ISO 2022 IR 87", "홍"),
            ("ISO_IR 13", "~"),
            ("ISO_IR 192", "\u{FFFD}"), ("ISO_IR 192", "\u{1B}"), ("ISO_IR 192", "\u{85}"), ("ISO_IR 192", "\0"),
        ] {
            let set = try SpecificCharacterSet(bytes: Array(terms.utf8))
            #expect(code { _ = try set.encode([text], vr: .LO) } == .malformedText)
        }
        #expect(code { _ = try SpecificCharacterSet.utf8.encode(["a\\b"], vr: .LO) } == .malformedText)
        #expect(code { _ = try SpecificCharacterSet.utf8.encode(["a", "b"], vr: .LT) } == .malformedText)
        #expect(try SpecificCharacterSet.utf8.encode(["a\\b"], vr: .LT) == Array("a\\b".utf8))
    }

    @Test func `the default repertoire is printable ASCII and four control characters`() {
        for byte in UInt8.min...UInt8.max {
            let expected = (byte >= 0x20 && byte < 0x7F) || [9, 10, 12, 13].contains(byte)
            #expect(SpecificCharacterSet.isDefaultRepertoire([byte]) == expected)
        }
    }
}

/// The code of the error that the body throws; nil when it throws none.
func code(_ body: () throws -> Void) -> ValueError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? ValueError)?.code
    }
}
