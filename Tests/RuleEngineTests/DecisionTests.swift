import RuleLanguage
import Testing

@testable import RuleEngine

@Suite("Decisions")
struct DecisionTests {
    static let rules = """
        <vocabulary system="ActCode">
          <label id="vip" tier="2" is-a="sensitive" code="VIP"/>
          <label id="violence" tier="2" is-a="sensitive" code="SDV"/>
          <label id="held" tier="2" is-a="sensitive" system="DCM" code="113021"/>
          <label id="consented" tier="2" lifts="vip" system="local" code="CONSENT"/>
          <label id="normal" tier="2" is-a="sensitive" system="Confidentiality" code="N" dimension="confidentiality"/>
          <label id="restricted" tier="2" is-a="sensitive" system="Confidentiality" code="R" dimension="confidentiality"/>
          <label id="very" tier="2" is-a="sensitive" system="Confidentiality" code="V" dimension="confidentiality"/>
        </vocabulary>
        <profile id="basic"><remove anything="true"/></profile>
        <profile id="strict" extends="basic"><remove attribute="StudyDate"/></profile>
        <audience id="archive" purpose="TREAT">
          <always><release/><oblige system="ActCode" code="AUDIT"/></always>
          <on label="vip violence"><flag carry="sensitive-content"/><oblige system="ActCode" code="ENCRYPT"/></on>
        </audience>
        <audience id="research" purpose="HRESCH">
          <always><deidentify profile="basic"/></always>
          <on label="sensitive"><deidentify profile="strict"/></on>
          <on label="held violence"><sequester/></on>
          <on label="vip" unless="consented"><sequester/></on>
        </audience>
        """

    static func assigned(_ names: String...) -> [AssignedLabel] {
        names.map { name in
            AssignedLabel(label: name.filter { $0 != "?" }, isCertain: !name.hasSuffix("?"), reasons: [])
        }
    }

    static func decide(_ audience: String, _ names: String...) throws -> Decision {
        let labels = names.map {
            AssignedLabel(label: $0.filter { $0 != "?" }, isCertain: !$0.hasSuffix("?"), reasons: [])
        }
        return try #require(Decision.decide(audience: audience, labels: labels, in: Scene.ruleSet(rules)))
    }

    @Test func `always applies to every study, clauses only restrict`() throws {
        let plain = try Self.decide("archive")
        #expect(plain.disposition == .release && !plain.carriesLabels && plain.profile == nil)
        #expect(plain.obligations.map(\.code) == ["AUDIT"])
        let vip = try Self.decide("archive", "vip", "sensitive")
        #expect(vip.disposition == .flag && vip.carriesLabels)
        #expect(vip.obligations.map(\.code) == ["AUDIT", "ENCRYPT"])
        #expect(vip.clauses.map(\.labels) == [["vip"], []])
        #expect(vip.labels.map(\.label) == ["sensitive", "vip"])
    }

    @Test func `an uncertain label applies, and an uncertain one lifts nothing`() throws {
        #expect(try Self.decide("research", "vip?").disposition == .sequester)
        #expect(try Self.decide("research", "vip", "consented?").disposition == .sequester)
        let lifted = try Self.decide("research", "vip", "consented")
        #expect(lifted.disposition == .deidentify)
        #expect(lifted.clauses.last?.liftedBy == "consented")
        #expect(lifted.clauses.last?.disposition == .sequester)
        #expect(try Self.decide("research", "vip", "held", "consented").disposition == .sequester)
    }

    @Test func `of several profiles the one that extends the others is taken`() throws {
        #expect(try Self.decide("research").profile == "basic")
        #expect(try Self.decide("research", "sensitive").profile == "strict")
        #expect(try Self.decide("research", "sensitive").clauses.first?.labels == ["sensitive"])
        let sequestered = try Self.decide("research", "violence", "sensitive")
        #expect(sequestered.profile == nil && sequestered.disposition == .sequester)
    }

    @Test func `the highest confidentiality is the effective one`() throws {
        #expect(try Self.decide("archive").confidentiality == nil)
        #expect(try Self.decide("archive", "restricted", "normal").confidentiality == "R")
        #expect(try Self.decide("archive", "restricted", "very?", "normal").confidentiality == "V")
    }

    @Test func `nobody decides for an audience that does not exist`() throws {
        #expect(try Decision.decide(audience: "press", labels: [], in: Scene.ruleSet(Self.rules)) == nil)
    }

    @Test func `what the loader would refuse lets nothing through`() throws {
        var ruleSet = try Scene.ruleSet(Self.rules)
        // Two profiles that do not extend each other; a label that lifts without saying so.
        ruleSet.profiles["strict"]?.ancestors = []
        #expect(
            Decision.decide(audience: "research", labels: Self.assigned("sensitive"), in: ruleSet)?.disposition
                == .sequester)
        ruleSet = try Scene.ruleSet(Self.rules)
        ruleSet.labels["consented"]?.lifts = ["held"]
        #expect(
            Decision.decide(audience: "research", labels: Self.assigned("vip", "consented"), in: ruleSet)?.disposition
                == .sequester)
    }

    /// Every subset of the labels, each label certain, uncertain or not there.
    @Test(arguments: ["archive", "research"])
    func `adding a label never loosens, unless it lifts and is certain; certainty of others changes nothing`(
        _ audience: String
    ) throws {
        let ruleSet = try Scene.ruleSet(Self.rules)
        let names = ["vip", "violence", "held", "sensitive", "consented", "restricted"]
        func labels(_ number: Int) -> [AssignedLabel] {
            var rest = number
            return names.compactMap { name in
                defer { rest /= 3 }
                return rest % 3 == 0 ? nil : AssignedLabel(label: name, isCertain: rest % 3 == 1, reasons: [])
            }
        }
        let count = names.reduce(1) { product, _ in product * 3 }
        for number in 0..<count {
            let before = labels(number)
            let decision = try #require(Decision.decide(audience: audience, labels: before, in: ruleSet))
            #expect(Decision.decide(audience: audience, labels: before.reversed(), in: ruleSet) == decision)
            for name in names where !before.contains(where: { $0.label == name }) {
                for isCertain in [true, false] {
                    let after = before + [AssignedLabel(label: name, isCertain: isCertain, reasons: [])]
                    let next = try #require(Decision.decide(audience: audience, labels: after, in: ruleSet))
                    if name == "consented", isCertain { continue }
                    #expect(next.disposition >= decision.disposition)
                    #expect(Set(next.obligations).isSuperset(of: decision.obligations))
                }
            }
        }
    }
}
