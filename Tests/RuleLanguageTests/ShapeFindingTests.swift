import RuleLanguage
import Testing

@Suite("Findings about shape")
struct ShapeFindingTests {
    @Test(arguments: cases)
    func `the mistake is shown where it is`(_ mistake: BadCase) { mistake.check() }

    static let cases: [BadCase] = [
        BadCase(
            "not-well-formed",
            """
            <ruleset xmlns="urn:cordon:rules:1" id="a" revision="1">
            <tier number="1">
            </ruleset>▸
            """,
            "the file is not well-formed XML: opening and ending tag mismatch: tier line 2 and ruleset"),
        BadCase(
            "not-well-formed",
            "▸",
            "the file is not well-formed XML: document is empty"),
        BadCase(
            "not-well-formed",
            """
            <ruleset xmlns="urn:cordon:rules:1" id="a" revision="1" id="b"▸/>
            """,
            "the file is not well-formed XML: attribute id redefined"),
        BadCase(
            "not-well-formed",
            """
            <ruleset xmlns="urn:cordon:rules:1" id="a" revision="&nobody;▸"/>
            """,
            "the file is not well-formed XML: entity 'nobody' not defined"),
        BadCase(
            "not-well-formed",
            """
            <ruleset xmlns="urn:cordon:rules:1" id="a" revision="1" title="a▸<b"/>
            """,
            "the file is not well-formed XML: unescaped '<' not allowed in attributes values"),
        BadCase(
            "doctype",
            """
            <?xml version="1.0"?>
            <!-- <!DOCTYPE -->
            ▸<!DOCTYPE ruleset [<!ENTITY e SYSTEM "file:///etc/passwd">]>
            <ruleset xmlns="urn:cordon:rules:1" id="a" revision="&e;"/>
            """,
            "a document type declaration is not allowed: rule files have no DTD and no entities",
            hint: "remove `<!DOCTYPE …>`"),
        BadCase(
            "wrong-encoding",
            """
            <?xml version="1.0" encoding="▸ISO-8859-1"?>
            <ruleset xmlns="urn:cordon:rules:1" id="a" revision="1"/>
            """,
            "the file says that it is `ISO-8859-1`; it must be UTF-8",
            hint: #"save the file as UTF-8, and write encoding="UTF-8" or nothing"#),
        BadCase(
            "wrong-root",
            """
            <▸rules xmlns="urn:cordon:rules:1" id="a"/>
            """,
            "a rule file begins with `ruleset`, not with `rules`",
            hint: #"write <ruleset xmlns="urn:cordon:rules:1" …>"#),
        BadCase(
            "wrong-root",
            """
            <▸ruleset id="a"/>
            """,
            "`ruleset` is in no namespace",
            hint: #"write <ruleset xmlns="urn:cordon:rules:1" …>"#),
        BadCase(
            "unknown-element",
            Marked.ruleSet(
                """
                <▸teir number="1"/>
                """),
            "there is no element `teir`",
            hint: "did you mean `tier`?"),
        BadCase(
            "unknown-element",
            Marked.ruleSet(
                """
                <tier number="1"><▸rulle id="x"/></tier>
                """),
            "there is no element `rulle`",
            hint: "did you mean `rule`?"),
        BadCase(
            "unknown-element",
            Marked.ruleSet(
                """
                <▸x:tier xmlns:x="urn:else" number="1"/>
                """),
            "`tier` is of another namespace, which a rule file cannot hold"),
        BadCase(
            "misplaced-element",
            Marked.ruleSet(
                """
                <▸rule id="x"/>
                """),
            "`rule` cannot stand in `ruleset`",
            hint:
                "it holds `description`, `include`, `vocabulary`, `list`, `tier`, `profile`, `audience`, `never` or `allow`"
        ),
        BadCase(
            "misplaced-element",
            Marked.condition(
                """
                <not><present attribute="PatientID"/><▸present attribute="PatientName"/></not>
                """),
            "`present` is one too many here",
            hint: "one condition stands here; join several with `all` or `any`"),
        BadCase(
            "misplaced-element",
            Marked.condition(
                """
                <present attribute="PatientID"/><▸absent attribute="PatientName"/>
                """),
            "`absent` is one too many here",
            hint: "one condition stands here; join several with `all` or `any`"),
        BadCase(
            "misplaced-element",
            Marked.ruleSet(
                """
                <tier number="1"><rule id="r"><when><present attribute="PatientID"/></when><▸when>
                <present attribute="PatientID"/></when><tag study="sensitive"/></rule></tier>
                """),
            "a rule has one `when`",
            hint: "join conditions with `all` or `any`"),
        BadCase(
            "missing-element",
            Marked.condition("<▸all/>"),
            "`all` is empty",
            hint:
                "it holds `all`, `any`, `not`, `present`, `absent`, `empty`, `equals`, `contains`, `starts-with`, `one-of`, `matches`, `in`, `compare`, `labelled`, `held`, `source`, `preamble`, `signature`, `some` or `every`"
        ),
        BadCase(
            "missing-element",
            Marked.ruleSet(
                """
                <tier number="1"><▸rule id="r"><tag study="sensitive"/></rule></tier>
                """),
            "the rule `r` has no `when`",
            hint: "write <when>, one condition, </when>"),
        BadCase(
            "missing-element",
            Marked.ruleSet(
                """
                <tier number="1"><▸rule id="r"><when><present attribute="PatientID"/></when></rule>
                </tier>
                """),
            "the rule `r` gives no label",
            hint: #"write <tag study="…"/> or <tag patient="…"/>"#),
        BadCase(
            "unknown-xml-attribute",
            Marked.ruleSet(
                """
                <tier number="1" ▸numbr="2"/>
                """),
            "`tier` has no attribute `numbr`",
            hint: "did you mean `number`?"),
        BadCase(
            "unknown-xml-attribute",
            Marked.condition(
                """
                <present attribute="PatientID" ▸value="x"/>
                """),
            "`present` has no attribute `value`",
            hint: "it has `attribute`"),
        BadCase(
            "missing-attribute",
            Marked.ruleSet("<▸tier/>"),
            "`tier` needs `number`",
            hint: "`number`: 1 sensitive or not, 2 category, 3 detail and combination, 4 security label"),
        BadCase(
            "missing-attribute",
            Marked.condition(
                """
                <▸equals attribute="PatientID"/>
                """),
            "`equals` needs `value`",
            hint: "`value`: the text to compare with"),
        BadCase(
            "missing-attribute",
            Marked.ruleSet(
                """
                <tier number="1"><rule id="r"><when><present attribute="PatientID"/></when><▸tag/>
                </rule></tier>
                """),
            "`tag` needs `study` or `patient`",
            hint: #"write <tag study="…"/> or <tag patient="…"/>"#),
        BadCase(
            "missing-attribute",
            Marked.condition("<▸source/>"),
            "`source` needs `ae`, `address`, `user` or `role`"),
        BadCase(
            "missing-attribute",
            Marked.condition(
                """
                <▸compare attribute="Rows" op="eq"/>
                """),
            "`compare` needs exactly one of `number`, `date` and `age`"),
        BadCase(
            "missing-attribute",
            Marked.condition(
                """
                <▸compare attribute="Rows" op="eq" number="1" date="20200101"/>
                """),
            "`compare` needs exactly one of `number`, `date` and `age`"),
        BadCase(
            "bad-value",
            Marked.ruleSet(
                """
                <tier number="▸5"/>
                """),
            "`number` cannot be `5`",
            hint: "it takes `1`, `2`, `3` or `4`"),
        BadCase(
            "bad-value",
            Marked.ruleSet(
                """
                <vocabulary><label id="▸1st" tier="1"/></vocabulary>
                """),
            "`id` cannot be `1st`",
            hint: "expected: letters, digits, hyphens, underscores and full stops, beginning with a letter; at most 128"
        ),
        BadCase(
            "bad-value",
            Marked.condition(
                """
                <preamble kind="▸tif"/>
                """),
            "`kind` cannot be `tif`",
            hint: "did you mean `tiff`?"),
        BadCase(
            "bad-value",
            Marked.condition(
                """
                <compare attribute="Rows" op="▸equal" number="1"/>
                """),
            "`op` cannot be `equal`",
            hint: "it takes `lt`, `le`, `eq`, `ge`, `gt` or `ne`"),
        BadCase(
            "bad-value",
            Marked.condition(
                """
                <compare attribute="Rows" op="eq" number="▸twelve"/>
                """),
            "`number` cannot be `twelve`",
            hint: "expected: a number, with a full stop and an exponent if need be"),
        BadCase(
            "bad-value",
            Marked.condition(
                """
                <compare attribute="Rows" op="eq" number="▸1e999"/>
                """),
            "`1e999` is no number that can be held"),
        BadCase(
            "bad-value",
            Marked.condition(
                """
                <compare attribute="StudyDate" op="lt" date="▸20230229"/>
                """),
            "`20230229` is no date",
            hint: "dates are written YYYYMMDD"),
        BadCase(
            "bad-value",
            Marked.condition(
                """
                <compare attribute="PatientAge" op="lt" age="▸18"/>
                """),
            "`age` cannot be `18`",
            hint: "expected: three digits and D, W, M or Y"),
        BadCase(
            "bad-value",
            Marked.ruleSet(
                """
                <audience id="a"><always><flag carry="▸sensitive"/></always></audience>
                """),
            "`carry` cannot be `sensitive`",
            hint: "it takes `sensitive-content`"),
        BadCase(
            "bad-value",
            Marked.condition(
                """
                <present attribute="▸ "/>
                """),
            "`attribute` is empty",
            hint: "expected: any text that is not blank"),
        BadCase(
            "stray-text",
            Marked.ruleSet(
                """
                <tier number="1">▸hello</tier>
                """),
            "`tier` holds no text",
            hint: "what is for people stands in `description` or in a comment"),
        BadCase(
            "no-revision",
            """
            <▸ruleset xmlns="urn:cordon:rules:1" id="a"/>
            """,
            "the rule set has no `revision`",
            hint: #"decisions record it: write revision="1""#,
            severity: .warning),
    ]
}
