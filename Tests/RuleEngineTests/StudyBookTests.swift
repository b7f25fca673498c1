import DICOMCore
import DICOMFile
import RuleLanguage
import TestSupport
import Testing

@testable import RuleEngine

@Suite("Labels of studies and patients")
struct StudyBookTests {
    static let rules = """
        <vocabulary system="ActCode">
          <label id="vip" tier="2" is-a="sensitive" code="VIP"/>
          <label id="violence" tier="2" is-a="sensitive" code="SDV"/>
          <label id="held" tier="2" is-a="sensitive" system="DCM" code="113021"/>
          <label id="evidence" tier="3" is-a="violence held"/>
          <label id="calm" tier="3" is-a="sensitive"/>
        </vocabulary>
        <tier number="2">
          <rule id="vip-comment"><when><contains attribute="PatientComments" value="VIP"/></when><tag patient="vip"/></rule>
          <rule id="violence-comment">
            <when><contains attribute="StudyDescription" value="violence"/></when><tag study="violence"/>
          </rule>
          <rule id="hold"><when><equals attribute="Modality" value="KO"/></when><tag study="held"/></rule>
        </tier>
        <tier number="3">
          <rule id="violence-in-court">
            <when><all><labelled with="violence"/><labelled with="held"/></all></when><tag study="evidence"/>
          </rule>
          <rule id="no-violence">
            <when><all><not><labelled with="violence"/></not><present attribute="PatientID"/></all></when>
            <tag study="calm"/>
          </rule>
        </tier>
        """

    static func instance(
        _ study: String?, _ patient: String?, issuer: String? = nil, comment: String? = nil, description: String? = nil,
        modality: String = "CT"
    ) -> DataSetBuilder {
        var builder = DataSetBuilder().text(.modality, .CS, modality)
        if let description { builder = builder.text(Tag(0x0008, 0x1030), .LO, description) }
        if let patient { builder = builder.text(.patientID, .LO, patient) }
        if let issuer { builder = builder.text(.issuerOfPatientID, .LO, issuer) }
        if let comment { builder = builder.text(Tag(0x0010, 0x4000), .LT, comment) }
        if let study { builder = builder.text(.studyInstanceUID, .UI, study) }
        return builder
    }

    @Test func `an instance that comes late raises its study, and a rule over two of them fires`() throws {
        let ruleSet = try Scene.ruleSet(Self.rules)
        let first = Self.instance("2.25.1", "P", description: "violence")
        let late = Self.instance("2.25.1", "P", modality: "KO")
        #expect(try Scene.labels(ruleSet, first)[0].names == ["sensitive", "violence"])
        let both = try Scene.labels(ruleSet, first, late)
        #expect(both[0].names == ["evidence", "held", "sensitive", "violence"])
        #expect(both[1] == both[0])
    }

    @Test func `a patient's label holds for all studies of the patient, a study's for none but its own`() throws {
        let ruleSet = try Scene.ruleSet(Self.rules, tier: 2)
        let labels = try Scene.labels(
            ruleSet, Self.instance("2.25.1", "P", comment: "VIP", description: "violence"),
            Self.instance("2.25.2", "P"), Self.instance("2.25.3", "Q"))
        #expect(labels.map(\.names) == [["sensitive", "violence", "vip"], ["sensitive", "vip"], []])
    }

    @Test func `a study under two patients has the labels of both`() throws {
        let ruleSet = try Scene.ruleSet(Self.rules, tier: 2)
        let labels = try Scene.labels(
            ruleSet, Self.instance("2.25.1", "P"), Self.instance("2.25.1", "Q"),
            Self.instance("2.25.2", "P", comment: "VIP"), Self.instance("2.25.3", "Q"))
        #expect(labels.map(\.names) == [["sensitive", "vip"], ["sensitive", "vip"], ["sensitive", "vip"], []])
    }

    @Test func `without a patient ID the patient's label stays with the study`() throws {
        let ruleSet = try Scene.ruleSet(Self.rules, tier: 2)
        for patient in [nil, "", "  "] as [String?] {
            let labels = try Scene.labels(
                ruleSet, Self.instance("2.25.1", patient, comment: "VIP"), Self.instance("2.25.1", "P"),
                Self.instance("2.25.2", patient), Self.instance("2.25.3", "P"))
            #expect(labels.map(\.names) == [["sensitive", "vip"], ["sensitive", "vip"], [], []])
        }
    }

    @Test func `where the issuer is not given everywhere it may be the same patient`() throws {
        let ruleSet = try Scene.ruleSet(Self.rules, tier: 2)
        let labels = try Scene.labels(
            ruleSet, Self.instance("2.25.1", "P", issuer: "HOSP", comment: "VIP"), Self.instance("2.25.2", "P"),
            Self.instance("2.25.3", "P", issuer: "OTHER"), Self.instance("2.25.4", "P", issuer: "HOSP"))
        #expect(labels.map(\.names) == [["sensitive", "vip"], ["sensitive?", "vip?"], [], ["sensitive", "vip"]])
        let reason = try #require(labels[1].first { $0.label == "vip" }?.reasons.first)
        #expect(reason.id == "vip-comment" && !reason.isCertain)
        #expect(reason.evidence.contains { $0.attribute == "(0010,0021)" && $0.problem != nil })
    }

    @Test func `instances without a study are studies of their own, by the fallback that the caller gives`() throws {
        let ruleSet = try Scene.ruleSet(Self.rules, tier: 2)
        let evaluator = Evaluator(ruleSet)
        var book = StudyBook(ruleSet)
        var one = evaluator.evaluate(try DICOMFile(bytes: Self.instance(nil, nil, comment: "VIP").file()))
        var two = evaluator.evaluate(try DICOMFile(bytes: Self.instance(nil, nil).file()))
        #expect(one.study.uid == nil)
        one.study.fallback = "a"
        two.study.fallback = "b"
        book.add(one)
        book.add(two)
        let resolved = book.resolve()
        #expect(resolved.labels(study: one.study, patient: one.patient).names == ["sensitive", "vip"])
        #expect(resolved.labels(study: two.study, patient: two.patient) == [])
    }

    @Test func `a study with a UID is one study, whatever its fallbacks say`() throws {
        let ruleSet = try Scene.ruleSet(Self.rules, tier: 2)
        let evaluator = Evaluator(ruleSet)
        var book = StudyBook(ruleSet)
        for (comment, name) in [("VIP", "a"), ("", "b")] {
            var one = evaluator.evaluate(try DICOMFile(bytes: Self.instance("2.25.1", nil, comment: comment).file()))
            one.study.fallback = name
            book.add(one)
        }
        let names = book.resolve().labels(
            study: StudyKey(uid: "2.25.1", fallback: "c"), patient: PatientKey(id: "", issuer: "")
        ).names
        #expect(names == ["sensitive", "vip"])
    }

    @Test func `a DICOMDIR has the labels of the studies and patients that it names`() throws {
        let ruleSet = try Scene.ruleSet(Self.rules, tier: 2)
        func directory(_ records: [DataSetBuilder]) -> DataSetBuilder {
            DataSetBuilder().sequence(.directoryRecordSequence, records)
        }
        let patient = DataSetBuilder().text(.patientID, .LO, "P")
        let study = DataSetBuilder().text(.studyInstanceUID, .UI, "2.25.9")
        let labels = try Scene.labels(
            ruleSet, directory([patient, study]), Self.instance("2.25.1", "P", comment: "VIP"),
            Self.instance("2.25.9", "Q", description: "violence"), Self.instance("2.25.10", "R"))
        #expect(labels[0].names == ["sensitive", "violence", "vip"])
        #expect(labels[3].names == [])
        #expect(try Scene.labels(ruleSet, directory([patient]), Self.instance("2.25.10", "R"))[0].names == [])
    }

    @Test func `a rule whose condition is unknown gives its labels, uncertain, with the reason`() throws {
        let ruleSet = try Scene.ruleSet(Self.rules, tier: 3)
        let unreadable = DataSetBuilder().bytes(Tag(0x0008, 0x1030), .LO, [0xE9, 0xFF])
            .text(.patientID, .LO, "P").text(.studyInstanceUID, .UI, "2.25.1")
        let alone = try Scene.labels(ruleSet, unreadable)[0]
        // Not knowing whether there is violence, `not labelled violence` is unknown, too.
        #expect(alone.names == ["calm?", "sensitive?", "violence?"])
        let reason = try #require(alone.first { $0.label == "violence" }?.reasons.first)
        #expect(reason.evidence.first?.attribute == "(0008,1030)")
        #expect(reason.evidence.first?.problem != nil)
        let held = try Scene.labels(ruleSet, unreadable, Self.instance("2.25.1", "P", modality: "KO"))[0]
        #expect(held.names == ["calm?", "evidence?", "held", "sensitive", "violence?"])
        let certain = try Scene.labels(ruleSet, unreadable, Self.instance("2.25.1", "P", description: "violence"))[0]
        #expect(certain.names == ["sensitive", "violence"])
        #expect(
            certain.first { $0.label == "violence" }?.reasons.first?.evidence.allSatisfy { $0.problem == nil } == true)
    }

    @Test func `an uncertain label lets a rule above it be unknown, and evidence names the label`() throws {
        let ruleSet = try Scene.ruleSet(Self.rules)
        let labels = try Scene.labels(
            ruleSet, Self.instance("2.25.1", "P", description: "violence"), Self.instance("2.25.1", "P", modality: "KO")
        )
        let reason = try #require(labels[0].first { $0.label == "evidence" }?.reasons.first)
        #expect(reason.id == "violence-in-court")
        #expect(reason.evidence.map(\.attribute) == ["label held", "label violence"])
        #expect(reason.location?.line == 17)
    }

    @Test func `rules above the tier do not run, and labels of a rule come with their parents' reasons`() throws {
        let ruleSet = try Scene.ruleSet(Self.rules)
        let instance = Self.instance("2.25.1", "P", comment: "VIP", description: "violence")
        #expect(try Scene.labels(ruleSet, tier: 1, instance)[0] == [])
        let labels = try Scene.labels(ruleSet, tier: 2, instance)[0]
        let sensitive = try #require(labels.first { $0.label == "sensitive" })
        #expect(sensitive.reasons.map(\.kind) == [.impliedBy, .impliedBy])
        #expect(sensitive.reasons.map(\.id) == ["violence", "vip"])
    }

    @Test func `the book grows with studies, not with their instances`() throws {
        let ruleSet = try Scene.ruleSet(Self.rules)
        let evaluator = Evaluator(ruleSet)
        var book = StudyBook(ruleSet)
        let evaluation = evaluator.evaluate(
            try DICOMFile(bytes: Self.instance("2.25.1", "P", comment: "VIP", description: "violence").file()))
        book.add(evaluation)
        let outcomes = book.groups.values.map(\.outcomes.count)
        let pool = book.evidence.values.count
        for _ in 0..<1000 { book.add(evaluation) }
        #expect(book.groups.count == 1)
        #expect(book.groups.values.map(\.outcomes.count) == outcomes)
        #expect(book.evidence.values.count == pool)
    }
}
