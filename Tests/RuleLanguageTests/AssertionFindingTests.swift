import RuleLanguage
import Testing

@Suite("Findings about what must never be")
struct AssertionFindingTests {
    @Test(arguments: cases)
    func `the mistake is shown where it is`(_ mistake: BadCase) { mistake.check() }

    @Test func `a rule set can be looked at without its assertions being proved`() {
        var loader = RuleSetLoader()
        loader.provesAssertions = false
        let text = Marked(Self.cases[0].marked).text
        #expect(loader.load(text: text).ruleSet?.assertions.count == 1)
    }

    @Test func `allowances and inclusions are part of the rule set`() throws {
        let text = Marked.ruleSet("<allow finding=\"unused-list\" of=\"a-list\" reason=\"later\"/>")
        let ruleSet = try #require(RuleSetLoader().load(text: text).ruleSet)
        let allowance = try #require(ruleSet.allowances.first)
        #expect(allowance.finding == "unused-list" && allowance.subject == "a-list" && allowance.reason == "later")
        #expect(ruleSet.inclusions.isEmpty)
    }

    static let cases: [BadCase] = [
        BadCase(
            "assertion-fails",
            Marked.ruleSet(
                """
                <vocabulary><label id="vip" tier="2" is-a="sensitive"/></vocabulary>
                <audience id="a"><always><release/></always></audience>
                <▸never audience="a" label="vip" disposition="release flag"/>
                """),
            "`a` gets `release` of a study with `sensitive` and `vip`",
            hint: "nothing asks for more than `release`; see the clauses at rules.xml:3:1"),
        BadCase(
            "unknown-audience",
            Marked.ruleSet(
                """
                <audience id="archive"><always><sequester/></always></audience>
                <never audience="▸archiv" label="sensitive" disposition="release"/>
                """),
            "there is no audience `archiv`", hint: "did you mean `archive`?"),
        BadCase(
            "unknown-label",
            Marked.ruleSet(
                """
                <audience id="archive"><always><sequester/></always></audience>
                <never label="sensitive ▸sensitiv" disposition="release"/>
                """),
            "there is no label `sensitiv`", hint: "did you mean `sensitive`?"),
        BadCase(
            "empty-assertion",
            """
            <ruleset xmlns="urn:cordon:rules:1" id="test" revision="1" tier="1">
            <vocabulary>
            <label id="vip" tier="2" is-a="sensitive"/><label id="ok" tier="2" lifts="vip"/>
            </vocabulary>
            <audience id="a"><always><release/></always></audience>
            <▸never label="ok" disposition="release"/>
            </ruleset>
            """,
            "`ok` and all that it comes with are above the site's tier 1: no study has it",
            severity: .warning),
    ]
}
