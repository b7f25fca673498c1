/// The rule set that tests of looking use, over the network.
enum LookingRules {
    static let text = """
        <ruleset xmlns="urn:cordon:rules:1" id="looking" revision="3" tier="2">
          <vocabulary><label id="vip" tier="2" is-a="sensitive"/></vocabulary>
          <tier number="2">
            <rule id="numbered-vip">
              <when><starts-with attribute="PatientID" value="V-"/></when><tag patient="vip"/>
            </rule>
          </tier>
          <profile id="names-out">
            <keep anything="true"/><empty vr="PN"/><replace attribute="PatientID" value="ANON"/>
          </profile>
          <audience id="ward"><always><release/></always><on label="vip"><sequester/></on></audience>
          <audience id="staff"><always><release/></always></audience>
          <audience id="research">
            <always><deidentify profile="names-out"/></always><on label="vip"><sequester/></on>
          </audience>
        </ruleset>
        """
}
