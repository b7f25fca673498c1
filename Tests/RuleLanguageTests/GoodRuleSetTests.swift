import DICOMCore
import RuleLanguage
import Testing

@Suite("Good rule sets")
struct GoodRuleSetTests {
    static let hospital = """
        <ruleset xmlns="urn:cordon:rules:1" id="general-hospital" revision="7" tier="3">
          <vocabulary system="ActCode">
            <label id="sensitive" tier="1" system="DCM" code="131395"/>
            <label id="vip"       tier="2" is-a="sensitive" code="VIP" meaning="celebrity"/>
            <label id="violence"  tier="2" is-a="sensitive" system="ActCode" code="SDV"/>
            <label id="held"      tier="2" is-a="sensitive" system="DCM" code="113021"/>
            <label id="consented" tier="2" lifts="vip"      system="local" code="CONSENT"/>
            <label id="evidence"  tier="3" is-a="violence held"/>
          </vocabulary>
          <list id="vip-patients" href="lists/vip.csv" key="PatientID IssuerOfPatientID"/>
          <tier number="1">
            <rule id="marked-by-sender" title="The sender already marked it">
              <when><any>
                <present attribute="SensitiveContentCodeSequence"/>
                <matches attribute="(0031,{SIEMENS SYNGO WORKFLOW}14)" pattern="^(1|Y|VIP)"/>
              </any></when>
              <tag study="sensitive"/>
            </rule>
          </tier>
          <tier number="2">
            <rule id="on-the-list"><when><in list="vip-patients"/></when><tag patient="vip"/></rule>
          </tier>
          <tier number="3">
            <rule id="violence-in-court">
              <when><all><labelled with="violence"/><labelled with="held"/></all></when><tag study="evidence"/>
            </rule>
          </tier>
          <profile id="basic" title="Basic">
            <method system="DCM" code="113100" meaning="Basic Application Confidentiality Profile"/>
            <remove anything="true"/><uid vr="UI"/><keep attribute="Modality"/><pseudonym attribute="PatientName"/>
            <by-type attribute="StudyDate" type1="dummy" type2="empty" type3="remove"/>
            <remove group="private"/><remove attribute="OverlayData"/>
          </profile>
          <profile id="research" extends="basic" burned-in="pass">
            <keep attribute="StudyDate"/><replace attribute="RequestAttributesSequence/*/AccessionNumber" value="X"/>
          </profile>
          <profile id="dated" extends="basic" private-characteristics="honour">
            <shift-date vr="DA"/><date-shift unit="days" from="-9" to="-1"/><pseudonyms prefix="S-"/>
            <text><pattern name="ward" pattern="W[0-9]+"/><pattern name="bed" pattern="B[0-9]+" case="ignore"/></text>
            <concepts system="DCM"><keep code="121022"/><remove code="121023" type="TEXT"/></concepts>
          </profile>
          <profile id="joined" extends="research dated"><hash attribute="AccessionNumber" digits="16"/></profile>
          <audience id="archive" purpose="TREAT">
            <always><release/></always>
            <on label="vip violence"><flag carry="sensitive-content"/><oblige system="ActCode" code="AUDIT"/></on>
          </audience>
          <audience id="research" purpose="HRESCH">
            <always><deidentify profile="research"/></always>
            <on label="held violence"><sequester/></on>
            <on label="vip" unless="consented"><sequester/></on>
          </audience>
        </ruleset>
        """

    static func load() throws -> (ruleSet: RuleSet?, findings: [Finding]) {
        let folder = try Folder()
        folder.write("lists/vip.csv", "PatientID,IssuerOfPatientID,Note\nA1,HOSP,x\nA2,,\n")
        return RuleSetLoader().load(path: folder.write("site.xml", hospital))
    }

    @Test func `the rule set of the design loads without a finding`() throws {
        let (ruleSet, findings) = try Self.load()
        #expect(findings.isEmpty, "\(listed(findings))")
        let rules = try #require(ruleSet)
        #expect(rules.id == "general-hospital")
        #expect(rules.tier == 3)
        #expect(rules.rules.map(\.id) == ["marked-by-sender", "on-the-list", "violence-in-court"])
        #expect(rules.labels.keys.sorted() == ["consented", "evidence", "held", "sensitive", "violence", "vip"])
        #expect(rules.labels["vip"]?.system == "ActCode")
        #expect(rules.labels["evidence"]?.system == nil)
        #expect(rules.lists["vip-patients"]?.count == 2)
        #expect(rules.digest.count == 64)
        #expect(rules.sources.count == 2)
    }

    @Test func `a profile takes its statements from those it extends`() throws {
        let rules = try #require(try Self.load().ruleSet)
        let research = try #require(rules.profiles["research"])
        #expect(research.ancestors == ["basic"])
        #expect(research.burnedInAnnotation == .pass)
        #expect(research.methodCodes.map(\.code) == ["113100"])
        let actions = Dictionary(uniqueKeysWithValues: research.statements.map { ($0.selector, $0.action) })
        #expect(actions[.tag(Tag(0x0008, 0x0020))] == .keep)
        #expect(actions[.repeating(group: 0x6000, element: 0x3000)] == .remove)
        #expect(actions[.anything] == .remove)
        #expect(rules.profiles["basic"]?.statements.count == 7)
        #expect(rules.profiles["basic"]?.burnedInAnnotation == .sequester)
    }

    @Test func `every part says where it stands`() throws {
        let rules = try #require(try Self.load().ruleSet)
        let rule = try #require(rules.rules.first)
        #expect(rule.location.line == 12)
        #expect(rule.location.column == 5)
        guard case .any(let parts) = rule.condition.kind else { return #expect(Bool(false)) }
        #expect(parts.map(\.location.line) == [14, 15])
        #expect(parts.map(\.location.column) == [9, 9])
        #expect(rule.location.file.hasSuffix("/site.xml"))
    }
}
