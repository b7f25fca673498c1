import RuleLanguage
import Testing

@Suite("Findings about audiences")
struct AudienceFindingTests {
    @Test(arguments: cases)
    func `the mistake is shown where it is`(_ mistake: BadCase) { mistake.check() }

    @Test func `a site at a lower tier is refused unless what a label refines is restricted as much`() throws {
        func ruleSet(_ clauses: String) throws -> RuleSet {
            try #require(RuleSetLoader().load(text: Marked.audience("<always><release/></always>" + clauses)).ruleSet)
        }
        let open = try ruleSet("<on label=\"vip\" unless=\"ok\"><sequester/></on>")
        #expect(throws: RuleSet.TierError.self) { try open.at(tier: 1) }
        #expect(try open.at(tier: 2).tier == 2)
        let lifted = try ruleSet("<on label=\"vip\"><sequester/></on><on label=\"sensitive\"><flag/></on>")
        #expect(throws: RuleSet.TierError.self) { try lifted.at(tier: 1) }
        let covered = try ruleSet("<on label=\"vip\"><flag/></on><on label=\"sensitive\"><sequester/></on>")
        #expect(try covered.at(tier: 1).tier == 1)
        #expect(throws: RuleSet.TierError.self) { try covered.at(tier: 5) }
    }

    @Test func `a profile that is taken for a label above the tier is no less than a disposition`() throws {
        func ruleSet(_ clauses: String) throws -> RuleSet {
            let text = """
                <ruleset xmlns="urn:cordon:rules:1" id="test" revision="1" tier="2">
                <vocabulary><label id="vip" tier="2" is-a="sensitive"/></vocabulary>
                <profile id="p"><remove anything="true"/></profile>
                <profile id="q" extends="p"><empty vr="LO"/></profile>
                <audience id="a">\(clauses)</audience>
                </ruleset>
                """
            return try #require(RuleSetLoader().load(text: text).ruleSet)
        }
        let vip = "<on label=\"vip\"><deidentify profile=\"q\"/></on>"
        for open in [
            "<always><deidentify profile=\"p\"/></always>" + vip,
            "<always><release/></always><on label=\"sensitive\"><deidentify profile=\"p\"/></on>" + vip,
        ] {
            #expect(throws: RuleSet.TierError.self) { try ruleSet(open).at(tier: 1) }
        }
        for covered in [
            "<always><deidentify profile=\"q\"/></always><on label=\"vip\"><deidentify profile=\"p\"/></on>",
            "<always><release/></always><on label=\"sensitive\"><deidentify profile=\"q\"/></on>" + vip,
            "<always><deidentify profile=\"p\"/></always><on label=\"sensitive\"><sequester/></on>" + vip,
        ] {
            #expect(try ruleSet(covered).at(tier: 1).tier == 1)
        }
    }

    @Test func `what must never come of a rule set is proved for the tier that the site is at`() throws {
        let text = """
            <ruleset xmlns="urn:cordon:rules:1" id="test" revision="1" tier="1">
            <vocabulary><label id="vip" tier="1"/><label id="ok" tier="2" lifts="vip"/></vocabulary>
            <audience id="a"><always><release/></always><on label="vip" unless="ok"><sequester/></on></audience>
            <never label="vip" disposition="release"/>
            </ruleset>
            """
        let ruleSet = try #require(RuleSetLoader().load(text: text).ruleSet)
        #expect(try ruleSet.at(tier: 1).tier == 1)
        let error = #expect(throws: RuleSet.TierError.self) { try ruleSet.at(tier: 2) }
        #expect(error?.reason.contains("`a` gets `release` of a study with `ok` and `vip`") == true)
    }

    static let cases: [BadCase] = [
        BadCase(
            "no-always",
            Marked.ruleSet(
                """
                <▸audience id="a"/>
                """),
            "the audience `a` does not say what applies to every study",
            hint: "write <always><sequester/></always>, or another disposition"),
        BadCase(
            "bad-consequence",
            Marked.ruleSet(
                """
                <audience id="a"><▸always/></audience>
                """),
            "`always` holds exactly one of `release`, `flag`, `deidentify` and `sequester`"),
        BadCase(
            "bad-consequence",
            Marked.ruleSet(
                """
                <audience id="a"><always><release/></always><▸always><flag/></always></audience>
                """),
            "an audience has one `always`"),
        BadCase(
            "bad-consequence",
            Marked.ruleSet(
                """
                <audience id="a"><always><release/><▸sequester/></always></audience>
                """),
            "`always` holds exactly one of `release`, `flag`, `deidentify` and `sequester`"),
        BadCase(
            "clause-above-tier",
            """
            <ruleset xmlns="urn:cordon:rules:1" id="test" revision="1" tier="1">
            <vocabulary><label id="vip" tier="2" is-a="sensitive"/></vocabulary>
            <audience id="a"><always><release/></always>
            <on label="sensitive"><flag/></on>
            <▸on label="vip"><sequester/></on></audience>
            </ruleset>
            """,
            "`vip` is of tier 2 and the site is at tier 1: what is asked for would not be done",
            hint: "add <on label=\"sensitive\"><sequester/></on>, or take the clause out until the site is at tier 2"),
        BadCase(
            "unknown-label",
            Marked.audience(
                """
                <always><release/></always><on label="vip ▸hold"><sequester/></on>
                """),
            "there is no label `hold`",
            hint: "did you mean `held`?"),
        BadCase(
            "unknown-label",
            Marked.audience(
                """
                <always><release/></always><on label="vip" unless="▸okay"><sequester/></on>
                """),
            "there is no label `okay`",
            hint: "labels are declared in a `vocabulary`; an `include` may be missing"),
        BadCase(
            "does-not-lift",
            Marked.audience(
                """
                <always><release/></always><on label="vip held" unless="▸ok"><sequester/></on>
                """),
            "`ok` does not say that it lifts `held`",
            hint: #"write lifts="held vip" at the label, or split the clause"#),
        BadCase(
            "unknown-profile",
            Marked.audience(
                """
                <always><deidentify profile="▸P1"/></always>
                """),
            "there is no profile `P1`",
            hint: "did you mean `p`?"),
        BadCase(
            "conflicting-profiles",
            Marked.audience(
                """
                <always><deidentify profile="p"/></always>
                <on label="vip"><deidentify profile="▸q"/></on>
                """),
            "a study may meet both `q` and `p`, and neither extends the other",
            hint: "the other stands at rules.xml:8:30; let one profile extend the other"),
        BadCase(
            "useless-clause",
            Marked.audience(
                """
                <always><sequester/></always><▸on label="vip"><flag/></on>
                """),
            "the clause changes nothing: `flag` is no more than `always` asks for",
            hint: "clauses can only restrict further",
            severity: .warning),
        BadCase(
            "missing-attribute",
            Marked.audience("<always><▸deidentify/></always>"),
            "`deidentify` needs `profile`",
            hint: "`profile`: name of the profile"),
        BadCase(
            "missing-attribute",
            Marked.audience("<always><release/></always><▸on><sequester/></on>"),
            "`on` needs `label`",
            hint: "`label`: the clause applies when any of these is there, certain or not"),
    ]
}
