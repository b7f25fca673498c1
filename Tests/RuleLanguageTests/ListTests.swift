import Glibc
import RuleLanguage
import Testing

@Suite("Lists")
struct ListTests {
    private func load(_ csv: [UInt8], key: String = "PatientID IssuerOfPatientID") throws -> (ValueList?, [Finding]) {
        let folder = try Folder()
        folder.write("vip.csv", bytes: csv)
        let path = folder.write("a.xml", Marked.ruleSet("<list id=\"vip\" href=\"vip.csv\" key=\"\(key)\"/>"))
        let (ruleSet, findings) = RuleSetLoader().load(path: path)
        #expect((ruleSet == nil) == findings.contains { $0.severity == .error })
        #expect(findings.allSatisfy { $0.location.file.hasSuffix(".xml") || $0.excerpt == nil }, "lists are not shown")
        return (ruleSet?.lists["vip"], findings)
    }

    private func load(_ csv: String, key: String = "PatientID IssuerOfPatientID") throws -> (ValueList?, [Finding]) {
        try load(Array(csv.utf8), key: key)
    }

    @Test func `quotes, blanks, line ends and a byte order mark are read as RFC 4180 says`() throws {
        let csv =
            "\u{FEFF}Note,\"PatientID\",IssuerOfPatientID\r\n\"a,\"\"b\"\"\nc\", A1 ,HOSP\r\n,\"B \"\"2\",\"\"\n\n,A1,HOSP"
        let (list, findings) = try load(csv)
        #expect(findings.isEmpty, "\(listed(findings))")
        let vip = try #require(list)
        #expect(vip.count == 2)
        #expect(vip.contains(["A1", "HOSP"]) == .found)
        #expect(vip.contains([" A1", "HOSP "]) == .found)
        #expect(vip.contains(["a1", "HOSP"]) == .notFound)
        #expect(vip.contains(["B \"2", nil]) == .found)
        #expect(vip.contains(["B \"2", "ANY"]) == .found)
    }

    @Test func `characters that nobody sees, and blanks of any kind around a cell, part it from no value`() throws {
        let csv =
            "PatientID,IssuerOfPatientID\n\"A1\n\",HOSP\nA2\u{A0},HOSP\u{200B}\n\u{3000}\u{FEFF}Zo\u{AD}e\u{301},\u{2007}\n"
        let (list, findings) = try load(csv)
        #expect(findings.isEmpty, "\(listed(findings))")
        let vip = try #require(list)
        #expect(vip.contains(["A1", "HOSP"]) == .found)
        #expect(vip.contains(["A2", "HOSP"]) == .found)
        #expect(vip.contains(["A2", "OTHER"]) == .notFound)
        #expect(vip.contains(["Zo\u{E9}", nil]) == .found)
        #expect(vip.contains(["Zo\u{E9}\u{3000}", "ANY"]) == .found)
        let nothing = try load("PatientID,IssuerOfPatientID\n\u{200B}\u{A0},HOSP\n")
        #expect(nothing.1.map(\.code) == ["empty-key"], "\(listed(nothing.1))")
    }

    @Test func `an empty cell agrees with any value, and a missing value leaves it open`() throws {
        let (list, _) = try load("PatientID,IssuerOfPatientID\nA,X\nB,\nC,X\nC,Y\n")
        let vip = try #require(list)
        #expect(vip.contains(["A", "X"]) == .found)
        #expect(vip.contains(["A", "Y"]) == .notFound)
        #expect(vip.contains(["A", nil]) == .undecided)
        #expect(vip.contains(["A", ""]) == .undecided)
        #expect(vip.contains(["B", "Z"]) == .found)
        #expect(vip.contains(["B", nil]) == .found)
        #expect(vip.contains(["C", nil]) == .undecided)
        #expect(vip.contains(["D", nil]) == .notFound)
        #expect(vip.contains([nil, "X"]) == .notFound)
        #expect(vip.contains([nil, nil]) == .notFound)
        #expect(vip.contains(["A"]) == .notFound)
    }

    @Test(arguments: 1...4)
    func `answers are those of a plain search through all rows`(_ columns: Int) {
        var generator = Generator(state: UInt64(columns))
        let alphabet = ["a", "b", "c", "é", "e\u{301}", "\u{212A}", "K"]
        for _ in 0..<30 {
            var rows: Set<[String]> = []
            for _ in 0..<Int.random(in: 0...12, using: &generator) {
                rows.insert(
                    (0..<columns).map { column in
                        column > 0 && Bool.random(using: &generator)
                            ? "" : alphabet.randomElement(using: &generator) ?? ""
                    })
            }
            let location = SourceLocation(file: "a", line: 1)
            let list = ValueList(id: "l", keys: (0..<columns).map { "k\($0)" }, rows: rows, location: location)
            for _ in 0..<60 {
                let asked = (0..<columns).map { _ in
                    Bool.random(using: &generator) ? alphabet.randomElement(using: &generator) : nil
                }
                #expect(list.contains(asked) == plain(rows, asked), "\(rows) \(asked)")
            }
        }
    }

    /// What the language says, row by row.
    private func plain(_ rows: Set<[String]>, _ asked: [String?]) -> ValueList.Answer {
        guard asked.first ?? nil != nil else { return .notFound }
        var answer = ValueList.Answer.notFound
        for row in rows {
            let pairs = zip(row, asked)
            guard pairs.allSatisfy({ $0.isEmpty || $1 == nil || $0 == $1 }) else { continue }
            if pairs.contains(where: { !$0.isEmpty && $1 == nil }) { answer = .undecided } else { return .found }
        }
        return answer
    }

    @Test(arguments: [
        ("PatientID,IssuerOfPatientID\nA\n", "ragged-row", 2, "the row has 1 cells, the header 2"),
        ("PatientID,IssuerOfPatientID\nA,B\n\nA,B,C\n", "ragged-row", 4, "the row has 3 cells, the header 2"),
        ("PatientID,IssuerOfPatientID\n ,B\n", "empty-key", 2, "the row has no `PatientID`"),
        ("PatientID,IssuerOfPatientID\nA,\"B\n", "bad-csv", 2, "a quote that is not closed"),
        ("PatientID,IssuerOfPatientID\nA,\"B\"C\n", "bad-csv", 2, "text after a closing quote"),
        ("PatientID,IssuerOfPatientID\nA,B\"C\n", "bad-csv", 2, "a quote within a cell that does not begin with one"),
        ("PatientID,IssuerOfPatientID\rA,B\r", "bad-csv", 1, "a carriage return without a line feed"),
        ("", "missing-column", 1, "the list has no header"),
    ])
    func `a list that is wrong is refused with its line`(_ csv: String, _ code: String, _ line: Int, _ message: String)
        throws
    {
        let (list, findings) = try load(csv)
        #expect(list == nil)
        #expect(findings.map(\.code) == [code])
        #expect(findings.first?.message == message)
        #expect(findings.first?.location.line == line)
        #expect(findings.first?.location.file.hasSuffix("vip.csv") == true)
    }

    @Test func `a column that is missing is shown where it is named, without the header`() throws {
        let (_, findings) = try load("Doe^Jane,19800101\n", key: "PatientID")
        #expect(findings.map(\.code) == ["missing-column"])
        #expect(findings.first?.location.column == 36)
        #expect(!findings.contains { $0.rendered.contains("Doe") })
        #expect(try load("PatientId\nA\n", key: "PatientID").1.first?.hint == "did you mean `PatientId`?")
        let semicolons = try load("PatientID;IssuerOfPatientID\nA;B\n").1
        #expect(semicolons.first?.hint == "its header has semicolons; columns are parted by commas")
    }

    @Test func `columns and keys are named once, and there are at most four`() throws {
        #expect(try load("PatientID,PatientID\nA,B\n", key: "PatientID").1.map(\.code) == ["duplicate-name"])
        #expect(try load("PatientID\nA\n", key: "PatientID PatientID").1.map(\.code) == ["duplicate-name"])
        #expect(try load("a,b,c,d,e\n1,2,3,4,5\n", key: "a b c d e").1.map(\.code) == ["too-many-keys"])
    }

    @Test func `a list without rows is doubtful, and one that is not UTF-8 is refused`() throws {
        let (list, findings) = try load("PatientID\n", key: "PatientID")
        #expect(list?.count == 0)
        #expect(findings.map(\.code) == ["empty-list"])
        let broken = try load(Array("PatientID\nA\nM".utf8) + [0xFC, 0x0A], key: "PatientID").1
        #expect(broken.map(\.code) == ["wrong-encoding"])
        #expect(broken.first?.location.line == 3)
    }

    @Test func `a list that is wrong throughout is said to be so twenty times`() throws {
        let csv = "PatientID,IssuerOfPatientID\n" + String(repeating: "A\n", count: 5000)
        #expect(try load(csv).1.count == 21)
    }

    @Test func `a list that is missing is an error where it is named`() {
        let text = Marked(Marked.ruleSet("<list id=\"vip\" href=\"▸none/vip.csv\" key=\"PatientID\"/>"))
        let findings = RuleSetLoader().load(text: text.text).findings
        #expect(findings.map(\.code) == ["unreadable-file"])
        #expect(findings.first?.location.column == text.position?.column)
    }

    @Test func `conditions name as many attributes as the list has keys`() throws {
        let folder = try Folder()
        folder.write("vip.csv", "MRN,IssuerOfPatientID\nA,B\n")
        func findings(_ condition: String) -> [Finding] {
            let list = "<list id=\"vip\" href=\"vip.csv\" key=\"MRN IssuerOfPatientID\"/>"
            let rule =
                "<tier number=\"1\"><rule id=\"r\"><when>\(condition)</when><tag study=\"sensitive\"/></rule></tier>"
            return RuleSetLoader().load(path: folder.write("a.xml", Marked.ruleSet(list + rule))).findings
        }
        #expect(findings("<in list=\"vip\" attribute=\"PatientID IssuerOfPatientID\"/>").isEmpty)
        #expect(findings("<in list=\"vip\" attribute=\"(0031,{SIEMENS SYNGO WORKFLOW}14) PatientID\"/>").isEmpty)
        #expect(findings("<in list=\"vip\" attribute=\"PatientID\"/>").map(\.code) == ["key-count"])
        #expect(findings("<in list=\"vip\"/>").map(\.code) == ["unknown-attribute"])
        #expect(findings("<in list=\"vip\" attribute=\"PixelData PatientID\"/>").map(\.code) == ["not-comparable"])
        #expect(findings("<in list=\"vipp\"/>").first?.hint == "did you mean `vip`?")
    }

    /// A hundred thousand rows always, a million when asked to.
    @Test func `large lists are found in`() throws {
        let rows = getenv("CORDON_SOAK") == nil ? 100_000 : 1_000_000
        var csv = Array("PatientID,IssuerOfPatientID,Name\n".utf8)
        for row in 0..<rows { csv += "\(row),\(row % 5 == 0 ? "" : "HOSP\(row % 7)"),Somebody^Some\n".utf8 }
        let (list, findings) = try load(csv)
        #expect(findings.isEmpty)
        let vip = try #require(list)
        #expect(vip.count == rows)
        #expect(vip.contains(["5", "ANY"]) == .found)
        #expect(vip.contains(["\(rows - 1)", "HOSP\((rows - 1) % 7)"]) == .found)
        #expect(vip.contains(["\(rows - 1)", "HOSP9"]) == .notFound)
        #expect(vip.contains(["\(rows - 1)", nil]) == .undecided)
        #expect(vip.contains(["\(rows)", nil]) == .notFound)
    }
}
