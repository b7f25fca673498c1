import RuleLanguage
import Testing

@Suite("Findings about attributes")
struct AttributeFindingTests {
    @Test(arguments: cases)
    func `the mistake is shown where it is`(_ mistake: BadCase) { mistake.check() }

    static let cases: [BadCase] = [
        BadCase(
            "unknown-attribute",
            Marked.condition(
                """
                <present attribute="▸PatientBirthdate"/>
                """),
            "`PatientBirthdate` is no keyword of PS3.6",
            hint: "did you mean `PatientBirthDate`, `PatientBirthName` or `PatientBirthTime`?"),
        BadCase(
            "unknown-attribute",
            Marked.condition(
                """
                <present attribute="▸(0010,0999)"/>
                """),
            "`(0010,0999)` is no tag of PS3.6"),
        BadCase(
            "unknown-attribute",
            Marked.condition(
                """
                <present attribute="RequestAttributesSequence/*/▸AccesionNumber"/>
                """),
            "`AccesionNumber` is no keyword of PS3.6",
            hint: "did you mean `AccessionNumber` or `LesionNumber`?"),
        BadCase(
            "bad-path",
            Marked.condition(
                """
                <present attribute="▸0010,0020"/>
                """),
            "a tag is written in brackets",
            hint: "write `(0010,0020)`"),
        BadCase(
            "bad-path",
            Marked.condition(
                """
                <present attribute="▸00100020"/>
                """),
            "a tag is written in brackets",
            hint: "write `(0010,0020)`"),
        BadCase(
            "bad-path",
            Marked.condition(
                """
                <present attribute="▸(0010,20)"/>
                """),
            "`(0010,20)` is no tag",
            hint: "tags are written `(0010,0020)`, `(0029,{CREATOR}10)` or `(60xx,3000)`"),
        BadCase(
            "bad-path",
            Marked.condition(
                """
                <present attribute="▸(0029,1010)"/>
                """),
            "a private tag alone names nothing: another vendor may use it for something else",
            hint: "write `(0029,{CREATOR}10)`"),
        BadCase(
            "bad-path",
            Marked.condition(
                """
                <present attribute="▸(0028,{SIEMENS CSA HEADER}10)"/>
                """),
            "private groups are odd, 0028 is even"),
        BadCase(
            "bad-path",
            Marked.condition(
                """
                <present attribute="RequestAttributesSequence/▸AccessionNumber"/>
                """),
            "which item of `RequestAttributesSequence`",
            hint: "write `RequestAttributesSequence/*/AccessionNumber` for any item, or a number for one"),
        BadCase(
            "bad-path",
            Marked.condition(
                """
                <present attribute="RequestAttributesSequence/▸0/AccessionNumber"/>
                """),
            "items are counted from 1"),
        BadCase(
            "bad-path",
            Marked.condition(
                """
                <present attribute="RequestAttributesSequence/▸*"/>
                """),
            "a path ends with an attribute, not with `*`",
            hint: "write `RequestAttributesSequence/*/…`, or the sequence alone"),
        BadCase(
            "bad-path",
            Marked.condition(
                """
                <present attribute="**/▸**/PatientID"/>
                """),
            "`**` stands twice"),
        BadCase(
            "bad-path",
            Marked.condition(
                """
                <present attribute="▸PatientID PatientName"/>
                """),
            "one attribute stands here, not 2"),
        BadCase(
            "bad-path",
            Marked.condition(
                """
                <present attribute="**/▸(0002,0010)"/>
                """),
            "file meta information is not in a sequence"),
        BadCase(
            "bad-path",
            Marked.condition(
                """
                <present attribute="▸(FFFE,E000)"/>
                """),
            "`(FFFE,E000)` is a delimiter, no attribute of a data set"),
        BadCase(
            "bad-path",
            Marked.condition(
                """
                <present attribute="▸(0000,0002)"/>
                """),
            "`(0000,0002)` is part of a command, no attribute of a data set"),
        BadCase(
            "not-a-sequence",
            Marked.condition(
                """
                <present attribute="▸PatientID/*/AccessionNumber"/>
                """),
            "`PatientID` is no sequence, its VR is LO"),
        BadCase(
            "not-a-sequence",
            Marked.condition(
                """
                <some of="▸PatientID"><present attribute="CodeValue"/></some>
                """),
            "`PatientID` is no sequence, its VR is LO"),
        BadCase(
            "unknown-creator",
            Marked.condition(
                """
                <present attribute="▸(0029,{SIEMENS CSA HEADR}10)"/>
                """),
            "no private creator `SIEMENS CSA HEADR` is known",
            hint: "did you mean `SIEMENS CSA HEADER`, `SIEMENS CSA REPORT` or `SIEMENS MR HEADER`?",
            severity: .warning),
        BadCase(
            "not-comparable",
            Marked.condition(
                """
                <equals attribute="▸RequestAttributesSequence" value="x"/>
                """),
            "`RequestAttributesSequence` is a sequence (SQ) and cannot be compared with text",
            hint:
                #"compare attributes of its items: <some of="RequestAttributesSequence">…</some>, or a path through it"#
        ),
        BadCase(
            "not-comparable",
            Marked.condition(
                """
                <matches attribute="▸PixelData" pattern="x"/>
                """),
            "`PixelData` is no text (OB or OW) and cannot be compared with text",
            hint: "it can be `present`, `absent` or `empty`"),
        BadCase(
            "not-comparable",
            Marked.condition(
                """
                <equals attribute="▸Rows" value="512"/>
                """),
            "`Rows` is a number (US) and cannot be compared with text",
            hint: #"write <compare attribute="Rows" op="eq" number="…"/>"#),
        BadCase(
            "not-comparable",
            Marked.condition(
                """
                <compare attribute="PatientName" op="lt" ▸number="5"/>
                """),
            "`PatientName` is PN and cannot be compared with a number",
            hint: "text compares with `equals`, `contains`, `starts-with`, `one-of` or `matches`"),
        BadCase(
            "not-comparable",
            Marked.condition(
                """
                <compare attribute="StudyDate" op="lt" ▸number="5"/>
                """),
            "`StudyDate` is DA and cannot be compared with a number",
            hint: #"write date="YYYYMMDD""#),
        BadCase(
            "not-comparable",
            Marked.condition(
                """
                <compare attribute="StudyDate" op="lt" ▸age="018Y"/>
                """),
            "`StudyDate` is DA and cannot be compared with an age",
            hint: #"write date="YYYYMMDD""#),
        BadCase(
            "not-comparable",
            Marked.condition(
                """
                <compare attribute="Rows" op="lt" ▸date="20200101"/>
                """),
            "`Rows` is US and cannot be compared with a date",
            hint: #"write number="…""#),
        BadCase(
            "not-a-person-name",
            Marked.condition(
                """
                <equals attribute="PatientID" ▸component="family" value="x"/>
                """),
            "`PatientID` is no person name, its VR is LO",
            hint: "remove `component`"),
        BadCase(
            "impossible-value",
            Marked.condition(
                """
                <equals attribute="StudyDate" value="▸2023-01-01"/>
                """),
            "`StudyDate` never holds this: DA holds digits, and `-` is none of these",
            hint: "dates are written YYYYMMDD"),
        BadCase(
            "impossible-value",
            Marked.condition(
                """
                <equals attribute="StudyDate" value="▸20230230"/>
                """),
            "`StudyDate` never holds this: `20230230` is no date",
            hint: "dates are written YYYYMMDD"),
        BadCase(
            "impossible-value",
            Marked.condition(
                """
                <equals attribute="PatientSex" value="▸f"/>
                """),
            "`PatientSex` never holds this: CS holds capitals only",
            hint: "write `F`"),
        BadCase(
            "impossible-value",
            Marked.condition(
                """
                <one-of attribute="PatientSex"><value>F</value><value>▸m</value></one-of>
                """),
            "`PatientSex` never holds this: CS holds capitals only",
            hint: "write `M`"),
        BadCase(
            "impossible-value",
            Marked.condition(
                """
                <equals attribute="Modality" value="▸ABCDEFGHIJKLMNOPQ"/>
                """),
            "`Modality` never holds this: CS has at most 16 characters, and these are 17"),
        BadCase(
            "impossible-value",
            Marked.condition(
                """
                <equals attribute="PatientID" value="▸"/>
                """),
            "the text is empty",
            hint: #"write <empty attribute="PatientID"/>"#),
        BadCase(
            "impossible-value",
            Marked.condition(
                """
                <contains attribute="PatientID" value="▸"/>
                """),
            "the text is empty",
            hint: #"write <present attribute="PatientID"/>"#),
        BadCase(
            "impossible-value",
            Marked.condition(
                #"""
                <equals attribute="PatientID" value="▸A\B"/>
                """#),
            #"`PatientID` never holds this: `\` parts values of LO"#,
            hint: "each value is compared by itself"),
        BadCase(
            "impossible-value",
            Marked.condition(
                """
                <equals attribute="PatientID" value="▸ A"/>
                """),
            "`PatientID` never holds this: blanks around a value do not count",
            hint: "write `A`"),
        BadCase(
            "impossible-value",
            Marked.condition(
                """
                <equals attribute="PatientName" component="family" value="▸Doe^Jane"/>
                """),
            "`PatientName` never holds this: `^` parts the components of a person name",
            hint: "leave `component` out to compare the whole name"),
        BadCase(
            "impossible-value",
            Marked.condition(
                """
                <contains attribute="PatientName" value="▸Doe=Jane"/>
                """),
            "`PatientName` never holds this: `=` parts the groups of a person name",
            hint: #"compare one with group="ideographic""#),
        BadCase(
            "impossible-value",
            Marked.condition(
                """
                <equals attribute="StationAETitle" value="▸Zürich"/>
                """),
            "`StationAETitle` never holds this: AE holds ASCII only, and `ü` is none"),
        BadCase(
            "impossible-value",
            Marked.condition(
                """
                <equals attribute="SOPClassUID" value="▸1.02.3"/>
                """),
            "`SOPClassUID` never holds this: `1.02.3` is no UID",
            hint: "numbers joined by dots, without needless zeros"),
        BadCase(
            "impossible-value",
            Marked.condition(
                """
                <equals attribute="PatientAge" value="▸18Y"/>
                """),
            "`PatientAge` never holds this: `18Y` is no age",
            hint: "ages are three digits and D, W, M or Y: `018Y`"),
        BadCase(
            "impossible-value",
            Marked.condition(
                """
                <matches attribute="PatientSex" pattern="▸^f$"/>
                """),
            "`PatientSex` never holds this: CS holds capitals only",
            hint: "write `F`"),
        BadCase(
            "impossible-value",
            Marked.condition(
                """
                <compare attribute="Rows" op="gt" number="▸65535"/>
                """),
            "`Rows` (US) never compares so with 65535",
            hint: "it holds whole numbers of 16 bits"),
        BadCase(
            "impossible-value",
            Marked.condition(
                """
                <compare attribute="Rows" op="eq" number="▸1.5"/>
                """),
            "`Rows` (US) never compares so with 1.5",
            hint: "it holds whole numbers of 16 bits"),
        BadCase(
            "bad-pattern",
            Marked.condition(
                """
                <matches attribute="PatientID" pattern="▸(VIP"/>
                """),
            "the pattern cannot be compiled: missing ): (VIP",
            hint: "patterns are written as RE2 takes them: https://github.com/google/re2/wiki/Syntax"),
        BadCase(
            "bad-pattern",
            Marked.condition(
                """
                <matches attribute="PatientID" pattern="▸^(?!VIP)"/>
                """),
            "the pattern cannot be compiled: invalid perl operator: (?!",
            hint: "RE2 has no look-ahead, so that patterns run in linear time; join conditions with `all`, `any`, `not`"
        ),
        BadCase(
            "bad-pattern",
            Marked.condition(
                #"""
                <matches attribute="PatientID" pattern="▸(a)\1"/>
                """#),
            #"the pattern cannot be compiled: invalid escape sequence: \1"#,
            hint:
                "RE2 has no back-references, so that patterns run in linear time; join conditions with `all`, `any`, `not`"
        ),
        BadCase(
            "always-matches",
            Marked.condition(
                """
                <matches attribute="PatientID" pattern="▸.*"/>
                """),
            "the pattern is found in every value",
            hint: "anchor it with ^ and $, or write `present`",
            severity: .warning),
        BadCase(
            "always-matches",
            Marked.condition(
                """
                <matches attribute="PatientID" pattern="▸"/>
                """),
            "the pattern is empty and is found in every value",
            hint: #"write <present attribute="PatientID"/>"#),
    ]
}
