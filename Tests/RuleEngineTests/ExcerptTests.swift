import DICOMCore
import DICOMFile
import RuleLanguage
import TestSupport
import Testing

@testable import RuleEngine

/// An excerpt is part of something that is not at hand: what it gives no value is unknown, and escalates.
@Suite struct ExcerptTests {
    private static func labels(
        _ body: String, _ dataSet: DataSetBuilder, known: RegistryKnowledge? = RegistryKnowledge(),
        lists: [String: String] = [:], _ change: (Evaluation) -> Evaluation = { $0 }
    ) throws -> [String: Bool] {
        let ruleSet = try Scene.ruleSet(body, lists: lists)
        let evaluation = Evaluator(ruleSet).evaluate(
            try DICOMFile(bytes: dataSet.file()), known: known, isExcerpt: true)
        var book = StudyBook(ruleSet)
        book.add(change(evaluation))
        let labels = book.resolve().labels(study: evaluation.study, patient: evaluation.patient)
        return Dictionary(uniqueKeysWithValues: labels.map { ($0.label, $0.isCertain) })
    }

    private static func rule(_ condition: String) -> String {
        """
        <vocabulary><label id="a" tier="2" is-a="sensitive"/><label id="b" tier="2" is-a="sensitive"/>
          <label id="c" tier="3" is-a="a"/></vocabulary>
        <tier number="2"><rule id="r"><when>\(condition)</when><tag study="a"/></rule></tier>
        """
    }

    private static let said = DataSetBuilder()
        .text(Tag(0x0008, 0x1030), .LO, "CHEST").text(.patientID, .LO, "P1").text(.studyInstanceUID, .UI, "1.2")
        .text(Tag(0x0010, 0x0040), .CS, "")

    @Test(
        arguments: [
            ("<equals attribute=\"StudyDescription\" value=\"CHEST\"/>", true),
            ("<equals attribute=\"StudyDescription\" value=\"HEAD\"/>", nil),
            ("<equals attribute=\"Modality\" value=\"CT\"/>", false),
            ("<present attribute=\"Modality\"/>", false), ("<absent attribute=\"Modality\"/>", false),
            ("<present attribute=\"StudyDescription\"/>", true), ("<absent attribute=\"StudyDescription\"/>", nil),
            // An archive answers what it does not have with an empty element.
            ("<empty attribute=\"PatientSex\"/>", false), ("<equals attribute=\"PatientSex\" value=\"F\"/>", false),
            ("<present attribute=\"**/StudyDescription\"/>", true),
            ("<present attribute=\"**/PatientComments\"/>", false),
            ("<equals attribute=\"**/StudyDescription\" value=\"HEAD\"/>", false),
            ("<some of=\"RequestAttributesSequence\"><present attribute=\"AccessionNumber\"/></some>", false),
            ("<source ae=\"X\"/>", false), ("<preamble kind=\"zero\"/>", false), ("<held/>", nil),
            ("<not><equals attribute=\"Modality\" value=\"CT\"/></not>", false),
        ] as [(String, Bool?)])
    func `what is not said is unknown`(condition: String, isCertain: Bool?) throws {
        #expect(try Self.labels(Self.rule(condition), Self.said)["a"] == isCertain, "\(condition)")
    }

    @Test(arguments: [
        "<absent attribute=\"Modality\"/>", "<equals attribute=\"Modality\" value=\"CT\"/>",
        "<some of=\"RequestAttributesSequence\"><present attribute=\"AccessionNumber\"/></some>",
    ])
    func `what is not said is called by its own name, and not by that of another element`(condition: String) throws {
        let ruleSet = try Scene.ruleSet(Self.rule(condition))
        for dataSet in [Self.said, DataSetBuilder().text(.studyInstanceUID, .UI, "1.2")] {
            let evaluation = Evaluator(ruleSet).evaluate(
                try DICOMFile(bytes: dataSet.file()), known: RegistryKnowledge(), isExcerpt: true)
            var book = StudyBook(ruleSet)
            book.add(evaluation)
            let labels = book.resolve().labels(study: evaluation.study, patient: evaluation.patient)
            let evidence = try #require(labels.first { $0.label == "a" }).reasons.flatMap(\.evidence)
            #expect(!evidence.isEmpty)
            #expect(evidence.allSatisfy { $0.problem == Readings.notSaid })
            #expect(!evidence.contains { $0.attribute.contains("1030") || $0.attribute.contains("0020,000D") })
        }
    }

    @Test func `it may have codes of its own, and may be of anybody`() throws {
        let rule = """
            <vocabulary><label id="a" tier="2" is-a="sensitive"/></vocabulary>
            <tier number="2"><rule id="r">
              <when><equals attribute="PatientID" value="V"/></when><tag patient="a"/>
            </rule></tier>
            """
        #expect(try Self.labels(rule, Self.said) == ["sensitive": false])
        let nobody = DataSetBuilder().text(.studyInstanceUID, .UI, "1.2")
        #expect(try Self.labels(rule, nobody)["a"] == false)
    }

    @Test func `a list is asked by what is said, and open where a row agrees in that`() throws {
        let lists = ["vip.csv": "PatientID,IssuerOfPatientID\nP1,GH\nP2,\n"]
        let rule = """
            <list id="vip" href="vip.csv" key="PatientID IssuerOfPatientID"/>
            """ + Self.rule("<in list=\"vip\"/>")
        func label(_ id: String) throws -> Bool? {
            try Self.labels(
                rule, DataSetBuilder().text(.patientID, .LO, id).text(.studyInstanceUID, .UI, "1.2"), lists: lists)["a"]
        }
        #expect(try label("P1") == false)
        #expect(try label("P2") == true)
        #expect(try label("P3") == nil)
    }

    @Test func `after a decision only what is certain counts, and what joins data with new labels`() throws {
        let rules =
            Self.rule("<equals attribute=\"Modality\" value=\"CT\"/>") + """
                <tier number="3"><rule id="joined"><when><all>
                  <labelled with="b"/><equals attribute="Modality" value="MR"/></all></when><tag study="c"/></rule>
                </tier>
                """
        let known = RegistryKnowledge(labels: [.init(name: "b", scope: .study, isCertain: true, record: 1)])
        func labels(_ hasNew: Bool) throws -> Set<String> {
            Set(try Self.labels(rules, Self.said, known: known) { $0.afterDecision(hasNewLabels: hasNew) }.keys)
        }
        #expect(try labels(false) == ["b", "sensitive"])
        #expect(try labels(true) == ["a", "b", "c", "sensitive"])
    }
}
