import RuleLanguage
import Testing

@Suite("Findings as text")
struct FindingPrinterTests {
    private func finding(_ excerpt: String?, column: Int, length: Int = 1, hint: String? = nil) -> Finding {
        Finding(
            severity: .error, code: "some-code", message: "something is wrong",
            location: SourceLocation(file: "a.xml", line: 12, column: column), hint: hint, excerpt: excerpt,
            length: length)
    }

    @Test func `a finding shows its place, its line, a caret and a hint`() {
        #expect(
            finding("  <present attribute=\"X\"/>", column: 23, length: 1, hint: "did you mean `Y`?").rendered == """
                a.xml:12:23: error: something is wrong [some-code]
                   12 |   <present attribute="X"/>
                      |                       ^
                      = did you mean `Y`?
                """)
    }

    @Test func `a finding without an excerpt has no caret`() {
        #expect(
            finding(nil, column: 1, hint: "mend it").rendered == """
                a.xml:12:1: error: something is wrong [some-code]
                   = mend it
                """)
    }

    @Test func `tabs stay under tabs and wide letters take two columns`() {
        #expect(
            finding("\t病é <x/>", column: 6, length: 2).rendered.split(separator: "\n").dropFirst().map(String.init)
                == ["   12 | \t病é <x/>", "      | \t     ^~"])
    }

    @Test func `a long line is cut around the spot`() {
        let line = String(repeating: "a", count: 5000) + "X" + String(repeating: "b", count: 5000)
        let lines = finding(line, column: 5001).rendered.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count < 140 })
        let caret = lines[2].distance(from: lines[2].startIndex, to: lines[2].firstIndex(of: "^") ?? lines[2].endIndex)
        #expect(lines[1].dropFirst(caret).first == "X")
    }

    @Test func `characters that turn or hide text are shown by number`() {
        let rendered = finding("a\u{202E}b\u{1B}[2J<x/>", column: 9).rendered
        #expect(rendered.contains("a\\u{202E}b\\u{1B}[2J<x/>"))
        #expect(rendered.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0 != "\u{202E}" })
    }

    @Test func `a spot beyond the line is shown at its end`() {
        #expect(finding("<a>", column: 40).rendered.hasSuffix("<a>\n      |    ^"))
        #expect(
            finding("", column: 1).rendered.hasSuffix("|  \n      | ^")
                || finding("", column: 1).rendered.hasSuffix("^"))
    }
}
