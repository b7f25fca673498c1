import RuleLanguage
import Testing

@Suite("Findings about labels")
struct LabelFindingTests {
    @Test(arguments: cases)
    func `the mistake is shown where it is`(_ mistake: BadCase) { mistake.check() }

    static let cases: [BadCase] = [
        BadCase(
            "duplicate-name",
            Marked.ruleSet(
                """
                <vocabulary>
                <label id="vip" tier="2" is-a="sensitive"/>
                <label id="▸vip" tier="2" is-a="sensitive"/>
                </vocabulary>
                """),
            "the label `vip` is defined twice",
            hint: "the other stands at rules.xml:3:12"),
        BadCase(
            "duplicate-name",
            Marked.ruleSet(
                """
                <profile id="p"><remove anything="true"/></profile>
                <profile id="▸p"><remove anything="true"/></profile>
                """),
            "the profile `p` is defined twice",
            hint: "the other stands at rules.xml:2:14"),
        BadCase(
            "unknown-label",
            Marked.ruleSet(
                """
                <vocabulary><label id="vip" tier="2" is-a="▸sensitiv"/></vocabulary>
                """),
            "there is no label `sensitiv`",
            hint: "did you mean `sensitive`?"),
        BadCase(
            "unknown-label",
            Marked.ruleSet(
                """
                <vocabulary><label id="vip" tier="2" lifts="sensitive ▸nobody"/></vocabulary>
                """),
            "there is no label `nobody`",
            hint: "labels are declared in a `vocabulary`; an `include` may be missing"),
        BadCase(
            "parent-tier",
            Marked.ruleSet(
                """
                <vocabulary><label id="a" tier="2" is-a="sensitive"/>
                <label id="b" tier="2" is-a="sensitive ▸a"/></vocabulary>
                """),
            "`a` is of tier 2, and `b` of tier 2",
            hint: "a parent is of a lower tier"),
        BadCase(
            "no-parent",
            Marked.ruleSet(
                """
                <vocabulary><label id="▸vip" tier="2"/></vocabulary>
                """),
            "`vip` is above tier 1 and neither is another label nor lifts one",
            hint: #"write is-a="sensitive", or what it is, or what it lifts"#),
        BadCase(
            "half-a-code",
            Marked.ruleSet(
                """
                <vocabulary><label id="vip" tier="2" is-a="sensitive" code="▸VIP"/></vocabulary>
                """),
            "`vip` has a code and no system",
            hint: #"a code is a pair: system="DCM" code="131395""#),
        BadCase(
            "half-a-code",
            Marked.ruleSet(
                """
                <vocabulary><label id="vip" tier="2" is-a="sensitive" system="▸ActCode"/>
                </vocabulary>
                """),
            "`vip` has a system and no code",
            hint: #"a code is a pair: system="DCM" code="131395""#),
        BadCase(
            "duplicate-code",
            Marked.ruleSet(
                """
                <vocabulary system="ActCode"><label id="a" tier="2" is-a="sensitive" code="VIP"/>
                <label id="b" tier="2" is-a="sensitive" code="▸VIP"/></vocabulary>
                """),
            "`b` has the code (VIP, ActCode), which is that of `a`",
            hint: "the other stands at rules.xml:2:30"),
        BadCase(
            "duplicate-code",
            Marked.ruleSet(
                """
                <vocabulary system="DCM"><label id="a" tier="2" is-a="sensitive" code="▸131395"/>
                </vocabulary>
                """),
            "`a` has the code (131395, DCM), which is that of `sensitive`"),
        BadCase(
            "redefined-sensitive",
            Marked.ruleSet(
                """
                <vocabulary><label id="▸sensitive" tier="1" system="DCM" code="113021"/>
                </vocabulary>
                """),
            "`sensitive` is of tier 1 and has the code (131395, DCM)",
            hint: #"write <label id="sensitive" tier="1" system="DCM" code="131395"/>, or nothing: it is there"#),
        BadCase(
            "does-not-lift",
            Marked.ruleSet(
                """
                <vocabulary><label id="a" tier="2" lifts="▸a"/></vocabulary>
                """),
            "`a` cannot lift itself"),
        BadCase(
            "look-alike",
            Marked.ruleSet(
                """
                <vocabulary><label id="vip" tier="2" is-a="sensitive" system="local" code="▸VІP"/>
                </vocabulary>
                """),
            "`VІP` mixes Cyrillic and Latin letters, which look alike",
            hint: "type the word again",
            severity: .warning),
        BadCase(
            "invisible-character",
            Marked.ruleSet(
                """
                <audience id="a" title="▸fi\u{202E}le"><always><release/></always></audience>
                """),
            "U+202E cannot be seen",
            hint: "remove it, or write it as a reference so that it shows",
            severity: .warning),
    ]
}
