import DICOMCore
import DICOMFile
import RuleLanguage
import TestSupport
import Testing

@testable import RuleEngine

/// A condition, and how it comes out for a data set.
struct ConditionCase: Sendable, CustomTestStringConvertible {
    var condition: String
    var dataSet: DataSetBuilder
    var expected: Truth

    init(_ condition: String, _ dataSet: DataSetBuilder, _ expected: Truth) {
        self.condition = condition
        self.dataSet = dataSet
        self.expected = expected
    }

    var testDescription: String { "\(condition) is \(expected)" }
}

@Suite("Conditions")
struct ConditionTests {
    static let description = Tag(0x0008, 0x1030)
    static let none = DataSetBuilder()
    static let empty = none.text(description, .LO, "")
    static let blank = none.text(description, .LO, "  ")
    static let knee = none.text(description, .LO, "MR Knie links")
    static let several = none.text(description, .LO, "CT\\MR Knie links\\X")
    /// Bytes that are no text in the default repertoire.
    static let undecodable = none.bytes(description, .LO, [0x4B, 0xE9, 0x20, 0xFF])
    /// One value of two cannot be read.
    static let half = none.text(description, .LO, "MR Knie links").bytes(description, .LO, [0xE9, 0xFF])

    /// False, true and unknown as `-`, `+`, `?`.
    static func truths(_ signs: String) -> [Truth] { signs.map { $0 == "-" ? .false : $0 == "+" ? .true : .unknown } }

    private static let textRows: [(String, String)] = [
        (#"<present attribute="StudyDescription"/>"#, "-+++++"),
        (#"<absent attribute="StudyDescription"/>"#, "+-----"),
        (#"<empty attribute="StudyDescription"/>"#, "-++---"),
        (
            #"<equals attribute="StudyDescription" value="MR Knie links"/>"#,
            "---++?"
        ),
        (#"<equals attribute="StudyDescription" value="MR"/>"#, "-----?"),
        (
            #"<equals attribute="StudyDescription" value="mr KNIE links" fold="case"/>"#,
            "---++?"
        ),
        (
            #"<contains attribute="StudyDescription" value="Knie"/>"#,
            "---++?"
        ),
        (
            #"<contains attribute="StudyDescription" value="knié" fold="case accents"/>"#,
            "---++?"
        ),
        (
            #"<contains attribute="StudyDescription" value="knie"/>"#,
            "-----?"
        ),
        (
            #"<starts-with attribute="StudyDescription" value="MR"/>"#,
            "---++?"
        ),
        (
            #"<starts-with attribute="StudyDescription" value="Knie"/>"#,
            "-----?"
        ),
        (
            #"<one-of attribute="StudyDescription"><value>Arm</value><value>MR Knie links</value></one-of>"#,
            "---++?"
        ),
        (
            #"<matches attribute="StudyDescription" pattern="^MR .*links$"/>"#,
            "---++?"
        ),
        (
            #"<matches attribute="StudyDescription" pattern="knie" case="ignore"/>"#,
            "---++?"
        ),
        (
            #"<not><equals attribute="StudyDescription" value="MR Knie links"/></not>"#,
            "+++--?"
        ),
    ]
    static let text: [ConditionCase] = textRows.flatMap { condition, expected in
        zip([none, empty, blank, knee, several, undecodable], truths(expected)).map { ConditionCase(condition, $0, $1) }
    }

    @Test(arguments: text)
    func `text, absent, empty, blank, one value, several, undecodable`(_ item: ConditionCase) throws {
        #expect(try Scene.truth(item.condition, item.dataSet) == item.expected)
    }

    @Test func `a readable value makes true what an unreadable one leaves unknown`() throws {
        let condition = #"<equals attribute="StudyDescription" value="MR Knie links"/>"#
        #expect(try Scene.truth(condition, Self.half) == .true)
        #expect(try Scene.truth(#"<equals attribute="StudyDescription" value="no"/>"#, Self.half) == .unknown)
    }

    private static let numberRows: [(String, Int, String)] = [
        ("lt", 10, "--+-+?+"),
        ("le", 3, "--+-+??"),
        ("eq", 3, "--+-+??"),
        ("ge", 4, "---++?+"),
        ("gt", 3, "---++?+"),
        ("ne", 3, "---++?+"),
    ]
    static let numbers: [ConditionCase] = numberRows.flatMap { order, number, expected in
        let thickness = Tag(0x0018, 0x0050)
        let values: [DataSetBuilder] = [nil, "", "3.0 ", "1e2", "3\\12", "3,0", "x\\7"].map { (text: String?) in
            text.map { DataSetBuilder().text(thickness, .DS, $0) } ?? none
        }
        return zip(values, truths(expected)).map {
            ConditionCase(#"<compare attribute="SliceThickness" op="\#(order)" number="\#(number)"/>"#, $0, $1)
        }
    }

    @Test(arguments: numbers)
    func `numbers in text`(_ item: ConditionCase) throws {
        #expect(try Scene.truth(item.condition, item.dataSet) == item.expected)
    }

    @Test func `numbers in binary, in both byte orders`() throws {
        let rows = DataSetBuilder().integers(Tag(0x0028, 0x0010), .US, 0x0102)
        let condition = #"<compare attribute="Rows" op="eq" number="258"/>"#
        #expect(try Scene.truth(condition, rows) == .true)
        #expect(try Scene.truth(condition, rows, .explicitBigEndian) == .true)
        #expect(try Scene.truth(condition, rows, .implicitLittleEndian) == .true)
        let odd = DataSetBuilder().bytes(Tag(0x0028, 0x0010), .US, [1, 2, 3, 4]).bytes(Tag(0x0028, 0x0011), .US, [1])
        #expect(try Scene.truth(#"<compare attribute="Rows" op="lt" number="9"/>"#, odd) == .false)
    }

    private static let dateRows: [(String, String, String, String, String, Truth)] = [
        ("StudyDate", "DA", "20200229", "eq", "20200229", .true),
        ("StudyDate", "DA", "2020.02.29", "eq", "20200229", .true),
        ("StudyDate", "DA", "20200228", "lt", "20200229", .true),
        ("StudyDate", "DA", "20200229", "lt", "20200229", .false),
        ("StudyDate", "DA", "20200301", "ge", "20200229", .true),
        ("StudyDate", "DA", "20210229", "ge", "20200229", .unknown),
        ("StudyDate", "DA", "today", "ne", "20200229", .unknown),
        ("StudyDate", "DA", "", "lt", "20200229", .false),
        ("AcquisitionDateTime", "DT", "20200229235959.5+0100", "eq", "20200229", .true),
        ("AcquisitionDateTime", "DT", "2019", "lt", "20200229", .true),
        ("AcquisitionDateTime", "DT", "2020", "lt", "20200229", .unknown),
        ("AcquisitionDateTime", "DT", "202003", "le", "20200229", .false),
        ("AcquisitionDateTime", "DT", "202002", "eq", "20200215", .unknown),
        ("AcquisitionDateTime", "DT", "202002", "ne", "20200301", .true),
        ("AcquisitionDateTime", "DT", "202002", "ge", "20200201", .true),
    ]
    static let dates: [ConditionCase] = dateRows.map { keyword, vr, value, order, date, expected in
        let tag = keyword == "StudyDate" ? Tag(0x0008, 0x0020) : Tag(0x0008, 0x002A)
        let dataSet = DataSetBuilder().text(tag, VR(vr) ?? .DA, value)
        return ConditionCase(#"<compare attribute="\#(keyword)" op="\#(order)" date="\#(date)"/>"#, dataSet, expected)
    }

    @Test(arguments: dates)
    func `dates, also less precise ones`(_ item: ConditionCase) throws {
        #expect(try Scene.truth(item.condition, item.dataSet) == item.expected)
    }

    private static let ageRows: [(String, String, String, Truth)] = [
        ("018Y", "lt", "018Y", .false), ("017Y", "lt", "018Y", .true), ("216M", "eq", "018Y", .true),
        ("012M", "eq", "001Y", .true), ("052W", "lt", "001Y", .true), ("366D", "gt", "001Y", .true),
        ("18Y", "lt", "018Y", .unknown), ("", "lt", "018Y", .false), ("018Y\\003D", "lt", "001W", .true),
    ]
    static let ages: [ConditionCase] = ageRows.map { value, order, age, expected in
        let dataSet = DataSetBuilder().text(Tag(0x0010, 0x1010), .AS, value)
        return ConditionCase(#"<compare attribute="PatientAge" op="\#(order)" age="\#(age)"/>"#, dataSet, expected)
    }

    @Test(arguments: ages)
    func `ages in any unit`(_ item: ConditionCase) throws {
        #expect(try Scene.truth(item.condition, item.dataSet) == item.expected)
    }

    @Test func `where an instance came from`() throws {
        let condition = #"<source ae="CT1" address="10.0.0.1"/>"#
        let ct = Condition.Source(aeTitle: "CT1 ", address: "10.0.0.1", user: "anyone")
        #expect(try Scene.truth(condition, Self.none, source: ct) == .true)
        #expect(try Scene.truth(condition, Self.none, source: Condition.Source(aeTitle: "CT1")) == .false)
        #expect(try Scene.truth(condition, Self.none) == .false)
        #expect(try Scene.truth(#"<not>\#(condition)</not>"#, Self.none) == .true)
        #expect(
            try Scene.outcome(condition, DICOMFile(bytes: Self.none.file()), source: ct).evidence.map(\.attribute) == [
                "source"
            ])
    }

    static let preambles: [String: [UInt8]] = [
        "zero": [0], "tiff": [0x49, 0x49, 0x2A, 0], "executable": [0x4D, 0x5A], "other": [1],
    ]

    @Test(arguments: preambles.keys.sorted())
    func `the kind of preamble`(_ kind: String) throws {
        let start = Self.preambles[kind] ?? []
        let padding = [UInt8](repeating: 0, count: 128 - start.count)
        let file = try DICOMFile(bytes: Self.knee.file(preamble: start + padding))
        for other in ["zero", "tiff", "executable", "other", "none"] {
            #expect(try Scene.truth(#"<preamble kind="\#(other)"/>"#, file) == Truth(other == kind))
        }
    }

    @Test func `all, any, not over what is unknown`() throws {
        let unknown = #"<equals attribute="StudyDescription" value="x"/>"#
        let yes = #"<present attribute="StudyDescription"/>"#
        let no = #"<present attribute="PatientName"/>"#
        for (condition, expected) in [
            ("<all>\(unknown)\(yes)</all>", Truth.unknown), ("<all>\(unknown)\(no)</all>", .false),
            ("<any>\(unknown)\(yes)</any>", .true), ("<any>\(unknown)\(no)</any>", .unknown),
            ("<not>\(unknown)</not>", .unknown),
        ] {
            #expect(try Scene.truth(condition, Self.undecodable) == expected, "\(condition)")
        }
    }
}
