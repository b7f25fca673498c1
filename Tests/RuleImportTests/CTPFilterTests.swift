import Foundation
import RuleLanguage
import TestSupport
import Testing

@testable import RuleImport

/// Filters and signatures.
@Suite struct CTPFilterTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        /// The lines of the rule's condition: what is held back.
        var held: [String]
        var outcome: ImportStatement.Outcome
        var testDescription: String { text }

        init(_ text: String, _ held: [String], _ outcome: ImportStatement.Outcome = .translated) {
            self.text = text
            self.held = held
            self.outcome = outcome
        }
    }

    static let cases: [Case] = [
        Case(#"Modality.equals("CT")"#, ["<not>", #"<equals attribute="Modality" value="CT"/>"#, "</not>"]),
        Case(#"!Modality.equals("CT")"#, [#"<equals attribute="Modality" value="CT"/>"#]),
        Case(#"[0008,0060].equals("CT")"#, ["<not>", #"<equals attribute="Modality" value="CT"/>"#, "</not>"]),
        Case(#"!Modality.equalsIgnoreCase("ct")"#, [#"<equals attribute="Modality" value="ct" fold="case"/>"#]),
        Case(#"!Modality.equals("ct")"#, [#"<matches attribute="Modality" pattern="^(?:ct)$"/>"#]),
        Case(#"!Manufacturer.contains("GE M")"#, [#"<contains attribute="Manufacturer" value="GE M"/>"#]),
        Case(
            #"!Manufacturer.startsWithIgnoreCase("ge")"#,
            [#"<starts-with attribute="Manufacturer" value="ge" fold="case"/>"#]),
        Case(#"!Manufacturer.endsWith("x.")"#, [#"<matches attribute="Manufacturer" pattern="(?:x\.)$"/>"#]),
        Case(#"!Modality.matches("MR|CT")"#, [#"<matches attribute="Modality" pattern="^(?:MR|CT)$"/>"#]),
        Case(
            #"Manufacturer.equals("")"#,
            [
                "<not>", "<any>", #"<absent attribute="Manufacturer"/>"#, #"<empty attribute="Manufacturer"/>"#,
                "</any>", "</not>",
            ]),
        Case(#"!Rows.equals("512")"#, [#"<compare attribute="Rows" op="eq" number="512"/>"#]),
        Case(#"!Rows.isLessThan("256")"#, [#"<compare attribute="Rows" op="lt" number="256"/>"#]),
        Case(
            #"!StudyDate.isGreaterThan("20100101")"#, [#"<compare attribute="StudyDate" op="gt" date="20100101"/>"#],
            .changed),
        Case(
            #"!SliceLocation.isGreaterThan("10")"#,
            [
                "<any>", #"<compare attribute="SliceLocation" op="gt" number="10"/>"#,
                #"<compare attribute="SliceLocation" op="lt" number="-10"/>"#,
                #"<matches attribute="SliceLocation" pattern="[eE]"/>"#, "</any>",
            ], .changed),
        Case(
            #"!RefImageSeq::RefSOPClassUID.startsWith("1.2")"#,
            [#"<starts-with attribute="ReferencedImageSequence/1/ReferencedSOPClassUID" value="1.2"/>"#]),
        Case(
            #"![0009[GEMS_IDEN_01]01].equals("x")"#,
            [#"<equals attribute="(0009,{GEMS_IDEN_01}01)" value="x"/>"#], .changed),
        Case(#"!SoftwareVersion.contains("1.")"#, [#"<contains attribute="SoftwareVersions" value="1."/>"#]),
        Case(
            #"!(Modality.equals("CT") + Modality.equals("MR") * Rows.equals("1"))"#,
            [
                "<any>", #"<equals attribute="Modality" value="CT"/>"#, "<all>",
                #"<equals attribute="Modality" value="MR"/>"#,
                #"<compare attribute="Rows" op="eq" number="1"/>"#, "</all>", "</any>",
            ]),
        Case("false.", ["<any><present attribute=\"SOPClassUID\"/><absent attribute=\"SOPClassUID\"/></any>"]),
        // Nobody knows what it asks: whatever it is about is held back.
        Case(
            #"Modality.equals("CT") * !PatientNam.equals("x")"#,
            ["<any><present attribute=\"SOPClassUID\"/><absent attribute=\"SOPClassUID\"/></any>"], .refused),
        Case(
            #"Modality.equals("CT") + SoftwareVersions.equals("1")"#,
            ["<not>", #"<equals attribute="Modality" value="CT"/>"#, "</not>"], .refused),
        Case(
            #"Modality.equals("CT") + Rows.contains("1")"#,
            [
                "<not>", "<any>", #"<equals attribute="Modality" value="CT"/>"#,
                #"<compare attribute="Rows" op="eq" number="1"/>"#, "</any>", "</not>",
            ], .changed),
        Case(#"!Rows.contains("51")"#, [#"<compare attribute="Rows" op="ge" number="51"/>"#], .changed),
        Case(
            #"Modality.equals("CT") + PatientName.like("1")"#,
            ["<not>", #"<equals attribute="Modality" value="CT"/>"#, "</not>"],
            .refused),
    ]

    @Test(arguments: cases) func `a filter becomes a rule about what it does not let pass`(_ example: Case) throws {
        let imported = try ImportedRules.ctp(example.text)
        _ = try imported.loaded()
        let lines = imported.bare
        let start = try #require(lines.firstIndex(of: "<when>"), "\(imported.text)")
        let end = try #require(lines.firstIndex(of: "</when>"))
        #expect(Array(lines[(start + 1)..<end]) == example.held, "\(imported.text)")
        #expect(imported.report.statements.map(\.outcome).max() == example.outcome, "\(imported.report.statements)")
        #expect(imported.has(#"<on label="filtered-out"><sequester/></on>"#))
    }

    @Test func `of several values each is compared, and in doubt the object is held back`() throws {
        let imported = try ImportedRules.ctp(#"ImageType.startsWith("ORI")"#)
        _ = try imported.loaded()
        #expect(imported.text.contains(#"<starts-with attribute="ImageType" value="ORI"/>"#), "\(imported.text)")
        #expect(
            imported.text.contains(#"pattern="^(?:$|[^O\x01]|O(?:$|[^R\x01]|R(?:$|[^I\x01])))""#), "\(imported.text)")
        #expect(imported.report.statements.first?.outcome == .changed)
    }

    /// CTP sees a name as it is written, with all its groups and delimiters; ours compare what it means.
    @Test(
        arguments: [
            (#"!PatientName.contains("^")"#, [#"<present attribute="PatientName"/>"#]),
            (
                #"PatientName.contains("^")"#,
                ["<not>", #"<matches attribute="PatientName" pattern="\^"/>"#, "</not>"]
            ),
            (
                #"PatientName.contains("DOE ")"#,
                ["<not>", #"<matches attribute="PatientName" pattern="DOE "/>"#, "</not>"]
            ),
            (#"!PatientName.contains("DOE ^JOHN^")"#, [#"<contains attribute="PatientName" value="DOE^JOHN"/>"#]),
            (#"!PatientName.contains("TEST")"#, [#"<contains attribute="PatientName" value="TEST"/>"#]),
            (#"!PatientName.equals("DOE^JOHN^^")"#, [#"<equals attribute="PatientName" value="DOE^JOHN"/>"#]),
            (#"!PatientName.startsWith("DOE^")"#, [#"<starts-with attribute="PatientName" value="DOE"/>"#]),
            (#"!PatientName.endsWith("^")"#, [#"<present attribute="PatientName"/>"#]),
            (
                #"Modality.equals("CT") + PatientName.equals("DOE^JOHN")"#,
                ["<not>", #"<equals attribute="Modality" value="CT"/>"#, "</not>"]
            ),
        ]) func `of a name what CTP would hold back is held back, whatever its delimiters`(
            _ filter: String, _ held: [String]
        ) throws
    {
        let imported = try ImportedRules.ctp(filter)
        _ = try imported.loaded()
        let lines = imported.bare
        let start = try #require(lines.firstIndex(of: "<when>"), "\(imported.text)")
        let end = try #require(lines.firstIndex(of: "</when>"))
        #expect(Array(lines[(start + 1)..<end]) == held, "\(imported.text)")
        let isExact = filter.contains("TEST")
        #expect(
            imported.report.statements.last?.outcome == (isExact ? .translated : .changed),
            "\(imported.report.statements)")
    }

    @Test func `a filter that lets everything pass makes no rule`() throws {
        let imported = try ImportedRules.ctp("true.")
        #expect(try imported.loaded().rules.isEmpty)
        #expect(imported.has("<always><release/></always>"))
    }

    @Test func `signatures hold images back, and their regions are not carried over`() throws {
        let script = """
            A library of places.
              { Manufacturer.containsIgnoreCase("ge") * Rows.equals("512") }
              (0,0,512,25) (0,500,512,-1)
              { Modality.equals("PT") }
            Nothing is burned in there.
              { Modality.equals("US") }
              (0,0,10,10)
            """
        let imported = try ImportedRules.ctp(script)
        let set = try imported.loaded()
        #expect(set.rules.map(\.id).sorted() == ["signature-1", "signature-3"])
        let regions = imported.report.statements.filter { $0.text.hasPrefix("(") }
        #expect(regions.map(\.location.line) == [3, 3, 7])
        #expect(regions.allSatisfy { $0.outcome == .refused })
        #expect(imported.report.count(.translated) == 3 && imported.report.count(.changed) == 1)
    }

    @Test func `a pipeline of several scripts becomes one rule set`() throws {
        let sources = [
            ImportSource(name: "a/filter.script", bytes: Array(#"Modality.equals("CT")"#.utf8)),
            ImportSource(name: "a/anonymizer.script", bytes: Array(rule("00100010", "@remove()").utf8)),
            ImportSource(name: "a/pixels.script", bytes: Array("{ Rows.equals(\"1\") } (0,0,1,1)".utf8)),
        ]
        let imported = try CTPImport().convert(sources)
        let set = try imported.loaded()
        #expect(set.rules.count == 2 && set.profiles.count == 1)
        #expect(imported.has(#"<always><deidentify profile="ctp"/></always>"#))
        #expect(imported.has(#"<on label="filtered-out burned-in-text"><sequester/></on>"#))
        #expect(imported.text.contains("<!-- anonymizer.script:2:"), "\(imported.text)")
        #expect(throws: ImportFailure.self) { try CTPImport().convert([sources[1], sources[1]]) }
    }

    @Test func `patterns that are made of texts find what is unlike`() throws {
        for text in ["a", "ab", "aab", "x.y", "[]", "ä^$"] {
            let texts = [
                "", "a", "b", "ab", "aa", "aab", "aaab", "abx", "xab", "x.y", "xzy", "[]", "[]]", "ä^$", "ä",
                text + "1", "1" + text,
            ]
            for other in texts {
                func found(_ pattern: String) throws -> Bool {
                    try #require(try? TextPattern(pattern)).isFound(in: other)
                }
                #expect(try found(RegularExpression.notEqual(to: text)) == (other != text), "\(text) \(other)")
                #expect(
                    try found(RegularExpression.notBeginning(with: text)) == !other.hasPrefix(text), "\(text) \(other)")
                #expect(
                    try found(RegularExpression.notEnding(with: text)) == !other.hasSuffix(text), "\(text) \(other)")
            }
        }
    }
}
