import DICOMCore
import DICOMFile
import RuleLanguage
import TestSupport
import Testing

@testable import RuleEngine

/// What loosens holds for one patient, and never for another.
@Suite("Labels that lift")
struct LiftingTests {
    private static let rules = """
        <vocabulary>
          <label id="vip" tier="2" is-a="sensitive" system="ActCode" code="VIP"/>
          <label id="consented" tier="2" lifts="vip" system="local" code="CONSENT"/>
          <label id="free" tier="3" is-a="sensitive"/>
        </vocabulary>
        <list id="vips" href="vips.csv" key="PatientID"/>
        <list id="consents" href="consents.csv" key="PatientID"/>
        <tier number="2">
          <rule id="vip"><when><in list="vips"/></when><tag patient="vip"/></rule>
          <rule id="consent"><when><in list="consents"/></when><tag patient="consented"/></rule>
          <rule id="consent-of-study">
            <when><equals attribute="StudyDescription" value="agreed"/></when><tag study="consented"/>
          </rule>
        </tier>
        <tier number="3">
          <rule id="lifted-later"><when><labelled with="consented"/></when><tag study="free"/></rule>
        </tier>
        <audience id="research">
          <always><release/></always>
          <on label="vip" unless="consented"><sequester/></on>
        </audience>
        """
    private static let lists = ["vips.csv": "PatientID\nV1\nV2\n", "consents.csv": "PatientID\nV1\n"]

    private func dispositions(_ instances: DataSetBuilder...) throws -> [Disposition?] {
        let ruleSet = try Scene.ruleSet(Self.rules, lists: Self.lists)
        return try Scene.labels(ruleSet, instances.map { try DICOMFile(bytes: $0.file()) }).map {
            Decision.decide(audience: "research", labels: $0, in: ruleSet)?.disposition
        }
    }

    @Test func `one patient's consent is not another's in the same study, in either order`() throws {
        let one = DataSetBuilder.instance(study: "2.25.1", patient: "V1")
        let other = DataSetBuilder.instance(study: "2.25.1", patient: "V2")
        #expect(try dispositions(one, other) == [.sequester, .sequester])
        #expect(try dispositions(other, one) == [.sequester, .sequester])
        #expect(try dispositions(one) == [.release])
        #expect(
            try dispositions(one, DataSetBuilder.instance(study: "2.25.2", patient: "V2")) == [.release, .sequester])
    }

    @Test func `an instance that does not say whose it is takes the consent's certainty from its study`() throws {
        let one = DataSetBuilder.instance(study: "2.25.1", patient: "V1")
        #expect(
            try dispositions(one, DataSetBuilder.instance(study: "2.25.1", patient: nil)) == [.sequester, .sequester])
    }

    @Test func `a consent that is said of the study lifts for all of it`() throws {
        let one = DataSetBuilder.instance(study: "2.25.1", patient: "V2").text(Tag(0x0008, 0x1030), .LO, "agreed")
        #expect(try dispositions(one) == [.release])
    }

    @Test func `a consent that came in as a code lifts nothing`() throws {
        let one = DataSetBuilder.instance(study: "2.25.1", patient: "V2")
            .sequence(.sensitiveContentCodeSequence, [.code("CONSENT", "local")])
        #expect(try dispositions(one) == [.sequester])
    }

    @Test func `what a rule concludes from a consent of one patient alone is uncertain`() throws {
        let ruleSet = try Scene.ruleSet(Self.rules, lists: Self.lists)
        let one = DataSetBuilder.instance(study: "2.25.1", patient: "V1")
        let other = DataSetBuilder.instance(study: "2.25.1", patient: "V2")
        #expect(try Scene.labels(ruleSet, one)[0].names.contains("free"))
        #expect(try Scene.labels(ruleSet, one, other)[0].names.contains("free?"))
    }
}

/// Whose an instance is, where it says so twice or not readably.
@Suite("Identities")
struct IdentityTests {
    private static let rules = """
        <vocabulary>
          <label id="secret" tier="2" is-a="sensitive"/>
          <label id="person" tier="2" is-a="sensitive"/>
        </vocabulary>
        <tier number="2">
          <rule id="study"><when><equals attribute="StudyDescription" value="SECRET"/></when><tag study="secret"/></rule>
          <rule id="patient"><when><equals attribute="PatientComments" value="SECRET"/></when><tag patient="person"/></rule>
        </tier>
        """

    private func names(_ instances: DataSetBuilder...) throws -> [Set<String>] {
        let ruleSet = try Scene.ruleSet(Self.rules)
        return try Scene.labels(ruleSet, instances.map { try DICOMFile(bytes: $0.file()) }).map { Set($0.names) }
    }

    private let marked = DataSetBuilder.instance(study: "2.25.1", patient: "P1")
        .text(Tag(0x0010, 0x4000), .LT, "SECRET").text(Tag(0x0008, 0x1030), .LO, "SECRET")

    @Test(arguments: ["P1\\X9", "\\P1", "X9\\P1"])
    func `an instance of several patient IDs is of all of them`(_ id: String) throws {
        let other = DataSetBuilder.instance(study: "2.25.2", patient: id)
        #expect(try names(marked, other)[1].contains("person"))
        #expect(try names(other, marked)[0].contains("person"))
        let both = DataSetBuilder.instance(study: "2.25.2", patient: "X9").text(.patientID, .LO, "P1")
        #expect(try names(marked, both)[1].contains("person"))
    }

    @Test func `an instance of more patients and studies than are remembered may be anybody's`() throws {
        let patients = (1...20).map { "X\($0)" } + ["P1"], studies = (2...21).map { "2.25.\($0)" } + ["2.25.1"]
        let many = DataSetBuilder.instance(study: "2.25.2", patient: patients.joined(separator: "\\"))
        #expect(try names(marked, many)[1].contains("person?"))
        let all = DataSetBuilder.instance(study: studies.joined(separator: "\\"), patient: "P9")
        #expect(try names(marked, all)[1].contains("secret?"))
        let few = DataSetBuilder.instance(study: "2.25.2", patient: patients.prefix(5).joined(separator: "\\"))
        #expect(try names(marked, few)[1].isEmpty)
    }

    @Test func `what is said of an instance is said of every patient that it names`() throws {
        let both = DataSetBuilder.instance(study: "2.25.2", patient: "X9\\P2").text(Tag(0x0010, 0x4000), .LT, "SECRET")
        for patient in ["X9", "P2"] {
            #expect(try names(both, .instance(study: "2.25.3", patient: patient))[1].contains("person"))
        }
    }

    @Test(arguments: ["2.25.2\\2.25.1", "2.25.1\\2.25.2"])
    func `an instance of several studies is of all of them`(_ uid: String) throws {
        let other = DataSetBuilder.instance(study: uid, patient: "P9")
        #expect(try names(marked, other)[1].contains("secret"))
        #expect(try names(other, marked)[0].contains("secret"))
    }

    @Test func `an identity that cannot be read may be anybody's`() throws {
        let unreadable = DataSetBuilder().text(Tag(0x0008, 0x0005), .CS, "ISO_IR 999")
            .bytes(.patientID, .LO, Array("P\u{E9}".utf8)).text(.studyInstanceUID, .UI, "2.25.2")
        #expect(try names(unreadable)[0] == ["person?", "sensitive?"])
        #expect(try names(.instance(study: "2.25.2", patient: "P2"))[0].isEmpty)
    }
}

/// Data sets that say a thing twice, or in another form than the standard's, hide nothing by it.
@Suite("Doubled creators and misspelt sequences")
struct HidingTests {
    private static let vip = "<equals attribute=\"(0031,{SYNGO}14)\" value=\"1\"/>"

    @Test func `a private block that two creators claim is both of theirs`() throws {
        for creators in [["OTHER", "SYNGO"], ["SYNGO", "OTHER"], ["SYNGO\\OTHER"], ["OTHER\\SYNGO"]] {
            let builder = creators.reduce(DataSetBuilder()) { $0.text(DICOMCore.Tag(0x0031, 0x0010), .LO, $1) }
            #expect(
                try Scene.truth(Self.vip, builder.text(DICOMCore.Tag(0x0031, 0x1014), .LO, "1")) == .true, "\(creators)"
            )
        }
        let other = DataSetBuilder().text(DICOMCore.Tag(0x0031, 0x0010), .LO, "OTHER").text(
            DICOMCore.Tag(0x0031, 0x1014), .LO, "1")
        #expect(try Scene.truth(Self.vip, other) == .false)
    }

    @Test(arguments: [VR.OW, .LT, .UT, .OB, .UN, .LO])
    func `a sequence that is written with another VR may hold anything`(_ vr: VR) throws {
        let builder = DataSetBuilder().bytes(DICOMCore.Tag(0x0040, 0xA730), vr, [1, 2, 3, 4, 5, 6])
        #expect(try Scene.truth("<equals attribute=\"**/CodeValue\" value=\"113021\"/>", builder) == .unknown)
        let empty = DataSetBuilder().bytes(DICOMCore.Tag(0x0040, 0xA730), vr, [])
        #expect(try Scene.truth("<equals attribute=\"**/CodeValue\" value=\"113021\"/>", empty) == .false)
    }
}
