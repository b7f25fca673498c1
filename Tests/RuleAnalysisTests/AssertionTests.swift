import RuleEngine
import RuleLanguage
import Testing

@testable import RuleAnalysis

@Suite struct AssertionTests {
    private func load(_ clauses: String, _ never: String, always: String = "<release/>", tier: Int = 4) throws
        -> [String]
    {
        let body = Rules.vocabulary + "<audience id=\"a\"><always>\(always)</always>\(clauses)</audience>" + never
        return try Rules.load(body, tier: tier).findings.filter { $0.severity == .error }.map(\.code)
    }

    private let violence = "<never audience=\"a\" label=\"violence\" disposition=\"release flag deidentify\"/>"
    private let vip = "<never label=\"vip\" disposition=\"release\"/>"

    @Test func `it holds where a clause asks for as much, and fails where none does`() throws {
        #expect(try load("<on label=\"violence\"><sequester/></on>", violence) == [])
        #expect(try load("<on label=\"sensitive\"><sequester/></on>", violence) == [])
        #expect(try load("<on label=\"violence\"><flag/></on>", violence) == ["assertion-fails"])
        #expect(try load("", violence, always: "<sequester/>") == [])
        // A clause on what refines the label says nothing of the label.
        #expect(try load("<on label=\"evidence\"><sequester/></on>", violence) == ["assertion-fails"])
    }

    @Test func `a label that lifts breaks it, unless it is left out`() throws {
        let clause = "<on label=\"vip\" unless=\"consented\"><sequester/></on>"
        #expect(try load(clause, vip) == ["assertion-fails"])
        #expect(try load(clause, "<never label=\"vip\" disposition=\"release\" unless=\"consented\"/>") == [])
        // Another clause stands, which nothing lifts.
        #expect(try load(clause + "<on label=\"sensitive\"><flag/></on>", vip) == [])
    }

    @Test func `that something is never sequestered can be said, too`() throws {
        let never = "<never label=\"vip\" disposition=\"sequester\"/>"
        #expect(try load("<on label=\"vip\"><flag/></on>", never) == [])
        // A study may have both.
        #expect(try load("<on label=\"violence\"><sequester/></on>", never) == ["assertion-fails"])
    }

    @Test func `a label above the tier stands for what it comes with`() throws {
        let never = "<never label=\"violence\" disposition=\"release\"/>"
        #expect(try load("<on label=\"sensitive\"><flag/></on>", never, tier: 1) == [])
        #expect(try load("", never, tier: 1) == ["assertion-fails"])
    }

    @Test func `the message names the labels, and the hint what lifts`() throws {
        let body =
            Rules.vocabulary
            + "<audience id=\"a\"><always><release/></always><on label=\"vip\" unless=\"consented\"><sequester/></on></audience>"
            + vip
        let finding = try #require(try Rules.load(body).findings.first { $0.code == "assertion-fails" })
        #expect(finding.message == "`a` gets `release` of a study with `consented`, `sensitive` and `vip`")
        #expect(finding.hint?.hasPrefix("`consented` lifts the clause at ") == true)
        let shown = try #require(AssertionExamples.findings(try Rules.ruleSet(body, proves: false)).first)
        #expect(shown.level == .error && shown.example != nil)
    }
}
