import DICOMCore
import DICOMFile
import RuleLanguage
import TestSupport
import Testing

@testable import RuleEngine

@Suite("Codes that came in")
struct IncomingCodeTests {
    static let vocabulary = """
        <vocabulary system="DCM">
          <label id="sensitive" tier="1" code="131395" meaning="Sensitive Content"/>
          <label id="personal" tier="2" is-a="sensitive" code="131392"/>
          <label id="scar" tier="3" is-a="personal" system="SCT" code="12402003"/>
          <label id="consented" tier="2" lifts="personal" system="local" code="CONSENT"/>
        </vocabulary>
        """

    static func content(_ items: [DataSetBuilder]) -> DataSetBuilder {
        DataSetBuilder().sequence(.sensitiveContentCodeSequence, items).text(.studyInstanceUID, .UI, "2.25.1")
    }

    static func names(_ items: [DataSetBuilder], tier: Int = 4) throws -> [String] {
        try Scene.labels(Scene.ruleSet(vocabulary, tier: tier), content(items))[0].names
    }

    @Test func `a known code is its label with all ancestors, within the tier of the site`() throws {
        let scar = [DataSetBuilder.code("12402003", "SCT")]
        #expect(try Self.names(scar) == ["personal", "scar", "sensitive"])
        #expect(try Self.names(scar, tier: 3) == ["personal", "scar", "sensitive"])
        #expect(try Self.names(scar, tier: 2) == ["personal", "sensitive"])
        #expect(try Self.names(scar, tier: 1) == ["sensitive"])
        #expect(try Self.names([.code("CONSENT", "local")], tier: 1) == [])
        #expect(try Self.names([.code("CONSENT", "local")]) == ["consented?"])
    }

    @Test func `a code that nobody knows is sensitive`() throws {
        #expect(try Self.names([.code("12402003", "SRT")]) == ["sensitive"])
        #expect(try Self.names([.code("131392", "DCM"), .code("X", "99Y")]) == ["personal", "sensitive"])
        let urn = DataSetBuilder().text(.urnCodeValue, .UR, "urn:lex:us:federal:codified.regulation")
        #expect(try Self.names([urn]) == ["sensitive"])
    }

    static let unreadable: [DataSetBuilder] = [
        DataSetBuilder(), DataSetBuilder().text(.codeMeaning, .LO, "Personal"),
        DataSetBuilder().text(.codeValue, .SH, "131392"), DataSetBuilder().text(.codingSchemeDesignator, .SH, "DCM"),
        DataSetBuilder().bytes(.codeValue, .SH, [0xE9]).text(.codingSchemeDesignator, .SH, "DCM"),
        DataSetBuilder().text(.codeValue, .SH, "131392").bytes(.codingSchemeDesignator, .SH, [0xE9]),
        DataSetBuilder().bytes(.codeValue, .US, [1, 2]).text(.codingSchemeDesignator, .SH, "DCM"),
    ]

    @Test(arguments: unreadable)
    func `an item whose code cannot be read is sensitive, uncertainly`(_ item: DataSetBuilder) throws {
        #expect(try Self.names([item]) == ["sensitive?"])
        #expect(try Self.names([item, .code("131392", "DCM")]) == ["personal", "sensitive"])
    }

    @Test func `a sequence that cannot be taken apart is sensitive, uncertainly; an empty one is nothing`() throws {
        let ruleSet = try Scene.ruleSet(Self.vocabulary)
        for vr in [VR.UN, .OB, .LO] {
            let opaque = DataSetBuilder().bytes(.sensitiveContentCodeSequence, vr, [0x41, 0x42, 0x43, 0x44])
            #expect(try Scene.labels(ruleSet, opaque)[0].names == ["sensitive?"])
        }
        #expect(try Self.names([]) == [])
        #expect(try Scene.labels(ruleSet, DataSetBuilder().bytes(.sensitiveContentCodeSequence, .UN, []))[0] == [])
    }

    @Test func `long codes, codes beside each other, a second sequence`() throws {
        let long = DataSetBuilder().text(.codingSchemeDesignator, .SH, "DCM").text(.longCodeValue, .UC, "131392")
        #expect(try Self.names([long]) == ["personal", "sensitive"])
        let twice = DataSetBuilder().sequence(.sensitiveContentCodeSequence, [])
            .sequence(.sensitiveContentCodeSequence, [.code("131392 ", " DCM")])
        #expect(try Scene.labels(Scene.ruleSet(Self.vocabulary), twice)[0].names == ["personal", "sensitive"])
        let nested = DataSetBuilder().sequence(Tag(0x0008, 0x1140), [Self.content([.code("131392", "DCM")])])
        #expect(try Scene.labels(Scene.ruleSet(Self.vocabulary), nested)[0].names == [])
    }

    @Test func `reasons name the known code and keep an unknown one to themselves`() throws {
        let labels = try Scene.labels(
            Scene.ruleSet(Self.vocabulary), Self.content([.code("131392", "DCM"), .code("Jane Doe", "99Y")]))[0]
        let personal = try #require(labels.first { $0.label == "personal" })
        #expect(personal.reasons.map(\.kind) == [.incomingCode])
        #expect(personal.reasons.map(\.id) == ["131392 DCM"])
        #expect(personal.reasons[0].evidence.map(\.attribute) == ["(0008,001D)/1"])
        let sensitive = try #require(labels.first { $0.label == "sensitive" })
        #expect(sensitive.reasons.map(\.kind) == [.unknownCode, .impliedBy])
        #expect(sensitive.reasons[0].evidence.map(\.attribute) == ["(0008,001D)/2"])
        #expect(!"\(labels)".contains("Jane"))
    }

    @Test func `sensitive is there in a rule set that declares nothing`() throws {
        let ruleSet = RuleSet(
            id: "bare", revision: "1", digest: "", tier: 1, sources: [], labels: [:], lists: [:], rules: [],
            profiles: [:], audiences: [:])
        #expect(try Scene.labels(ruleSet, Self.content([.code("131395", "DCM")]))[0].names == ["sensitive"])
        #expect(try Scene.labels(ruleSet, Self.content([.code("X", "Y")]))[0].names == ["sensitive"])
    }
}
