import Host
import Testing
import TestSupport

@testable import HealthLevelSeven

@Suite struct MessageTests {
    @Test func `a message is taken apart by the delimiters that it names`() throws {
        let usual = try message(Sample.admission)
        #expect(usual.type == "ADT")
        #expect(usual.event == "A01")
        #expect(usual.controlID == "M-1")
        #expect(usual.sender.application == "HIS" && usual.sender.facility == "HOSPITAL")
        let patient = try #require(usual.segments.first { $0.name == "PID" })
        #expect(patient[3].repetitions.map { $0[1] } == ["4711", "999"])
        #expect(patient[3].repetitions[0].subcomponent(2, of: 4) == "1.2.3.4")
        #expect(patient[5].text == "Müller")
        #expect(patient[99].isAbsent)
        let odd = try message(
            "MSH*:;!%*HIS*H*C*P*20261129**ADT:A08*9*P*2.3\nPID*1**47!S!11:::A%1.2%ISO;12\nPV1*1*****************")
        #expect(odd.segments[1][3].repetitions.map { $0[1] } == ["47:11", "12"])
        #expect(odd.segments[1][3].repetitions[0].subcomponent(3, of: 4) == "ISO")
    }

    @Test func `nothing says nothing, and the null value says that there is none`() throws {
        let fields = try message("MSH|^~\\&|A|B|C|D|2026||ADT^A08|1|P|2.3\nPV1|1||\"\"|\"\"^x|^|\n").segments[1]
        #expect(fields[2].isAbsent && !fields[2].isNull)
        #expect(fields[3].isNull && !fields[3].isAbsent && fields[3].repetitions.isEmpty)
        #expect(!fields[4].isNull)
        #expect(fields[4].repetitions[0][1] == nil && fields[4].repetitions[0][2] == "x")
        #expect(fields[5].repetitions[0].isEmpty)
    }

    @Test func `escapes mean what the standard says, and what cannot be told is not guessed`() throws {
        func value(_ text: String) throws -> String? {
            try message("MSH|^~\\&#|A|B|C|D|2026||ADT^A08|1|P|2.7||||||UNICODE UTF-8\nZZZ|\(text)").segments[1][1]
                .repetitions.first?[1]
        }
        #expect(try value(#"a\F\b\S\c\T\d\R\e\E\f\P\g"#) == #"a|b^c&d~e\f#g"#)
        #expect(try value(#"M\XC3BC\ller"#) == "Müller")
        #expect(try value(#"two\.br\lines"#) == "two\nlines")
        #expect(try value(#"\H\bold\N\"#) == "bold")
        #expect(try value(#"C:\share"#) == #"C:\share"#)
        for odd in [#"\XC3\"#, #"\XZZ\"#, #"\X1\"#, #"\ZLOCAL\"#, #"\C2842\"#, #"\M2A3B4C\"#] {
            #expect(try value("a" + odd) == nil, "\(odd)")
        }
    }

    @Test(arguments: [
        ("8859/1", [0x4D, 0xFC, 0x6C] as [UInt8], "Mül"), ("8859/2", [0xA3], "Ł"), ("8859/5", [0xB8], "И"),
        ("8859/15", [0xA4], "€"), ("ISO IR100", [0xFC], "ü"), ("UNICODE UTF-8", [0xC3, 0xBC], "ü"),
        ("", [0xC3, 0xBC], "ü"), ("GB 18030-2000", [0x81, 0x7C], "亅"), ("KS X 1001", [0xB0, 0xA1], "가"),
        ("~ISO IR87", [0x1B, 0x24, 0x42, 0x3B, 0x33, 0x1B, 0x28, 0x42], "山"),
    ])
    func `names are read in the character set of MSH-18`(name: String, bytes: [UInt8], text: String) throws {
        var content = Array("MSH|^~\\&|A|B|C|D|2026||ADT^A08|1|P|2.5||||||\(name)\rPID|1||4711|x|".utf8)
        content += bytes + Array("|20260101\r".utf8)
        let segment = try Message(content).segments[1]
        #expect(segment[5].raw == text)
        #expect(segment[3].text == "4711")
        #expect(segment[6].text == "20260101")
    }

    @Test(arguments: ["ISO IR13", "ISO IR14", "ISO_IR 13", "~ISO IR87", "ISO IR87", "ISO 2022 IR 87", "~ISO IR159"])
    func `delimiters stay delimiters where a Japanese set shows other signs for them`(name: String) throws {
        // Back from kanji to ISO-IR 14, as old senders do: a yen sign and an overline from there on.
        let kanji: [UInt8] =
            name.hasSuffix("87") ? [0x1B, 0x24, 0x42, 0x3B, 0x7C, 0x1B, 0x28, 0x4A] : Array("YAMADA".utf8)
        let content =
            Array("MSH|^~\\&|A|B|C|D|2026||ADT^A08|1|P|2.5||||||\(name)\rPID|1||x^".utf8) + kanji
            + Array("~4711^^^H\\T\\H~12|\r".utf8)
        let field = try Message(content).segments[1][3]
        #expect(field.repetitions.map { $0[1] } == ["x", "4711", "12"])
        #expect(field.repetitions[1][4] == "H&H")
    }

    @Test func `bytes that are not of the set are unreadable, and nothing else is`() throws {
        let content =
            Array("MSH|^~\\&|A|B|C|D|2026||ADT^A08|1|P|2.5\rPID|1||4711||M".utf8) + [0xFC] + Array("l\rPV1|1\r".utf8)
        let segment = try Message(content).segments[1]
        #expect(segment[5].isUnreadable && !segment[5].isAbsent && !segment[5].isNull)
        #expect(segment[3].text == "4711")
        let unknown = try Message(
            Array("MSH|^~\\&|A|B|C|D|2026||ADT^A08|1|P|2.5||||||KLINGON\rPID|1||4711||".utf8) + [0xFC, 0x0D])
        #expect(unknown.segments[1][3].text == "4711")
        #expect(unknown.segments[1][5].isUnreadable)
    }

    @Test func `UTF-16 and UTF-32 are read, with and without a byte order mark`() throws {
        let text = Sample.admission.replacing("\n", with: "\r")
        for isBig in [true, false] {
            func pair(_ unit: UInt16) -> [UInt8] {
                isBig ? [UInt8(unit >> 8), UInt8(unit & 255)] : [UInt8(unit & 255), UInt8(unit >> 8)]
            }
            var narrow: [UInt8] = [], wide: [UInt8] = []
            for unit in text.utf16 { narrow += pair(unit) }
            for scalar in text.unicodeScalars {
                let low = pair(UInt16(scalar.value))
                wide += isBig ? [0, 0] + low : low + [0, 0]
            }
            #expect(try Message(narrow).controlID == "M-1")
            #expect(try Message(pair(0xFEFF) + narrow).segments[2][5].text == "Müller")
            #expect(try Message(wide).segments[2][5].text == "Müller")
        }
    }

    @Test func `segments end with CR, LF or both, and no marker hides behind a line feed`() throws {
        let expected = ["MSH", "EVN", "PID", "PD1", "PV1"]
        for end in ["\r", "\n", "\r\n", "\r\r"] {
            let parsed = try Message(Array(Sample.admission.replacing("\n", with: end).utf8))
            #expect(parsed.segments.map(\.name) == expected)
        }
        // A line feed within text stays text; before a segment's name it ends the segment, also where others end with CR.
        let mixed = try Message(
            Array("MSH|^~\\&|A|B|C|D|2026||ADT^A08|1|P|2.5\rNTE|1||two\nlines\nPV1|1|I||||||||||||||VIP\r".utf8))
        #expect(mixed.segments.map(\.name) == ["MSH", "NTE", "PV1"])
        #expect(mixed.segments[1][3].raw == "two\nlines")
        #expect(mixed.segments[2][16].text == "VIP")
    }

    @Test(arguments: [
        "", "MSH", "MSH|", "PID|1", "MSH|^~\\&", "MSH|^^^^|A", "MSH|^~\\|A", "MSHA^~\\&A", "MSH|^~\"&|A",
        "MSH|^~\\&|A\nxy|1", "MSH|^~\\&|A\npid|1", "MSH|^~\\&|A\nMSH|^~\\&|A", "FHS|^~\\&|A", "MSH|^~\\&|A\nPIDx1",
        "MSH|^~\\&|A\nPID|1||4\u{B}MSH|^~\\&|A\nPID|1||7",
    ])
    func `what is no message is an error`(text: String) {
        #expect(throws: MessageError.self) { try message(text) }
    }

    @Test func `fields and repetitions have limits before they are taken apart`() throws {
        let header = "MSH|^~\\&|A|B|C|D|2026||ADT^A08|1|P|2.5\n"
        let line = "ZZZ" + String(repeating: "|", count: 1900) + "\n"
        #expect(throws: MessageError.self) { try message(header + String(repeating: line, count: 110)) }
        #expect(throws: MessageError.self) { try message(header + "ZZZ" + String(repeating: "|", count: 2001)) }
        #expect(throws: MessageError.self) { try message(header + "PID|||" + String(repeating: "~", count: 10_000)) }
        let person = try message(header + "PID|||" + String(repeating: "1~", count: 1000))
        #expect(person.segments[1][3].repetitions.count == 1001)
    }

    @Test func `an answer has no control characters of the message in it`() throws {
        // The line feed ends nothing there, and would in an answer that has more behind it.
        let asked = try Message(Array("MSH|^~\\&|ü|B|C|D|2026||ADT^A08|1|P|2.5\nMSH\r".utf8))
        #expect(asked.segments.count == 1)
        let answer = Acknowledgement(.error, []).message(
            answering: asked, controlID: "2", at: Instant(milliseconds: 0))
        let read = try Message(answer.bytes)
        #expect(Acknowledgement(read)?.code == .error)
        #expect(read.segments.map(\.name) == ["MSH", "MSA"])
    }

    @Test func `limits are kept`() throws {
        var limits = MessageLimits()
        limits.segments = 3
        #expect(throws: MessageError.self) { try Message(lines(Sample.admission), limits: limits) }
        limits.segments = 5
        limits.bytes = 100
        #expect(throws: MessageError.self) { try Message(lines(Sample.admission), limits: limits) }
        limits.bytes = 10_000
        limits.fields = 10
        #expect(throws: MessageError.self) { try Message(lines(Sample.admission), limits: limits) }
    }

    @Test func `what is written reads back as it was, whatever the text`() throws {
        var generator = SeededGenerator(seed: 5)
        let alphabet = Array("ab|^~\\&#\"ü山 \r\n\tF\u{1F9B4}")
        for _ in 0..<500 {
            func text() -> String {
                String(
                    (0..<Int.random(in: 1...8, using: &generator)).map { _ in alphabet.randomElement(using: &generator)!
                    })
            }
            var writer = MessageWriter(
                delimiters: Bool.random(using: &generator) ? .usual : Delimiters(truncation: UInt8(ascii: "#")))
            writer.add(
                "MSH", [3: writer.text("A"), 9: writer.components(["ADT", "A08"]), 10: "1", 18: "UNICODE UTF-8"])
            let values = (0..<3).map { _ in [text(), text()] }
            writer.add("ZZZ", [2: writer.repetitions([writer.components(values), writer.text("x")])])
            let written = writer.message
            let read = try Message(written.bytes)
            let first = try #require(read.segments[1][2].repetitions.first)
            for (component, parts) in values.enumerated() {
                for (part, value) in parts.enumerated() {
                    #expect(first.subcomponent(part + 1, of: component + 1) == value)
                }
            }
            #expect(read.bytes == written.bytes)
        }
    }

    @Test func `no bytes at all make the reader crash`() {
        var generator = SeededGenerator(seed: 6)
        let seeds = [Sample.admission, Sample.update("\"\"")].map(lines)
        for _ in 0..<4000 {
            var bytes = seeds.randomElement(using: &generator)!
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.removeSubrange(place...)
                default: bytes.insert(contentsOf: bytes[place...].prefix(9), at: place)
                }
                if bytes.isEmpty { bytes = [0x4D] }
            }
            guard let message = try? Message(bytes) else { continue }
            _ = try? AdministrativeEvent(message)
            #expect((try? Message(message.bytes)) != nil)
            _ = Acknowledgement(.accept).message(answering: message, controlID: "1", at: .now).bytes
        }
    }

    @Test func `times are read with what they leave open`() throws {
        #expect(HL7Time("20261129101500.25+0130")?.instant.description == "2026-11-29T08:45:00.250Z")
        #expect(HL7Time("20261129")?.instant.description == "2026-11-29T00:00:00.000Z")
        #expect(HL7Time("20261129")?.end.description == "2026-11-30T00:00:00.000Z")
        #expect(HL7Time("2026")?.hasOffset == false)
        for wrong in ["", "2026112", "20261329", "20261129250000", "2026112910150.1", "20261129+01", "abc"] {
            #expect(HL7Time(wrong) == nil, "\(wrong)")
        }
    }
}
