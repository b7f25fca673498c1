import DICOMCore
import DICOMFile
import RuleLanguage
import TestSupport
import Testing

@testable import RuleEngine

/// What a registry said counts as if a rule had said it, and no registry is not the same as an empty one.
@Suite("What the registry knows")
struct RegistryKnowledgeTests {
    private static let rules = """
        <vocabulary>
          <label id="vip" tier="2" is-a="sensitive" system="ActCode" code="VIP"/>
          <label id="consented" tier="2" lifts="vip" system="local" code="CONSENT"/>
          <label id="held" tier="2" is-a="sensitive"/>
          <label id="evidence" tier="3" is-a="held"/>
        </vocabulary>
        <tier number="2">
          <rule id="held"><when><held/></when><tag study="held"/></rule>
        </tier>
        <tier number="3">
          <rule id="evidence">
            <when><all><labelled with="vip"/><held matter="M 1"/></all></when><tag study="evidence"/>
          </rule>
        </tier>
        <audience id="research">
          <always><release/></always>
          <on label="vip" unless="consented"><sequester/></on>
        </audience>
        """

    private func labels(
        _ instances: [(DataSetBuilder, RegistryKnowledge?)]
    ) throws -> [[AssignedLabel]] {
        let ruleSet = try Scene.ruleSet(Self.rules)
        let evaluator = Evaluator(ruleSet)
        var book = StudyBook(ruleSet)
        let evaluations = try instances.map { instance, known in
            evaluator.evaluate(try DICOMFile(bytes: instance.file()), known: known)
        }
        for evaluation in evaluations { book.add(evaluation) }
        let resolved = book.resolve()
        return evaluations.map { resolved.labels(study: $0.study, patient: $0.patient) }
    }

    private func words(_ labels: [AssignedLabel]) -> [String] {
        labels.map { $0.isCertain ? $0.label : "\($0.label)?" }.sorted()
    }

    private static func label(
        _ name: String, _ scope: RegistryKnowledge.Label.Scope, isCertain: Bool = true
    ) -> RegistryKnowledge {
        RegistryKnowledge(labels: [.init(name: name, scope: scope, isCertain: isCertain, record: 7)])
    }

    @Test func `a hold is true, one of a patient who may be this one unknown, and so is a registry that nobody asked`()
        throws
    {
        let one = DataSetBuilder.instance()
        func found(_ known: RegistryKnowledge?) throws -> [String] { words(try labels([(one, known)])[0]) }
        #expect(try found(RegistryKnowledge()) == [])
        #expect(try found(RegistryKnowledge(holds: [.init(matter: "M 2", isCertain: true)])) == ["held", "sensitive"])
        #expect(
            try found(RegistryKnowledge(holds: [.init(matter: "M 2", isCertain: false)])) == ["held?", "sensitive?"])
        #expect(try found(nil) == ["held?", "sensitive?"])
    }

    @Test func `a matter tells holds apart, and joins with labels of lower tiers`() throws {
        let vip = RegistryKnowledge.Label(name: "vip", scope: .patient, isCertain: true, record: 1)
        func found(_ matter: String) throws -> [String] {
            words(
                try labels([
                    (
                        DataSetBuilder.instance(),
                        RegistryKnowledge(holds: [.init(matter: matter, isCertain: true)], labels: [vip])
                    )
                ])[0])
        }
        #expect(try found("M 1") == ["evidence", "held", "sensitive", "vip"])
        #expect(try found("M 2") == ["held", "sensitive", "vip"])
    }

    @Test func `a label of the patient holds for all the patient's studies, one of the study for that one`() throws {
        let one = DataSetBuilder.instance(study: "2.25.1", patient: "A")
        let two = DataSetBuilder.instance(study: "2.25.2", patient: "A")
        let patient = try labels([(one, Self.label("vip", .patient)), (two, RegistryKnowledge())])
        #expect(patient.map(words) == [["sensitive", "vip"], ["sensitive", "vip"]])
        let study = try labels([(one, Self.label("vip", .study)), (two, RegistryKnowledge())])
        #expect(study.map(words) == [["sensitive", "vip"], []])
    }

    @Test func `a label that no vocabulary knows, or of a higher tier than the site's, is still said`() throws {
        let one = DataSetBuilder.instance()
        #expect(words(try labels([(one, Self.label("elsewhere", .study))])[0]) == ["sensitive"])
        // A site of tier 1, which has no audience that asks for more.
        let ruleSet = try Scene.ruleSet(
            "<vocabulary><label id=\"vip\" tier=\"2\" is-a=\"sensitive\"/></vocabulary>", tier: 1)
        let evaluation = Evaluator(ruleSet).evaluate(try DICOMFile(bytes: one.file()), known: Self.label("vip", .study))
        var book = StudyBook(ruleSet)
        book.add(evaluation)
        #expect(words(book.resolve().labels(study: evaluation.study, patient: evaluation.patient)) == ["sensitive"])
    }

    @Test func `consent of the study or the patient lifts, of an instance or an uncertain one does not`() throws {
        let ruleSet = try Scene.ruleSet(Self.rules)
        let vip = RegistryKnowledge.Label(name: "vip", scope: .study, isCertain: true, record: 1)
        func disposition(_ scope: RegistryKnowledge.Label.Scope, isCertain: Bool = true) throws -> Disposition? {
            let consent = RegistryKnowledge.Label(name: "consented", scope: scope, isCertain: isCertain, record: 2)
            let known = RegistryKnowledge(labels: [vip, consent])
            let found = try labels([(DataSetBuilder.instance(study: "2.25.1", patient: "A"), known)])[0]
            return Decision.decide(audience: "research", labels: found, in: ruleSet)?.disposition
        }
        #expect(try disposition(.study) == .release)
        #expect(try disposition(.patient) == .release)
        #expect(try disposition(.instance) == .sequester)
        #expect(try disposition(.study, isCertain: false) == .sequester)
        #expect(try disposition(.patient, isCertain: false) == .sequester)
        // Two patients in one study, of whom one consented.
        let both = RegistryKnowledge(labels: [
            vip, .init(name: "consented", scope: .patient, isCertain: true, record: 2),
        ])
        let found = try labels([
            (DataSetBuilder.instance(study: "2.25.1", patient: "A"), both),
            (DataSetBuilder.instance(study: "2.25.1", patient: "B"), RegistryKnowledge(labels: [vip])),
        ])
        for labels in found {
            #expect(Decision.decide(audience: "research", labels: labels, in: ruleSet)?.disposition == .sequester)
        }
    }

    private static let holding = """
        <tier number="1">
          <rule id="coroner">
            <when><compare attribute="PatientAge" op="lt" age="002Y"/></when>
            <tag study="sensitive" patient="sensitive"/>
            <hold scope="study" matter="M 9" custodian="Legal" reason="unexplained death"/>
            <hold scope="patient" matter="M 10" custodian="Legal" reason="unexplained death"/>
          </rule>
        </tier>
        """

    private func wanted(_ instances: DataSetBuilder...) throws -> Set<String> {
        let ruleSet = try Scene.ruleSet(Self.holding)
        let evaluator = Evaluator(ruleSet)
        var book = StudyBook(ruleSet)
        for instance in instances { book.add(evaluator.evaluate(try DICOMFile(bytes: instance.file()))) }
        return Set(
            book.resolve().wantedHolds().map { want in
                switch want.subject {
                case .study(let uid): "\(want.hold.matter): study \(uid)"
                case .patient(let patient): "\(want.hold.matter): patient \(patient.id) \(patient.issuer)"
                case .unnamed: "\(want.hold.matter): unnamed"
                }
            })
    }

    @Test func `a rule wants its holds for whom it fires, and where nobody knows`() throws {
        func one(_ age: String?, study: String? = "2.25.1", patient: String? = "A") -> DataSetBuilder {
            var instance = DataSetBuilder.instance(study: study, patient: patient)
            if let age { instance = instance.text(Tag(0x0010, 0x1010), .AS, age) }
            return instance
        }
        #expect(try wanted(one("050Y"), one(nil)) == [])
        #expect(try wanted(one("001Y"), one("050Y", study: "2.25.2")) == ["M 9: study 2.25.1", "M 10: patient A "])
        #expect(try wanted(one("unclear")) == ["M 9: study 2.25.1", "M 10: patient A "])
        #expect(try wanted(one("001Y", patient: nil)) == ["M 9: study 2.25.1", "M 10: study 2.25.1"])
        #expect(try wanted(one("001Y", study: nil)) == ["M 9: patient A ", "M 10: patient A "])
        #expect(try wanted(one("001Y", study: nil, patient: nil)) == ["M 9: unnamed", "M 10: unnamed"])
    }

    @Test func `the explanation names the registry and its record`() throws {
        let found = try labels([(DataSetBuilder.instance(), Self.label("vip", .study))])[0]
        let reason = try #require(found.first { $0.label == "vip" }?.reasons.first)
        #expect(reason.kind == .registry && reason.evidence.map(\.attribute) == ["registry label 7"])
    }
}
