import RuleLanguage
import Testing

@Suite("Findings about profiles")
struct ProfileFindingTests {
    @Test(arguments: cases)
    func `the mistake is shown where it is`(_ mistake: BadCase) { mistake.check() }

    static let cases: [BadCase] = [
        BadCase(
            "unknown-profile",
            Marked.ruleSet(
                """
                <profile id="basic"><remove anything="true"/></profile>
                <profile id="p" extends="▸basci"/>
                """),
            "there is no profile `basci`",
            hint: "did you mean `basic`?"),
        BadCase(
            "profile-cycle",
            Marked.ruleSet(
                """
                <profile id="a" extends="▸a"><remove anything="true"/></profile>
                """),
            "a profile extends itself: `a` → `a`",
            hint: "remove one of these `extends`"),
        BadCase(
            "no-anything",
            Marked.ruleSet(
                """
                <profile id="▸p"><keep attribute="Modality"/></profile>
                """),
            "the profile `p` does not say what becomes of all other attributes",
            hint: #"write <remove anything="true"/>, or extend a profile that does"#),
        BadCase(
            "unknown-method",
            Marked.ruleSet(
                """
                <profile id="p"><method system="DCM" code="▸113199" meaning="x"/>
                <remove anything="true"/></profile>
                """),
            "(113199, DCM) is no de-identification method of CID 7050",
            hint: "its codes are 113100 to 113112"),
        BadCase(
            "bad-selector",
            Marked.profile("<▸keep/>"),
            "`keep` needs exactly one of `attribute`, `creator`, `group`, `vr` and `anything`"),
        BadCase(
            "bad-selector",
            Marked.profile(
                """
                <keep attribute="Modality" ▸vr="CS"/>
                """),
            "`keep` needs exactly one of `attribute`, `creator`, `group`, `vr` and `anything`"),
        BadCase(
            "bad-value",
            Marked.profile(
                """
                <keep group="▸00"/>
                """),
            "`group` cannot be `00`",
            hint: "expected: a group in hexadecimal digits, a repeating group, or private"),
        BadCase(
            "bad-value",
            Marked.profile(
                """
                <keep vr="▸XX"/>
                """),
            "`vr` cannot be `XX`",
            hint: "it takes `AE`, `AS`, `AT`, `CS`, `DA`, `DS`, `DT`, `FD` or 26 more"),
        BadCase(
            "bad-value",
            Marked.profile(
                """
                <by-type attribute="StudyDate" type1="▸shift" type2="empty" type3="remove"/>
                """),
            "`type1` cannot be `shift`",
            hint:
                "expected: an action in a word: keep, remove, empty, dummy, clean, uid, pseudonym, shift-date, "
                + "truncate-date:year, cap-age:089Y or hash:16"),
        BadCase(
            "wrong-action",
            Marked.profile(
                """
                <▸by-type attribute="PatientAge" type1="shift-date" type2="empty" type3="remove"/>
                """),
            "`shift-date` moves dates and times, and `PatientAge` is of VR AS",
            hint: #"write vr="DA", or an attribute of VR DA or TM or DT"#),
        BadCase(
            "wrong-action",
            Marked.profile(
                """
                <▸shift-date group="0008"/>
                """),
            "`shift-date` moves dates and times, and `0008` chooses attributes of any VR",
            hint: #"write vr="DA", or an attribute of VR DA or TM or DT"#),
        BadCase(
            "wrong-action",
            Marked.profile(
                """
                <▸truncate-date attribute="StudyTime" to="year"/>
                """),
            "`truncate-date` shortens dates, and `StudyTime` is of VR TM",
            hint: #"write vr="DA", or an attribute of VR DA or DT"#),
        BadCase(
            "bad-value",
            Marked.profile(
                """
                <truncate-date attribute="StudyDate" to="▸day"/>
                """),
            "`to` cannot be `day`",
            hint: "it takes `year` or `month`"),
        BadCase(
            "wrong-action",
            Marked.profile(
                """
                <▸cap-age attribute="PatientSize" at="089Y"/>
                """),
            "`cap-age` is for ages, and `PatientSize` is of VR DS",
            hint: #"write vr="AS", or an attribute of VR AS"#),
        BadCase(
            "bad-value",
            Marked.profile(
                """
                <cap-age attribute="PatientAge" at="▸036M"/>
                """),
            "`at` cannot be `036M`",
            hint: "expected: an age in years: 089Y"),
        BadCase(
            "wrong-action",
            Marked.profile(
                """
                <▸hash attribute="PatientBirthDate" digits="16"/>
                """),
            "`hash` writes hexadecimal digits, and `PatientBirthDate` is of VR DA",
            hint: "write an attribute that holds text"),
        BadCase(
            "wrong-action",
            Marked.profile(
                """
                <▸hash attribute="AccessionNumber" digits="20"/>
                """),
            "20 digits are more than `AccessionNumber` takes, which are 16",
            hint: #"write digits="16""#),
        BadCase(
            "bad-value",
            Marked.profile(
                """
                <hash attribute="PatientID" digits="▸7"/>
                """),
            "`digits` cannot be `7`",
            hint: "expected: a number from 8 to 64"),
        BadCase(
            "unknown-list",
            Marked.profile(
                """
                <lookup attribute="PatientID" list="▸none" otherwise="remove"/>
                """),
            "there is no list `none`"),
        BadCase(
            "missing-attribute",
            Marked.profile(
                """
                <▸encrypt attribute="PatientID"/>
                """),
            "`encrypt` needs `then`",
            hint: "`then`: what becomes of the element in the open"),
        BadCase(
            "wrong-action",
            Marked.profile(
                """
                <▸encrypt attribute="PatientID" then="shift-date"/>
                """),
            "`shift-date` moves dates and times, and `PatientID` is of VR LO",
            hint: #"write vr="DA", or an attribute of VR DA or TM or DT"#),
        BadCase(
            "unknown-attribute",
            Marked.profile(
                """
                <keep attribute="▸Modalty"/>
                """),
            "`Modalty` is no keyword of PS3.6",
            hint: "did you mean `Modality`?"),
        BadCase(
            "unknown-attribute",
            Marked.profile(
                """
                <keep attribute="▸(0010,0999)"/>
                """),
            "`(0010,0999)` is no tag of PS3.6",
            severity: .warning),
        BadCase(
            "unknown-creator",
            Marked.profile(
                """
                <keep creator="▸SIEMENS CSA HEADR"/>
                """),
            "no private creator `SIEMENS CSA HEADR` is known",
            hint: "did you mean `SIEMENS CSA HEADER`, `SIEMENS CSA REPORT` or `SIEMENS MR HEADER`?",
            severity: .warning),
        BadCase(
            "duplicate-statement",
            Marked.profile(
                """
                <keep attribute="Modality"/>
                <▸remove attribute="(0008,0060)"/>
                """),
            "the profile `profile` says two things of the same attributes",
            hint: "the other stands at rules.xml:3:2"),
        BadCase(
            "duplicate-statement",
            Marked.profile(
                """
                <keep attribute="Modality"/>
                <▸remove attribute="**/Modality"/>
                """),
            "the profile `profile` says two things of the same attributes",
            hint: "the other stands at rules.xml:3:2"),
        BadCase(
            "ambiguous-statement",
            Marked.profile(
                """
                <keep attribute="RequestAttributesSequence/*/AccessionNumber"/>
                <▸remove attribute="RequestAttributesSequence/1/AccessionNumber"/>
                """),
            "two statements choose the same element and neither is more specific",
            hint: "the other stands at rules.xml:3:2; make one of them name what it means"),
        BadCase(
            "ambiguous-statement",
            Marked.profile(
                """
                <keep attribute="RequestAttributesSequence/*/AccessionNumber"/>
                <▸remove attribute="RequestAttributesSequence/*/**/AccessionNumber"/>
                """),
            "two statements choose the same element and neither is more specific",
            hint: "the other stands at rules.xml:3:2; make one of them name what it means"),
        BadCase(
            "wrong-action",
            Marked.profile(
                """
                <▸uid attribute="PatientID"/>
                """),
            "`uid` makes UIDs, and `PatientID` is of VR LO",
            hint: #"write vr="UI", or an attribute that holds UIDs"#),
        BadCase(
            "wrong-action",
            Marked.profile(
                """
                <▸uid group="0020"/>
                """),
            "`uid` makes UIDs, and `0020` chooses attributes of any VR",
            hint: #"write vr="UI", or an attribute that holds UIDs"#),
        BadCase(
            "wrong-action",
            Marked.profile(
                """
                <▸pseudonym attribute="StudyDate"/>
                """),
            "`pseudonym` writes a name, and `StudyDate` is of VR DA",
            hint: "write an attribute that holds text"),
        BadCase(
            "wrong-action",
            Marked.profile(
                """
                <▸replace attribute="RequestAttributesSequence" value="x"/>
                """),
            "`replace` writes text, and `RequestAttributesSequence` is of VR SQ",
            hint: "write `dummy`, `empty` or `remove`"),
        BadCase(
            "wrong-action",
            Marked.profile(
                """
                <replace attribute="PatientID" value="▸"/>
                """),
            "the text is empty",
            hint: "write `empty`, which leaves no value"),
        BadCase(
            "wrong-action",
            Marked.profile(
                """
                <▸by-type attribute="StudyDate" type1="uid" type2="empty" type3="remove"/>
                """),
            "`uid` makes UIDs, and `StudyDate` is of VR DA",
            hint: #"write vr="UI", or an attribute that holds UIDs"#),
        BadCase(
            "impossible-value",
            Marked.profile(
                """
                <replace attribute="PatientSex" value="▸unknown"/>
                """),
            "`PatientSex` cannot hold this: CS holds capitals only",
            hint: "write `UNKNOWN`"),
    ]
}
