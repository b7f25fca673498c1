import RuleLanguage
import Foundation
import TestSupport
import Testing

@testable import RuleImport

/// Scripts as a whole: both forms, switches, groups, what is wrong in them.
@Suite struct CTPScriptTests {
    @Test func `groups become statements about groups`() throws {
        let script = """
            <script>
            <e en="T" t="00100010" n="PatientName">@remove()</e>
            <e en="F" t="00100040" n="PatientSex">@remove()</e>
            <k en="T" t="0018">Keep group 0018</k>
            <k en="T" t="2001">Keep group 2001</k>
            <k en="T" t="safeprivateelements">Keep safe</k>
            <r en="T" t="privategroups">Remove private</r>
            <r en="T" t="curves">Remove curves</r>
            <r en="F" t="overlays">Remove overlays</r>
            <r en="T" t="unspecifiedelements">Remove unchecked</r>
            </script>
            """
        let imported = try ImportedRules.ctp(script)
        _ = try imported.loaded()
        for line in [
            #"<keep group="0018"/>"#, #"<keep group="2001"/>"#, #"<remove group="private"/>"#,
            #"<remove group="50xx"/>"#,
            #"<keep group="60xx"/>"#, #"<keep group="0028"/>"#, #"<keep attribute="SpecificCharacterSet"/>"#,
            #"<keep attribute="StudyInstanceUID"/>"#, #"<remove anything="true"/>"#,
        ] {
            #expect(imported.has(line), "\(line) in\n\(imported.text)")
        }
        #expect(
            imported.report.statements.map(\.outcome) == [
                .translated, .off, .translated, .translated, .refused, .translated, .translated, .off, .changed,
            ])
    }

    @Test func `the properties form says the same`() throws {
        let xml = """
            <script>
            <p t="A">x y</p>
            <e en="T" t="00080080" n="InstitutionName">@param(@A)</e>
            <e en="F" t="00080081" n="InstitutionAddress">@remove()</e>
            <e en="T" t="0019[SIEMENS MR HEADER]0A" n="Mosaic">@keep()</e>
            <k en="F" t="0018">Keep</k>
            <r en="T" t="curves">Remove</r>
            </script>
            """
        let properties = """
            ! a comment
            param.A = x y
            set.[0008,0080]InstitutionName=@param(@A)
            #set.[0008,0081]InstitutionAddress=@remove()
            set.[0019,[SIEMENS\\ MR\\ HEADER]0A]Mosaic=\\
               @keep()
            #keep.group0018=
            remove.curves=
            """
        let one = try ImportedRules.ctp(xml), two = try ImportedRules.ctp(properties, file: "test.properties")
        #expect(Set(one.bare.filter { !$0.contains("title=") }) == Set(two.bare.filter { !$0.contains("title=") }))
        #expect(one.report.statements.map(\.outcome).sorted() == two.report.statements.map(\.outcome).sorted())
        #expect(two.report.statements.map(\.location.line) == [2, 3, 4, 5, 7, 8])
    }

    @Test func `two rules about one element come to the stricter of both`() throws {
        let imported = try ImportedRules.ctp(
            "<script><e en=\"T\" t=\"00100040\" n=\"A\">@keep()</e><e en=\"T\" t=\"00100040\" n=\"B\">@remove()</e></script>"
        )
        #expect(imported.has(#"<remove attribute="PatientSex"/>"#))
        #expect(imported.report.statements.allSatisfy { $0.outcome == .changed })
    }

    @Test func `what is nearly on counts where it takes away`() throws {
        let imported = try ImportedRules.ctp(
            "<script><e en=\"t\" t=\"00100040\" n=\"A\">@remove()</e><e en=\"yes\" t=\"00100010\" n=\"B\">@keep()</e></script>"
        )
        #expect(imported.has(#"<remove attribute="PatientSex"/>"#))
        #expect(!imported.text.contains("<keep attribute=\"PatientName\""))
        #expect(imported.report.statements.allSatisfy { $0.outcome == .changed })
    }

    @Test func `an element that CTP cannot read is taken by its name, and told`() throws {
        let imported = try ImportedRules.ctp(
            rule("0010004O", "@remove()").replacingOccurrences(of: "n=\"X\"", with: "n=\"PatientSex\""))
        #expect(imported.has(#"<remove attribute="PatientSex"/>"#))
        #expect(imported.report.statements.last?.outcome == .refused)
    }

    @Test func `the codes that a script claims are claimed, pixels apart`() throws {
        let imported = try ImportedRules.ctp(rule("00120064", "reset/113100/113101/113107/999999"))
        #expect(imported.text.contains(#"code="113100""#) && imported.text.contains(#"code="113107""#))
        #expect(!imported.text.contains(#"code="113101""#) && !imported.bare.contains { $0.contains("999999") })
        #expect(imported.report.statements.last?.outcome == .refused)
    }

    @Test func `elements of overlays do not stay where overlays go`() throws {
        let imported = try ImportedRules.ctp(
            rule("60003000", "@keep()", "<r en=\"T\" t=\"overlays\">x</r>\n"))
        #expect(imported.has(#"<remove group="60xx"/>"#))
        #expect(!imported.text.contains("<keep attribute=\"(6000,3000)\""))
    }

    @Test func `parameters may come from outside`() throws {
        let script = rule("00080080", "@param(@SITE)", "<p t=\"SITE\">within</p>\n")
        #expect(
            try ImportedRules.ctp(script, parameters: ["SITE": "outside"]).has(
                #"<replace attribute="InstitutionName" value="outside"/>"#))
    }

    @Test func `a row of a list is one row, whatever follows a quote or ends a line in it`() {
        let list = ConvertedList(
            id: "l", fileName: "l.csv", key: "Value", value: "Replacement",
            rows: [(key: "a\"\u{301}", value: "b\r\nc"), (key: "d", value: "e")], origin: "")
        #expect(Array(list.csv.utf8) == Array("Value,Replacement\n\"a\"\"\u{301}\",\"b\r\nc\"\nd,e\n".utf8))
    }

    @Test func `dates move within a range around what the script moves all by`() throws {
        let shifted = try ImportedRules.ctp(rule("00080020", "@incrementdate(this,-1000)"))
        #expect(shifted.has(#"<date-shift unit="days" from="-1500" to="-500"/>"#), "\(shifted.text)")
        let hashed = try ImportedRules.ctp(rule("00080020", "@hashdate(this,PatientID)"))
        #expect(hashed.has(#"<date-shift unit="days" from="-3650" to="-1"/>"#))
        let far = try ImportedRules.ctp(rule("00080020", "@incrementdate(this,-30123)"))
        #expect(far.has(#"<date-shift unit="days" from="-36525" to="-15061"/>"#), "\(far.text)")
        for days in [-1, 1, 2, -2, 36525, 99999, Int.min, Int.max, 0] {
            _ = try ImportedRules.ctp(rule("00080020", "@incrementdate(this,\(days))")).loaded()
        }
    }

    // MARK: - What is wrong

    struct Bad: Sendable, CustomTestStringConvertible {
        var text: String
        var code: String
        var line: Int
        var testDescription: String { code }
    }

    static let bad = [
        Bad(text: "<script>\n<e en=\"T\" t=\"00100010\">@remove()</e>\n", code: "not-well-formed", line: 3),
        Bad(text: "<profile>\n</profile>", code: "wrong-root", line: 1),
        Bad(text: "\n<!DOCTYPE script [<!ENTITY gone \"x\">]>\n<script/>", code: "doctype", line: 2),
        Bad(text: "<script>\n\n<e en=\"T\" t=\"00081030\">R&D</e></script>", code: "not-well-formed", line: 3),
        Bad(text: "<script xmlns=\"urn:x\"/>", code: "wrong-root", line: 1),
        Bad(text: "<script/>", code: "empty-script", line: 1),
        Bad(text: "<html>\n <body>\n </body>\n</html>", code: "wrong-root", line: 1),
        Bad(text: "set.[0010,0010]X=@remove()\n<note>\nset.[0010,0020]Y=@remove()", code: "not-well-formed", line: 1),
        Bad(text: "", code: "bad-expression", line: 1),
        Bad(text: "Modality.equals(\"CT\") &\nRows.equals(\"1\")", code: "bad-expression", line: 1),
        Bad(text: "Modality.equals(\"CT\") *\n// nothing\n", code: "bad-expression", line: 3),
        Bad(text: "// one\n(Modality.equals(\"CT\")", code: "bad-expression", line: 2),
        Bad(text: "!!Modality.equals(\"CT\")", code: "bad-expression", line: 1),
        Bad(text: "Text\n{ Modality.equals(\"CT\") + }\n(0,0,1,1)", code: "bad-expression", line: 2),
        Bad(text: "Text\n\n{ Modality.equals(\"CT\")", code: "bad-expression", line: 3),
    ]

    @Test(arguments: bad) func `a script that CTP would pass by without a word is refused, with its place`(_ bad: Bad)
        throws
    {
        do {
            _ = try ImportedRules.ctp(bad.text)
            Issue.record("it was imported")
        } catch let failure as ImportFailure {
            #expect(failure.findings.first?.code == bad.code, "\(failure.findings)")
            #expect(failure.findings.first?.location.line == bad.line, "\(failure.findings)")
        }
    }

    @Test func `bytes that are no UTF-8 are refused`() {
        for bytes in [[0xFF, 0xFE, 0x3C], Array("<script>Pr".utf8) + [0xFC], Array("set.x=".utf8) + [0xC3, 0x28]]
            as [[UInt8]]
        {
            #expect(throws: ImportFailure.self) {
                try CTPImport().convert([ImportSource(name: "x", bytes: bytes)])
            }
        }
    }
}
