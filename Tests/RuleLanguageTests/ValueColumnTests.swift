import RuleLanguage
import Testing

@Suite("Lists that give values")
struct ValueColumnTests {
    private func load(
        _ csv: String, key: String = "PatientID IssuerOfPatientID", value: String = "Pseudonym"
    ) throws -> (ValueList?, [Finding]) {
        let folder = try Folder()
        folder.write("known.csv", csv)
        let path = folder.write(
            "a.xml", Marked.ruleSet("<list id=\"known\" href=\"known.csv\" key=\"\(key)\" value=\"\(value)\"/>"))
        let (ruleSet, findings) = RuleSetLoader().load(path: path)
        return (ruleSet?.lists["known"], findings)
    }

    @Test func `the value of the row that agrees is given, without surrounding blanks`() throws {
        let (list, findings) = try load("PatientID,Pseudonym,IssuerOfPatientID\nA, S1 ,X\nA,S2,Y\nB,Jörg,\n")
        #expect(findings.isEmpty, "\(listed(findings))")
        let known = try #require(list)
        #expect(known.valueColumn == "Pseudonym")
        #expect(known.count == 3)
        #expect(known.value(for: ["A", "X"]) == .value("S1"))
        #expect(known.value(for: [" A ", "Y"]) == .value("S2"))
        #expect(known.value(for: ["B", "Z"]) == .value("Jörg"))
        #expect(known.value(for: ["B", nil]) == .value("Jörg"))
        #expect(known.value(for: ["C", "X"]) == .notFound)
        #expect(known.value(for: [nil, "X"]) == .notFound)
    }

    @Test func `what may be one of several rows is undecided`() throws {
        let known = try #require(
            try load("PatientID,IssuerOfPatientID,Pseudonym\nA,X,S1\nA,Y,S2\nB,,S3\nB,X,S4\nC,,S5\nC,X,S5\n").0)
        #expect(known.value(for: ["A", nil]) == .undecided, "either patient A")
        #expect(known.value(for: ["B", "X"]) == .undecided, "both rows agree and differ")
        #expect(known.value(for: ["B", "Y"]) == .value("S3"))
        #expect(known.value(for: ["C", "X"]) == .value("S5"), "both rows agree")
    }

    @Test func `a list without a value column gives none`() throws {
        let location = SourceLocation(file: "a", line: 1)
        let list = ValueList(id: "l", keys: ["k"], rows: [["A"]], location: location)
        #expect(list.valueColumn == nil)
        #expect(list.contains(["A"]) == .found)
        #expect(list.value(for: ["A"]) == .notFound)
    }

    @Test(arguments: 1...4)
    func `values are those of a plain search through all rows`(_ columns: Int) {
        var generator = Generator(state: UInt64(columns))
        let alphabet = ["a", "b", "c", "d"]
        for _ in 0..<60 {
            var rows: [[String]: String] = [:]
            for _ in 0..<Int.random(in: 0...12, using: &generator) {
                let row = (0..<columns).map { column in
                    column > 0 && Bool.random(using: &generator) ? "" : alphabet.randomElement(using: &generator) ?? ""
                }
                rows[row] = "\(Int.random(in: 0...2, using: &generator))"
            }
            let location = SourceLocation(file: "a", line: 1)
            let list = ValueList(
                id: "l", keys: (0..<columns).map { "k\($0)" }, valueColumn: "v", rows: rows, location: location)
            for _ in 0..<60 {
                let asked = (0..<columns).map { _ in
                    Int.random(in: 0...3, using: &generator) > 0 ? alphabet.randomElement(using: &generator) : nil
                }
                #expect(list.value(for: asked) == plain(rows, asked), "\(rows) \(asked)")
            }
        }
    }

    private func plain(_ rows: [[String]: String], _ asked: [String?]) -> ValueList.Found {
        guard asked.first ?? nil != nil else { return .notFound }
        var values: Set<String> = []
        var isOpen = false
        for (row, value) in rows {
            let pairs = zip(row, asked)
            guard pairs.allSatisfy({ $0.isEmpty || $1 == nil || $0 == $1 }) else { continue }
            if pairs.contains(where: { !$0.isEmpty && $1 == nil }) { isOpen = true } else { values.insert(value) }
        }
        if values.count > 1 || values.isEmpty && isOpen { return .undecided }
        return values.first.map { .value($0) } ?? .notFound
    }

    @Test(arguments: [
        ("PatientID,IssuerOfPatientID,Pseudonym\nA,X,S1\nA,X,S2\n", "different-values", 3),
        ("PatientID,IssuerOfPatientID,Pseudonym\nA,,S1\nA,,S2\n", "different-values", 3),
        ("PatientID,IssuerOfPatientID,Pseudonym\nA,X,\n", "empty-value", 2),
        ("PatientID,IssuerOfPatientID,Pseudonym\nA,X, \n", "empty-value", 2),
    ])
    func `a row that says nothing, or something else than another, is refused with its line`(
        _ csv: String, _ code: String, _ line: Int
    ) throws {
        let (list, findings) = try load(csv)
        #expect(list == nil)
        #expect(findings.map(\.code) == [code], "\(listed(findings))")
        #expect(findings.first?.location.line == line)
        #expect(findings.first?.location.file.hasSuffix("known.csv") == true)
    }

    @Test func `a row that is there twice is one`() throws {
        let (list, findings) = try load("PatientID,IssuerOfPatientID,Pseudonym\nA,X,S1\nA,X,S1\n")
        #expect(findings.isEmpty)
        #expect(list?.count == 1)
    }

    @Test func `the column must be there, and cannot be a key`() throws {
        let csv = "PatientID,IssuerOfPatientID,Pseudonym\nA,X,S1\n"
        #expect(try load(csv, value: "Name").1.map(\.code) == ["missing-column"])
        #expect(try load(csv, value: "PatientID").1.map(\.code) == ["duplicate-name"])
    }
}
