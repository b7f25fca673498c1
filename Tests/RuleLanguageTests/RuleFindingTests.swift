import RuleLanguage
import Testing

@Suite("Findings about rules")
struct RuleFindingTests {
    @Test(arguments: cases)
    func `the mistake is shown where it is`(_ mistake: BadCase) { mistake.check() }

    static let cases: [BadCase] = [
        BadCase(
            "unknown-label",
            Marked.ruleSet(
                """
                <tier number="1"><rule id="r"><when><present attribute="PatientID"/></when>
                <tag study="▸sensitve"/></rule></tier>
                """),
            "there is no label `sensitve`",
            hint: "did you mean `sensitive`?"),
        BadCase(
            "label-above-rule",
            Marked.ruleSet(
                """
                <vocabulary><label id="vip" tier="2" is-a="sensitive"/></vocabulary>
                <tier number="1"><rule id="r"><when><present attribute="PatientID"/></when>
                <tag study="sensitive" patient="▸vip"/></rule></tier>
                """),
            "`vip` is of tier 2, and the rule of tier 1",
            hint: "move the rule to tier 2, or give a label of tier 1"),
        BadCase(
            "labelled-tier",
            Marked.condition(
                """
                <labelled with="▸sensitive"/>
                """),
            "`sensitive` is of tier 1; a rule of tier 1 sees lower tiers only",
            hint: "move the rule to tier 2"),
        BadCase(
            "labelled-in-item",
            Marked.condition(
                """
                <some of="RequestAttributesSequence"><▸labelled with="sensitive"/></some>
                """, tier: 3),
            "`labelled` cannot stand in `some` or `every`: items have no labels",
            hint: "join it to them with `all`"),
        BadCase(
            "never-labelled",
            Marked.ruleSet(
                """
                <vocabulary><label id="vip" tier="2" is-a="sensitive"/></vocabulary>
                <tier number="3"><rule id="r"><when><▸labelled with="vip"/></when>
                <tag study="sensitive"/></rule></tier>
                """),
            "nothing gives `vip`: no rule below tier 3, and no code that comes in",
            hint: "write a rule that gives it, or a system and a code for the label",
            severity: .warning),
        BadCase(
            "held-in-item",
            Marked.condition(
                """
                <some of="RequestAttributesSequence"><▸held matter="M 1"/></some>
                """),
            "`held` cannot stand in `some` or `every`: items are not held",
            hint: "join it to them with `all`"),
        BadCase(
            "hold-without-tag",
            Marked.ruleSet(
                """
                <tier number="1"><rule id="r"><when><present attribute="PatientID"/></when><tag study="sensitive"/>
                <hold scope="▸patient" matter="M" custodian="Legal" reason="litigation"/></rule></tier>
                """),
            "a hold of the patient stands beside a label of the patient",
            hint: "write <tag patient=\"…\"/>"),
        BadCase(
            "no-source",
            Marked.ruleSet("<▸list id=\"vips\" key=\"PatientID\"/>"),
            "a list has either `href` or `registry`",
            hint: "href=\"lists/vip.csv\" for a file, registry=\"vip\" for a list that the registry keeps"),
        BadCase(
            "list-not-asked",
            Marked.ruleSet("<list id=\"vips\" registry=\"▸vip\" key=\"PatientID\"/>"),
            "the list `vip` is the registry's, and there is no registry to ask",
            hint: "give --registry DIR; without it the rule set can be checked, and decides nothing",
            severity: .warning),
        BadCase(
            "missing-attribute",
            Marked.ruleSet(
                """
                <tier number="1"><rule id="r"><when><present attribute="PatientID"/></when><tag study="sensitive"/>
                <▸hold scope="study" custodian="Legal" reason="litigation"/></rule></tier>
                """),
            "`hold` needs `matter`",
            hint: "`matter`: the case that the hold belongs to"),
        BadCase(
            "unknown-list",
            Marked.condition(
                """
                <in list="▸vips"/>
                """),
            "there is no list `vips`"),
        BadCase(
            "duplicate-name",
            Marked.ruleSet(
                """
                <tier number="1"><rule id="r"><when><present attribute="PatientID"/></when>
                <tag study="sensitive"/></rule></tier>
                <tier number="2"><rule id="▸r"><when><present attribute="PatientID"/></when>
                <tag study="sensitive"/></rule></tier>
                """),
            "the rule `r` is defined twice",
            hint: "the other stands at rules.xml:2:28"),
        BadCase(
            "never-true",
            Marked.condition(
                """
                <all><present attribute="PatientID"/><▸absent attribute="PatientID"/></all>
                """),
            "the rule can never match: `PatientID` cannot be there and not be there",
            hint: "the other stands at rules.xml:4:6"),
        BadCase(
            "never-true",
            Marked.condition(
                """
                <all><absent attribute="PatientID"/><▸equals attribute="PatientID" value="A"/></all>
                """),
            "the rule can never match: `PatientID` has no value when it is not there",
            hint: "the other stands at rules.xml:4:6"),
        BadCase(
            "never-true",
            Marked.condition(
                """
                <all><empty attribute="PatientID"/><▸equals attribute="PatientID" value="A"/></all>
                """),
            "the rule can never match: `PatientID` has no value to compare when it is empty",
            hint: "the other stands at rules.xml:4:6"),
        BadCase(
            "never-true",
            Marked.condition(
                """
                <all><equals attribute="PatientSex" value="M"/>
                <▸equals attribute="PatientSex" value="F"/></all>
                """),
            "the rule can never match: `PatientSex` has one value, not both `M` and `F`",
            hint: "the other stands at rules.xml:4:6"),
        BadCase(
            "never-true",
            Marked.condition(
                """
                <all><equals attribute="PatientID" value="A1"/>
                <▸starts-with attribute="PatientID" value="B"/></all>
                """),
            "the rule can never match: `PatientID` has one value, and when it is `A1` the other is not true",
            hint: "the other stands at rules.xml:4:6"),
        BadCase(
            "never-true",
            Marked.condition(
                """
                <all><equals attribute="PatientID" value="A1"/><any>
                <▸matches attribute="PatientID" pattern="^B"/>
                <contains attribute="PatientID" value="C"/></any></all>
                """),
            "the rule can never match: `PatientID` has one value, and when it is `A1` the other is not true",
            hint: "the other stands at rules.xml:4:6"),
        BadCase(
            "never-true",
            Marked.condition(
                """
                <all><present attribute="PatientID"/><not><▸present attribute="PatientID"/></not>
                </all>
                """),
            "the rule can never match: something is asked to be true and not to be",
            hint: "the other stands at rules.xml:4:6"),
        BadCase(
            "never-true",
            Marked.condition(
                """
                <all><compare attribute="Rows" op="gt" number="10"/>
                <▸compare attribute="Rows" op="lt" number="10"/></all>
                """),
            "the rule can never match: `Rows` has one value, and none is both",
            hint: "the other stands at rules.xml:4:6"),
        BadCase(
            "never-true",
            Marked.condition(
                """
                <all><compare attribute="StudyDate" op="ge" date="20200101"/>
                <▸compare attribute="StudyDate" op="lt" date="20190101"/></all>
                """),
            "the rule can never match: `StudyDate` has one value, and none is both",
            hint: "the other stands at rules.xml:4:6"),
        BadCase(
            "never-true",
            Marked.condition(
                """
                <all><preamble kind="tiff"/><▸preamble kind="zero"/></all>
                """),
            "the rule can never match: a file has one preamble, not `tiff` and `zero`",
            hint: "the other stands at rules.xml:4:6"),
        BadCase(
            "never-true",
            Marked.condition(
                """
                <all><source ae="A"/><▸source ae="B"/></all>
                """),
            "the rule can never match: an instance has one source, not `A` and `B`",
            hint: "the other stands at rules.xml:4:6"),
        BadCase(
            "never-true",
            Marked.ruleSet(
                """
                <vocabulary><label id="vip" tier="2" is-a="sensitive" system="x" code="y"/>
                </vocabulary>
                <tier number="3"><rule id="r"><when><all><labelled with="vip"/><not>
                <▸labelled with="sensitive"/></not></all></when><tag study="sensitive"/></rule>
                </tier>
                """),
            "the rule can never match: `vip` comes with `sensitive`",
            hint: "the other stands at rules.xml:4:42"),
        BadCase(
            "never-true",
            Marked.condition(
                """
                <some of="RequestAttributesSequence"><all><present attribute="AccessionNumber"/>
                <▸absent attribute="AccessionNumber"/></all></some>
                """),
            "the rule can never match: `AccessionNumber` cannot be there and not be there",
            hint: "the other stands at rules.xml:4:43"),
        BadCase(
            "never-true",
            Marked.condition(
                """
                <any><present attribute="PatientID"/><all><present attribute="PatientName"/>
                <▸absent attribute="PatientName"/></all></any>
                """),
            "this part of the rule is never true: `PatientName` cannot be there and not be there",
            hint: "the other stands at rules.xml:4:43",
            severity: .warning),
    ]
}
