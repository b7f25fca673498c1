import RuleLanguage
import Testing

@testable import RuleTesting

/// A test that passes says so; one that fails says what was expected, what came, and where.
@Suite struct ExpectationTests {
    static let rules = """
        <vocabulary>
          <label id="vip" tier="2" is-a="sensitive" system="ActCode" code="VIP"/>
          <label id="consented" tier="2" lifts="vip"/>
        </vocabulary>
        <tier number="2">
          <rule id="named"><when><equals attribute="PatientID" value="V"/></when><tag patient="vip"/></rule>
          <rule id="held"><when><held matter="M"/></when><tag study="sensitive"/></rule>
          <rule id="orders"><when><equals attribute="PatientID" value="H"/></when><tag study="sensitive"/>
            <hold scope="study" matter="M-7" custodian="c" reason="r"/></rule>
        </tier>
        <profile id="p"><keep anything="true"/><remove attribute="PatientName"/><uid vr="UI"/></profile>
        <audience id="archive"><always><release/></always>
          <on label="vip"><flag carry="sensitive-content"/><oblige system="ActCode" code="AUDIT"/></on></audience>
        <audience id="research"><always><deidentify profile="p"/></always>
          <on label="vip" unless="consented"><sequester/></on></audience>
        """

    @Test(
        arguments: [
            ("<instance PatientID='V'/>", "<labels certain='vip'/>"),
            ("<instance PatientID='V'/>", "<labels certain='vip sensitive' absent='consented'/>"),
            ("<instance PatientID='V'/>", "<labels certain='sensitive' others='any'/>"),
            ("<instance PatientID='V'/>", "<rules fire='named' silent='held' others='none'/>"),
            ("<instance><unreadable attribute='PatientID'/></instance>", "<rules uncertain='named orders'/>"),
            ("<registry asked='no'/><instance PatientID='X'/>", "<rules uncertain='held'/>"),
            ("<registry><hold matter='M'/></registry><instance/>", "<rules fire='held'/>"),
            ("<registry><hold matter='N'/></registry><instance/>", "<labels/>"),
            ("<registry><hold matter='M' certain='no'/></registry><instance/>", "<labels uncertain='sensitive'/>"),
            (
                "<registry><label name='vip' of='patient' certain='no'/></registry><instance/>",
                "<labels uncertain='vip'/>"
            ),
            ("<instance PatientID='H'/>", "<holds placed='M-7'/>"),
            ("<instance/>", "<holds placed='-'/>"),
            ("<instance/>", "<decision audience='archive' is='release' obliges='-' by='always' carries='no'/>"),
            (
                "<instance PatientID='V'/>",
                "<decision audience='archive' is='flag' obliges='AUDIT' carries='yes' by='vip'/>"
            ),
            ("<instance PatientID='V'/>", "<decision audience='archive' is='flag' obliges='ActCode:AUDIT'/>"),
            ("<instance/>", "<decision audience='research' is='deidentify' profile='p'/>"),
            ("<instance/>", "<copy audience='archive' others='kept'/>"),
            ("<instance PatientID='V'/>", "<copy audience='research' refused='sequestered'/>"),
            (
                "<instance SOPClassUID='1.2.3' PatientName='A^B' PatientID='P'/>",
                "<copy audience='research'><removed attribute='PatientName'/><kept attribute='PatientID'/>"
                    + "<changed attribute='StudyInstanceUID' pattern='^2\\.25\\.'/>"
                    + "<value attribute='PatientIdentityRemoved' is='YES'/>"
                    + "<added attribute='PatientIdentityRemoved'/></copy>"
            ),
            (
                "<instance SOPClassUID='1.2.3' PatientName='A^B'/>",
                "<copy profile='p'><removed attribute='PatientName'/></copy>"
            ),
            (
                "<instance PatientID='V'/><instance PatientID='X' StudyInstanceUID='2.25.5'/>",
                "<labels of='1' certain='vip'/><labels of='2'/>"
            ),
        ] as [(String, String)]) func `what comes as expected passes`(body: String, expect: String) throws
    {
        let scene = try Scene(rules: Self.rules, tests: Scene.testCase(body, expect: expect))
        #expect(scene.problems == [])
        #expect(scene.run.results.count == 1)
        #expect(scene.failures == [])
    }

    @Test(
        arguments: [
            ("<instance/>", "<labels certain='vip'/>", "expected label `vip` for certain; came none of that name"),
            (
                "<instance PatientID='V'/>", "<labels/>",
                "expected no other label; came `sensitive`, with `vip`"
            ),
            (
                "<instance PatientID='V'/>", "<labels uncertain='vip'/>",
                "expected label `vip`, uncertain; came it for certain, by rule `named` at rules.xml:7:3"
            ),
            ("<instance PatientID='V'/>", "<rules silent='named'/>", "expected no rule `named`; came it for certain"),
            (
                "<instance PatientID='V'/>", "<decision audience='archive' is='release'/>",
                "expected release for audience `archive`; came flag, by `on vip` at rules.xml:14:3"
            ),
            (
                "<instance/>", "<decision audience='nobody' is='release'/>",
                "expected a decision for audience `nobody`; came none: the rule set has no such audience"
            ),
            ("<instance/>", "<holds placed='M'/>", "expected holds of M; came no hold"),
            (
                "<instance SOPClassUID='1.2.3' PatientName='A'/>",
                "<copy audience='research'><kept attribute='PatientName'/></copy>",
                "expected `PatientName` as it was; came none"
            ),
            (
                "<instance/>", "<copy audience='research'><removed attribute='PatientName'/></copy>",
                "expected `PatientName` to go; came none: the instance has none to begin with"
            ),
            (
                "<instance PatientID='P'/>", "<copy audience='research'><changed attribute='PatientID'/></copy>",
                "expected another `PatientID`; came the same"
            ),
            (
                "<instance PatientID='P'/>",
                "<copy audience='research'><value attribute='PatientID' is='Q'/></copy>",
                "expected `PatientID` to be `Q`; came `P`"
            ),
            (
                "<instance PatientName='A'/>", "<copy audience='research' others='kept'/>",
                "expected everything else to stay; came (0008,0018) changed"
            ),
            ("<instance/>", "<copy audience='archive' refused='x'/>", "expected no copy, because of `x`; came one"),
        ] as [(String, String, String)]) func `what comes otherwise is told`(
            body: String, expect: String, failure: String
        ) throws
    {
        let scene = try Scene(rules: Self.rules, tests: Scene.testCase(body, expect: expect))
        #expect(scene.problems == [])
        #expect(scene.failures.contains("2: \(failure)"), "\(scene.failures)")
    }

    @Test func `of data sets that are tried each alone, the one that failed is named`() throws {
        let scene = try Scene(
            rules: Self.rules,
            tests: Scene.testCase(
                "<each><instance PatientID='V'/><instance PatientID='W'/></each>", expect: "<labels certain='vip'/>"))
        #expect(scene.run.results[0].failures.map(\.trial) == [2])
    }

    @Test func `lists, tier, source and time are the case's own`() throws {
        let scene = try Scene(
            rules: """
                <list id="people" registry="people" key="PatientID"/>
                <tier number="1">
                <rule id="listed"><when><in list="people"/></when><tag study="sensitive"/></rule></tier>
                <tier number="2">
                <rule id="sent"><when><source ae="A" role="nurse"/></when><tag study="sensitive"/></rule></tier>
                """,
            tests: """
                <list id="people"><rows>
                  PatientID
                  P1
                </rows></list>
                <case name="a"><instance PatientID="P1"/><expect><rules fire="listed" others="none"/></expect></case>
                <case name="b"><list id="people"><rows>
                  PatientID
                  P2
                </rows></list><instance PatientID="P1"/><expect><rules others="none"/></expect></case>
                <case name="c"><source ae="A" role="nurse"/><instance/><expect><rules fire="sent"/></expect></case>
                <case name="d" tier="1"><source ae="A" role="nurse"/><instance/>
                <expect><rules others="none"/></expect></case>
                <case name="e"><source ae="A"/><instance/><expect><rules others="none"/></expect></case>
                """)
        #expect(scene.problems == [])
        #expect(scene.failures == [])
        #expect(scene.run.results.count == 5)
    }

    @Test func `pixels that a profile makes black leave no test as they are`() throws {
        let rules = """
            <profile id="p"><keep anything="true"/><uid vr="UI"/><pixels><areas id="top">
              <when><equals attribute="Modality" value="US"/></when><rectangle height="8"/></areas></pixels></profile>
            """
        let image =
            "<instance SamplesPerPixel='1' Rows='1' Columns='2' BitsAllocated='16'>"
            + "<element attribute='PixelData' bytes='01 02 03 04'/></instance>"
        for (instance, copy) in [
            (image, "<copy profile='p' refused='which pixels become black'/>"),
            ("<instance Modality='US'/>", "<copy profile='p'><kept attribute='Modality'/></copy>"),
        ] {
            let scene = try Scene(rules: rules, tests: Scene.testCase(instance, expect: copy))
            #expect(scene.problems == [] && scene.failures == [])
        }
    }
}
