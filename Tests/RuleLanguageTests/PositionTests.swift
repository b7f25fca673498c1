import RuleLanguage
import Testing

/// Positions in texts where it is easy to lose count.
@Suite("Positions")
struct PositionTests {
    private func check(_ marked: String, sourceLocation: Testing.SourceLocation = #_sourceLocation) {
        let marked = Marked(marked)
        let findings = RuleSetLoader().load(text: marked.text).findings
        #expect(findings.count == 1, "\(listed(findings))", sourceLocation: sourceLocation)
        #expect(findings.first?.location.line == marked.position?.line, sourceLocation: sourceLocation)
        #expect(findings.first?.location.column == marked.position?.column, sourceLocation: sourceLocation)
    }

    @Test func `comments, sections and instructions that look like tags do not count`() {
        check(
            """
            <?xml version="1.0"?><!-- <ruleset> > -- ><![CDATA[ -->
            <ruleset xmlns="urn:cordon:rules:1" id="a" revision="1"><!-- "<tier>" --><?x <teir> ?>
            <description><![CDATA[<tier> ]] > <!-- ]]></description> <▸teir/></ruleset>
            """.replacing(" -- >", with: " - - >"))
    }

    @Test func `attributes may stand on lines of their own, in either quotes`() {
        check(
            Marked.condition(
                "<equals\n   value = 'a>b \"c\" /'\n\tfold='case'\n   attribute  =  '▸PatientIDD'\n/>"))
    }

    @Test func `characters count, not bytes`() {
        check(Marked.ruleSet("<description>Zürich 病院 e\u{301}</description><▸teir title=\"é\"/>"))
    }

    @Test func `references in a value are longer in the file than in the text`() {
        check(
            Marked.ruleSet(
                "<audience id=\"a\"><always><release/></always><on label=\"sensit&#105;ve &#x73;ensitive ▸nobody\">"
                    + "<sequester/></on></audience>"))
    }

    @Test func `lines end with a carriage return or without`() {
        check(Marked.ruleSet("<description>\r\n</description>\r\n<tier number=\"1\">\r\n  <▸rul/></tier>\r\n"))
    }

    @Test func `lines beyond 65535 are counted`() {
        check(Marked.ruleSet(String(repeating: "\n", count: 70_000) + " <▸teir/>"))
    }

    @Test func `a file without line breaks is counted in one pass`() {
        let rules = (0..<2000).map {
            "<rule id=\"r\($0)\"><when><present attribute=\"PatientID\"/></when><tag study=\"sensitive\"/></rule>"
        }
        check(Marked.ruleSet("<tier number=\"1\">\(rules.joined())<▸rul/></tier>"))
    }

    @Test func `the second of two words is meant`() {
        check(
            Marked.condition(
                "<any><present attribute=\"PatientID\"/><present attribute=\"  ReferencedStudySequence/*/▸StudyDat  \"/></any>"
            ))
    }
}
