import CustodyLog
import DICOMFile
import Deidentification
import RuleEngine
import RuleLanguage
import Testing
import TestSupport

@testable import Gatekeeper
@testable import Host
@testable import Inputs
@testable import Registry

/// A run beside a registry: what is known counts, what is decided is recorded, and what rules hold is held.
@Suite struct RegistryRunTests {
    private static let rules = """
        <ruleset xmlns="urn:cordon:rules:1" id="test" revision="4" tier="2">
          <vocabulary>
            <label id="vip" tier="2" is-a="sensitive"/><label id="held" tier="2" is-a="sensitive"/>
          </vocabulary>
          <tier number="2">
            <rule id="held"><when><held/></when><tag study="held"/></rule>
            <rule id="coroner">
              <when><equals attribute="PatientComments" value="VIP"/></when><tag study="sensitive"/>
              <hold scope="study" matter="M 9" custodian="Legal" reason="unexplained death"/>
            </rule>
          </tier>
          <audience id="court"><always><release/></always><on label="vip held"><sequester/></on></audience>
        </ruleset>
        """

    private struct Scene {
        let folder = WorkFolder()
        let registry: Registry
        let clerk: Person
        let time: Instant

        init() throws {
            registry = try Registry.open(folder("registry"))
            clerk = try #require(Person("clerk"))
            time = try #require(Instant("2026-11-24T10:00:00Z"))
        }

        @discardableResult
        func apply(to output: String = "out", rules: String = RegistryRunTests.rules) throws -> BatchRun.Report {
            try folder.write("rules.xml", rules)
            let (ruleSet, findings) = RuleSetLoader().load(path: folder("rules.xml"))
            let set = try #require(ruleSet, "\(findings)")
            return try BatchRun(
                ruleSet: set, audience: "court", key: nil,
                registry: SiteRegistry(registry, person: clerk, time: time),
                options: .init(
                    sources: InputSources(paths: [folder("in")]), output: folder(output), jobs: 2, now: "20260101000000"
                )
            ).run(progress: Progress(isQuiet: true))
        }
    }

    @Test func `a rule set that needs a registry does not run without one`() throws {
        let folder = WorkFolder()
        try folder.write("in/a", Samples.file())
        let error = #expect(throws: RunError.self) { try folder.apply(rules: Self.rules) }
        #expect(error?.code == .arguments && error?.message.contains("`held` in the rule `held`") == false)
        #expect(error?.message.contains("give `--registry DIR`") == true)
        #expect(!folder.exists("out"))
    }

    @Test func `what was begun with a registry does not go on without one`() throws {
        let rules = """
            <ruleset xmlns="urn:cordon:rules:1" id="test" revision="1" tier="2">
              <vocabulary><label id="vip" tier="2" is-a="sensitive"/></vocabulary>
              <audience id="court"><always><release/></always><on label="vip"><sequester/></on></audience>
            </ruleset>
            """
        let scene = try Scene()
        try scene.folder.write("in/1", Samples.file(patient: "A", study: 1))
        _ = try scene.registry.label(
            "vip", on: .patient(PatientIdentity(id: "A")), source: .person, reason: "known", by: scene.clerk,
            at: scene.time)
        #expect(try scene.apply(rules: rules).summary.counts.sequestered == 1)
        let error = #expect(throws: RunError.self) { try scene.folder.apply(rules: rules, time: nil) }
        #expect(error?.message.contains("differs in: registry") == true, "\(error?.message ?? "")")
        #expect(try scene.apply(rules: rules).isChanged == false)
    }

    @Test func `a label that the registry keeps for a patient sequesters all the patient's studies, and no other`()
        throws
    {
        let scene = try Scene()
        for study in 1...3 {
            try scene.folder.write("in/\(study)", Samples.file(patient: study == 3 ? "OTHER" : "A", study: study))
        }
        _ = try scene.registry.label(
            "vip", on: .patient(PatientIdentity(id: "A")), source: .person, reason: "known", by: scene.clerk,
            at: scene.time)
        let report = try scene.apply()
        #expect(report.summary.counts.sequestered == 2 && report.summary.counts.released == 1)
        #expect(try scene.folder.decisions().filter { $0.contains("registry label 1") }.count == 2)
    }

    @Test func `decisions are recorded once, however often the run is repeated, and the second tells of what changed`()
        throws
    {
        let scene = try Scene()
        let bytes = Samples.file(patient: "A", study: 1)
        try scene.folder.write("in/1", bytes)
        try scene.folder.write("in/2", Samples.file(patient: "B", study: 2))
        try scene.apply()
        let digest = ContentDigest(of: bytes).hexadecimal
        func recorded() throws -> [DecisionEntry] { try scene.registry.decisions(ofInstance: digest) }
        #expect(try recorded().map(\.disposition) == ["release"])
        #expect(try recorded().first?.revision == 4 && recorded().first?.output == digest)
        #expect(try scene.registry.instance(digest)?.removed != nil, "it was seen, and is not kept")
        let size = try scene.registry.readLog { try $0.logSize() }
        let again = try scene.apply()
        #expect(!again.isChanged)
        #expect(try scene.registry.readLog { try $0.logSize() } == size)

        _ = try scene.registry.place(
            HoldOrder(
                matter: "M 1", custodian: "Legal", reason: "suit", authority: "court",
                scope: .patient(PatientIdentity(id: "A"))), by: scene.clerk, at: scene.time)
        let third = try scene.apply()
        #expect(third.summary.counts.sequestered == 1 && third.withdrawnCount == 1)
        #expect(try recorded().map(\.disposition) == ["release", "sequester"])
    }

    @Test func `what a rule holds is held before it is copied, other rules see it, and it is not held again`() throws {
        let scene = try Scene()
        try scene.folder.write("in/1", Samples.file(patient: "A", study: 1, instance: 1))
        try scene.folder.write("in/2", Samples.file(patient: "A", study: 1, instance: 2, isVIP: true))
        try scene.folder.write("in/3", Samples.file(patient: "A", study: 2))
        let report = try scene.apply()
        #expect(report.summary.counts.sequestered == 2 && report.summary.counts.released == 1)
        let hold = try #require(try scene.registry.holds(matter: "M 9").first)
        #expect(hold.scope == .study("1.2.826.0.1.3680043.8.498.1001"))
        #expect(hold.authority == "the rule set" && hold.rule == "test/coroner" && hold.placedBy == scene.clerk)
        try scene.apply(to: "other")
        #expect(try scene.registry.holds(matter: "M 9").count == 1)
        // People have the last word.
        let one = try #require(Person("one")), two = try #require(Person("two"))
        _ = try scene.registry.requestRelease(ofHold: hold.id, reason: "closed", by: one, at: scene.time)
        _ = try scene.registry.approveRelease(ofHold: hold.id, reason: "closed", by: two, at: scene.time)
        let free = try scene.apply(to: "third")
        #expect(free.summary.counts.sequestered == 0)
        #expect(try scene.registry.holds(matter: "M 9").count == 1)
    }

    @Test func `a hold that lands between the passes refuses what it covers, and the next run decides anew`() throws {
        let scene = try Scene()
        try scene.folder.write("in/1", Samples.file(patient: "A", study: 1))
        let late = LateHold(base: SiteRegistry(scene.registry, person: scene.clerk, time: scene.time))
        try scene.folder.write("rules.xml", Self.rules)
        let ruleSet = try #require(RuleSetLoader().load(path: scene.folder("rules.xml")).ruleSet)
        let options = BatchRun.Options(
            sources: InputSources(paths: [scene.folder("in")]), output: scene.folder("out"), jobs: 1,
            now: "20260101000000")
        let report = try BatchRun(ruleSet: ruleSet, audience: "court", key: nil, registry: late, options: options).run(
            progress: Progress(isQuiet: true))
        #expect(report.summary.counts.refused == 1)
        #expect(report.summary.refusals.keys.contains { $0.contains("registry changed") })
        #expect(!scene.folder.exists("out/released/A"))
        let after = LateHold(base: late.base)
        after.isLate = true
        let second = try BatchRun(ruleSet: ruleSet, audience: "court", key: nil, registry: after, options: options).run(
            progress: Progress(isQuiet: true))
        #expect(second.summary.counts.sequestered == 1)
    }

    @Test func `without issuers here and there a label restricts and lifts nothing`() throws {
        let scene = try Scene()
        let access = SiteRegistry(scene.registry, person: scene.clerk, time: scene.time)
        for name in ["vip", "consented"] {
            _ = try scene.registry.label(
                name, on: .patient(PatientIdentity(id: Samples.patientID, issuer: "HOSP")), source: .person,
                reason: "known", by: scene.clerk, at: scene.time)
        }
        try scene.folder.write("in/1", Samples.file())
        let input = try InputReader(scratch: scene.folder.path).open(
            InputCollector.collect(InputSources(paths: [scene.folder("in")]), output: nil).names[0], whole: false)
        let known = try access.knowledge(of: input.file())
        #expect(known.labels.map(\.name).sorted() == ["consented", "vip"])
        #expect(known.labels.allSatisfy { !$0.isCertain })
    }
}

/// A registry in which a hold appears after the first look.
private final class LateHold: RegistryAccess, @unchecked Sendable {
    let base: SiteRegistry
    var isLate = false

    init(base: SiteRegistry) { self.base = base }

    func knowledge(of file: DICOMFile) throws(RunError) -> RegistryKnowledge {
        var known = try base.knowledge(of: file)
        if isLate { known.holds.append(.init(matter: "M 2", isCertain: true)) }
        isLate = true
        return known
    }

    func place(_ holds: Set<WantedHold>, ofRuleSet ruleSet: String) throws(RunError) -> Int {
        try base.place(holds, ofRuleSet: ruleSet)
    }
    func seen(_ file: DICOMFile?) -> InstanceIdentity { base.seen(file) }
    func record(_ decisions: [RecordedDecision]) throws(RunError) { try base.record(decisions) }
}
