import Deidentification
import RuleLanguage
import Testing
import TestSupport

@testable import Gatekeeper
@testable import Inputs

/// A rule set with an audience for each kind of disposition.
enum TestRules {
    static let text = """
        <ruleset xmlns="urn:cordon:rules:1" id="test" revision="1" tier="2">
          <include href="\(Fixtures.packageRoot)/Rules/profiles/ps3.15.xml"/>
          <vocabulary><label id="vip" tier="2" is-a="sensitive" system="ActCode" code="VIP"/></vocabulary>
          <tier number="2">
            <rule id="marked-vip"><when><equals attribute="PatientComments" value="VIP"/></when><tag study="vip"/></rule>
          </tier>
          <audience id="everything"><always><release/></always></audience>
          <audience id="archive">
            <always><release/></always><on label="vip"><flag carry="sensitive-content"/></on>
          </audience>
          <audience id="court"><always><release/></always><on label="vip"><sequester/></on></audience>
          <audience id="research">
            <always><deidentify profile="ps3.15-basic"/></always><on label="vip"><sequester/></on>
          </audience>
        </ruleset>
        """

    static func load(_ folder: WorkFolder, _ text: String = text) throws -> RuleSet {
        try folder.write("rules.xml", text)
        let (ruleSet, findings) = RuleSetLoader().load(path: folder("rules.xml"))
        return try #require(ruleSet, "\(findings)")
    }

    static func key(_ folder: WorkFolder) throws -> DeidentificationKey {
        if !folder.exists("key") { try DeidentificationKey.create(at: folder("key")) }
        return try DeidentificationKey(path: folder("key"))
    }
}

extension WorkFolder {
    /// Runs the main job in this process.
    @discardableResult
    func apply(
        _ inputs: [String] = ["in"], to output: String = "out", audience: String = "court", jobs: Int = 2,
        map: String? = nil, rules: String = TestRules.text, time: String? = "20260101000000",
        change: (inout BatchRun.Options) -> Void = { _ in }
    ) throws -> BatchRun.Report {
        let ruleSet = try TestRules.load(self, rules)
        let key = audience == "research" ? try TestRules.key(self) : nil
        var options = BatchRun.Options(
            sources: InputSources(paths: inputs.map { self($0) }), output: self(output), map: map.map { self($0) },
            jobs: jobs, now: "20260101000000")
        options.time = time
        change(&options)
        return try BatchRun(ruleSet: ruleSet, audience: audience, key: key, options: options).run(
            progress: Progress(isQuiet: true))
    }

    /// The lines of `decisions.jsonl`.
    func decisions(_ output: String = "out") throws -> [String] {
        try text("\(output)/decisions.jsonl").split(separator: "\n").map(String.init)
    }
}
