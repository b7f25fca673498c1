import DICOMCore
import DICOMEncoding
import TestSupport
import Testing

/// Every character of every set against Python's codecs, and mixed texts against pydicom.
@Suite(.enabled(if: Fixtures.python != nil)) struct CharacterSetOracleTests {
    @Test func `every character of every set is what Python says, both ways`() throws {
        let script = """
            sets = [('ISO_IR 100', 'latin_1', ''), ('ISO_IR 101', 'iso8859_2', ''), ('ISO_IR 109', 'iso8859_3', ''),
                ('ISO_IR 110', 'iso8859_4', ''), ('ISO_IR 144', 'iso8859_5', ''), ('ISO_IR 127', 'iso8859_6', ''),
                ('ISO_IR 126', 'iso8859_7', ''), ('ISO_IR 138', 'iso8859_8', ''), ('ISO_IR 148', 'iso8859_9', ''),
                ('ISO_IR 203', 'iso8859_15', ''), ('ISO_IR 166', 'iso8859_11', ''), ('ISO_IR 192', 'utf_8', ''),
                ('GBK', 'gbk', ''), ('GB18030', 'gb18030', ''), ('\\\\ISO 2022 IR 87', 'iso2022_jp', ''),
                ('\\\\ISO 2022 IR 159', 'iso2022_jp_2', ''), ('\\\\ISO 2022 IR 149', 'euc_kr', '\\x1b$)C'),
                ('\\\\ISO 2022 IR 58', 'gb2312', '\\x1b$)A')]
            for term, codec, escape in sets:
                for c in list(range(0xA0, 0xD800)) + list(range(0xE000, 0x11000)) + [0x1F600, 0x2F800, 0x10FFFF]:
                    # The edition of GB 18030 of 2005, and a tilde that is wide: see the tables' generator.
                    if chr(c) in '\\u1e3f\\ue7c7\\uff5e\\ufffd' or 0x3131 <= c <= 0x3163 and codec == 'euc_kr': continue
                    try: coded = chr(c).encode(codec)
                    except UnicodeEncodeError: coded = b''
                    if codec == 'iso2022_jp' and not coded.startswith(b'\\x1b$B'): coded = b''
                    if codec == 'iso2022_jp_2' and not coded.startswith(b'\\x1b$(D'): coded = b''
                    if codec in ('gb2312', 'euc_kr') and len(coded) != 2: coded = b''
                    if not coded and c % 16: continue
                    print(term, chr(c).encode().hex(), (escape.encode() + coded).hex() if coded else '', sep='\\t')
            """
        let rows = try Python.rows(script)
        #expect(rows.count > 200_000)
        var term = ""
        var set = SpecificCharacterSet.defaultRepertoire
        var counts: [String: Int] = [:]
        for row in rows where row.count == 3 {
            if row[0] != term {
                term = row[0]
                set = try SpecificCharacterSet(bytes: Array(term.utf8))
            }
            let text = Python.text(row[1])
            let encoded = (try? set.encode([text], vr: .LO)).map(Python.hexadecimal) ?? ""
            if encoded != row[2] { Issue.record("\(term): \(row[1]) written as \(encoded), expected \(row[2])") }
            guard !row[2].isEmpty else { continue }
            counts[term, default: 0] += 1
            if (try? set.decode(Python.bytes(row[2]), vr: .LO)) != [text] {
                Issue.record("\(term): \(row[1]) not read")
            }
        }
        #expect(counts["\\ISO 2022 IR 87"] == 6879)
        #expect(counts["GBK"] == 21790)
    }

    @Test func `texts that mix sets are read by pydicom as we write them, and the other way round`() throws {
        // Without ISO 2022 IR 58: pydicom writes it without escape sequences and leaves those that it reads in the text.
        let combinations = [
            "\\ISO 2022 IR 87", "\\ISO 2022 IR 149", "ISO 2022 IR 100\\ISO 2022 IR 144",
            "ISO 2022 IR 6\\ISO 2022 IR 127\\ISO 2022 IR 138", "\\ISO 2022 IR 87\\ISO 2022 IR 159",
            "ISO 2022 IR 101\\ISO 2022 IR 126\\ISO 2022 IR 148\\ISO 2022 IR 166", "ISO 2022 IR 100\\ISO 2022 IR 87",
            "ISO_IR 192", "GB18030", "GBK", "ISO_IR 100",
        ]
        let letters = [
            "ISO 2022 IR 87": "山田太郎やまだ", "ISO 2022 IR 149": "홍길동洪吉洞", "ISO 2022 IR 58": "张小东",
            "ISO 2022 IR 100": "éüñß",
            "ISO 2022 IR 144": "Люкс", "ISO 2022 IR 127": "قباني", "ISO 2022 IR 138": "שרון", "ISO 2022 IR 159": "丂丄",
            "ISO 2022 IR 101": "Łęźč", "ISO 2022 IR 126": "Διον", "ISO 2022 IR 148": "şğİı", "ISO 2022 IR 166": "สมชา",
            "ISO_IR 192": "é山홍😀", "GB18030": "é山홍😀誠", "GBK": "山小东誠", "ISO_IR 100": "éüñ",
        ]
        var random = SplitMix64(state: 11)
        var cases: [(terms: String, text: String)] = []
        for terms in combinations {
            let alphabets = terms.split(separator: "\\").compactMap { letters[String($0)] } + ["abcXYZ19"]
            for _ in 0..<40 {
                let words = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                    let alphabet = Array(alphabets.randomElement(using: &random) ?? "a")
                    return String(
                        (0..<Int.random(in: 1...4, using: &random)).compactMap { _ in
                            alphabet.randomElement(using: &random)
                        })
                }
                cases.append((terms, words.joined(separator: Bool.random(using: &random) ? " " : "")))
            }
        }
        let input = try cases.map { terms, text in
            let bytes = try SpecificCharacterSet(bytes: Array(terms.utf8)).encode([text], vr: .LO)
            return [terms, Python.hexadecimal(text), Python.hexadecimal(bytes)].joined(separator: "\t")
        }.joined(separator: "\n")
        let rows = try Python.rows(
            """
            import sys
            from pydicom.charset import convert_encodings, decode_bytes, encode_string
            from pydicom import config
            config.settings.writing_validation_mode = config.RAISE
            config.settings.reading_validation_mode = config.RAISE
            for line in sys.stdin.read().split('\\n'):
                terms, text, coded = line.split('\\t')
                encodings = convert_encodings(terms.split('\\\\'))
                text = bytes.fromhex(text).decode()
                read = decode_bytes(bytes.fromhex(coded), encodings, {0x0a, 0x0c, 0x0d})
                print(int(read == text), encode_string(text, encodings).hex(), sep='\\t')
            """, input: input)
        #expect(rows.count == cases.count)
        for (row, (terms, text)) in zip(rows, cases) {
            #expect(row[0] == "1", "pydicom reads \(terms) otherwise: \(Python.hexadecimal(text))")
            let set = try SpecificCharacterSet(bytes: Array(terms.utf8))
            let read = try? set.decode(Python.bytes(row[1]), vr: .LO)
            // pydicom takes ESC - A for a return to ASCII, which it is not: such text has two readings, and we give none.
            if read == nil, terms == "ISO 2022 IR 100\\ISO 2022 IR 87" { continue }
            #expect(read == [text], "\(terms): \(row[1])")
        }
    }

    @Test func `the generated tables are those that the script makes`() throws {
        let rows = try Python.rows(
            """
            import runpy, sys
            sys.argv = ['generate_text_tables.py', '--check']
            try: runpy.run_path('\(Fixtures.packageRoot)/Scripts/generate_text_tables.py', run_name='__main__')
            except SystemExit as e: print('fresh' if e.code == 0 else e.code)
            except AssertionError as e: print('fresh' if 'needs a Python' in str(e) else e)
            """)
        #expect(rows == [["fresh"]])
    }
}

/// A repeatable source of numbers.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
