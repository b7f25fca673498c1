import RuleEngine
import RuleLanguage
import Testing

@testable import RuleAnalysis

@Suite struct DifferenceTests {
    private static let audiences = """
        <audience id="archive"><always><release/></always><on label="vip"><flag/></on><on label="violence"><sequester/></on></audience>
        """

    private func difference(_ old: String, _ new: String) throws -> RuleSetDifference {
        RuleSetDifference(
            old: try Rules.ruleSet(Rules.vocabulary + Self.audiences + old),
            new: try Rules.ruleSet(Rules.vocabulary + Self.audiences + new))
    }

    private func rule(_ condition: String, _ label: String = "vip", _ id: String = "r") -> String {
        Rules.rule(id, condition, tier: 2, tag: "<tag study=\"\(label)\"/>")
    }

    private func verdict(_ entries: [RuleSetDifference.Entry], _ name: String) -> RuleSetDifference.Verdict? {
        entries.first { $0.name == name }?.verdict
    }

    @Test func `another order, other names and double negation are equivalent`() throws {
        let a = "<equals attribute=\"PatientID\" value=\"X\"/>", b = "<present attribute=\"PatientComments\"/>"
        let found = try difference(
            rule("<any>\(a)\(b)</any>"), rule("<not><not>\(a)</not></not>", "vip", "s") + rule(b, "vip", "t"))
        #expect(found.isEquivalent)
        #expect(found.audiences.allSatisfy { $0.remark == nil })
    }

    @Test func `a wider condition is stricter, a narrower laxer, another both`() throws {
        let x = "<equals attribute=\"PatientID\" value=\"X\"/>", y = "<equals attribute=\"PatientID\" value=\"Y\"/>"
        let either = "<any>\(x)\(y)</any>"
        for (old, new, expected) in [
            (x, either, RuleSetDifference.Verdict.stricter), (either, x, .laxer), (x, y, .different),
        ] {
            let found = try difference(rule(old), rule(new))
            #expect(verdict(found.labels, "vip") == expected)
            #expect(verdict(found.audiences, "archive") == expected)
            #expect(!found.isEquivalent)
            let shown = try #require(found.audiences.first?.shown)
            #expect(shown.count == (expected == .different ? 2 : 1))
        }
    }

    @Test func `a label that changes its name and nothing else changes no decision`() throws {
        let old =
            Rules.vocabulary + rule("<present attribute=\"PatientComments\"/>", "vip")
            + "<audience id=\"a\"><always><release/></always><on label=\"vip violence\"><flag/></on></audience>"
        let new =
            Rules.vocabulary + rule("<present attribute=\"PatientComments\"/>", "violence")
            + "<audience id=\"a\"><always><release/></always><on label=\"vip violence\"><flag/></on></audience>"
        let found = RuleSetDifference(old: try Rules.ruleSet(old), new: try Rules.ruleSet(new))
        #expect(verdict(found.audiences, "a") == .equivalent)
        #expect(verdict(found.labels, "vip") == .laxer && verdict(found.labels, "violence") == .stricter)
    }

    @Test func `a clause that loosens, an obligation and a profile are differences`() throws {
        func audience(_ clause: String, profile: String = "<remove anything=\"true\"/>") -> String {
            "<profile id=\"p\">\(profile)</profile><audience id=\"a\"><always><release/></always><on label=\"vip\">\(clause)</on></audience>"
        }
        func compare(_ old: String, _ new: String) throws -> RuleSetDifference.Entry? {
            RuleSetDifference(
                old: try Rules.ruleSet(Rules.vocabulary + old), new: try Rules.ruleSet(Rules.vocabulary + new)
            ).audiences.first
        }
        #expect(try compare(audience("<sequester/>"), audience("<flag/>"))?.verdict == .laxer)
        let oblige = "<flag/><oblige system=\"ActCode\" code=\"AUDIT\"/>"
        #expect(try compare(audience("<flag/>"), audience(oblige))?.verdict == .different)
        let keeps = "<keep attribute=\"PatientSex\"/><remove anything=\"true\"/>"
        let changed = try compare(
            audience("<deidentify profile=\"p\"/>"), audience("<deidentify profile=\"p\"/>", profile: keeps))
        #expect(changed?.verdict == .different && changed?.shown.first?.example != nil)
        #expect(try compare(audience("<flag/>"), audience("<flag/>", profile: keeps))?.verdict == .equivalent)
    }

    @Test func `a profile that looks up in another list, or in one of other rows, is another one`() throws {
        let body = """
            <list id="ids" href="ids.csv" key="PatientID" value="Pseudonym"/><list id="words" href="words.csv" key="Word"/>
            <profile id="p">
              <text><keep-words list="words"/></text><remove anything="true"/>
              <lookup attribute="PatientID" list="ids" otherwise="remove"/>
            </profile>
            <audience id="a"><always><deidentify profile="p"/></always></audience>
            """
        func ruleSet(_ pseudonym: String, _ word: String) throws -> RuleSet {
            try Rules.ruleSet(
                Rules.vocabulary + body,
                files: ["ids.csv": "PatientID,Pseudonym\nA,\(pseudonym)\n", "words.csv": "Word\n\(word)\n"])
        }
        let old = try ruleSet("S1", "Crohn")
        #expect(RuleSetDifference(old: old, new: try ruleSet("S1", "Crohn")).isEquivalent)
        for (pseudonym, word) in [("S2", "Crohn"), ("S1", "Smith")] {
            let found = RuleSetDifference(old: old, new: try ruleSet(pseudonym, word))
            #expect(verdict(found.audiences, "a") == .different, "\(pseudonym), \(word)")
        }
    }

    @Test func `to the patient is not to the study`() throws {
        let condition = "<present attribute=\"PatientComments\"/>"
        let found = try difference(
            rule(condition), Rules.rule("r", condition, tier: 2, tag: "<tag patient=\"vip\"/>"))
        #expect(verdict(found.labels, "vip") == .different)
        #expect(!found.isEquivalent)
    }

    @Test func `where another instance may bring what a rule asks for, it is said that studies of several may differ`()
        throws
    {
        let body =
            Rules.vocabulary
            + "<audience id=\"a\"><always><release/></always><on label=\"evidence\"><sequester/></on></audience>"
            + Rules.rule(
                "asks", "<all><labelled with=\"vip\"/><present attribute=\"PatientComments\"/></all>", tier: 3,
                tag: "<tag study=\"evidence\"/>")
        let old = try Rules.ruleSet(body + rule("<absent attribute=\"PatientComments\"/>"))
        let entry = try #require(RuleSetDifference(old: old, new: try Rules.ruleSet(body)).audiences.first)
        // In the old one an instance without comments brought the label to one with them; alone, neither had the other.
        #expect(entry.verdict == .equivalent && entry.remark != nil)
        let same = RuleSetDifference(old: old, new: old)
        #expect(same.isEquivalent && same.audiences.allSatisfy { $0.remark == nil })
    }

    @Test func `what came and went is said, and codes that mean something else`() throws {
        let old = Rules.vocabulary + "<audience id=\"a\"><always><release/></always></audience>"
        let new = """
            <vocabulary>
              <label id="vip" tier="2" is-a="sensitive" system="ActCode" code="VIP2"/>
              <label id="violence" tier="2" is-a="sensitive" system="ActCode" code="SDV"/>
              <label id="evidence" tier="3" is-a="violence"/>
            </vocabulary>
            <audience id="b"><always><release/></always></audience>
            """
        let found = RuleSetDifference(old: try Rules.ruleSet(old), new: try Rules.ruleSet(new))
        #expect(verdict(found.audiences, "a") == .removed && verdict(found.audiences, "b") == .added)
        #expect(verdict(found.labels, "consented") == .removed)
        #expect(found.codes == ["VIP ActCode", "VIP2 ActCode"])
    }

    @Test func `what is too large is not known, and never equivalent`() throws {
        let x = "<equals attribute=\"PatientID\" value=\"X\"/>"
        let old = try Rules.ruleSet(Rules.vocabulary + Self.audiences + rule(x))
        let found = RuleSetDifference(old: old, new: old, maximumNodes: 4)
        #expect(found.audiences.allSatisfy { $0.verdict == .notKnown } && !found.isEquivalent)
    }

    private func holding(_ condition: String, _ scope: String = "study", custodian: String = "Roe") -> String {
        Rules.rule(
            "h", condition, tier: 2,
            tag: "<tag study=\"vip\"/><tag patient=\"vip\"/><hold scope=\"\(scope)\" matter=\"M/1\" "
                + "custodian=\"\(custodian)\" reason=\"court\"/>")
    }

    @Test func `what is held no more is seen, though every label is given as before`() throws {
        let x = "<equals attribute=\"PatientID\" value=\"X\"/>", y = "<equals attribute=\"PatientID\" value=\"Y\"/>"
        let either = "<any>\(x)\(y)</any>"
        let tags = "<tag study=\"vip\"/><tag patient=\"vip\"/>"
        let without = Rules.rule("h", x, tier: 2, tag: tags)
        let gone = try difference(holding(x), without)
        #expect(verdict(gone.holds, "M/1 (study)") == .removed && !gone.isEquivalent)
        #expect(gone.labels.allSatisfy { $0.verdict == .equivalent })
        #expect(try verdict(difference(without, holding(x)).holds, "M/1 (study)") == .added)
        for (old, new, expected) in [
            (x, either, RuleSetDifference.Verdict.stricter), (either, x, .laxer), (x, y, .different),
        ] {
            let found = try difference(holding(old), holding(new))
            #expect(verdict(found.holds, "M/1 (study)") == expected)
            #expect(found.holds.first?.shown.count == (expected == .different ? 2 : 1))
        }
        let narrower = try difference(
            holding(either) + Rules.rule("r", either, tier: 2, tag: tags),
            holding(x) + Rules.rule("r", either, tier: 2, tag: tags))
        #expect(verdict(narrower.holds, "M/1 (study)") == .laxer)
        #expect(narrower.labels.allSatisfy { $0.verdict == .equivalent })
    }

    @Test func `a hold by another rule is the same hold, one of other terms or of another scope is not`() throws {
        let x = "<equals attribute=\"PatientID\" value=\"X\"/>"
        let twice = "<not><not>\(x)</not></not>"
        #expect(try difference(holding(x), holding(twice)).isEquivalent)
        let terms = try difference(holding(x), holding(x, custodian: "Doe"))
        #expect(verdict(terms.holds, "M/1 (study)") == .different)
        let scopes = try difference(holding(x), holding(x, "patient"))
        #expect(verdict(scopes.holds, "M/1 (study)") == .removed && verdict(scopes.holds, "M/1 (patient)") == .added)
    }

    @Test func `a profile that stands on other lines does the same`() throws {
        let profile = """
            <profile id="p"><concepts system="DCM"><keep code="121071"/></concepts><remove anything="true"/></profile>
            <audience id="a"><always><deidentify profile="p"/></always></audience>
            """
        let old = try Rules.ruleSet(Rules.vocabulary + profile)
        #expect(RuleSetDifference(old: old, new: try Rules.ruleSet(Rules.vocabulary + "\n\n" + profile)).isEquivalent)
    }

    @Test func `what lifts by the study is not what lifts by the patient, who may have no ID`() throws {
        let body =
            Rules.vocabulary
            + "<audience id=\"a\"><always><release/></always><on label=\"vip\" unless=\"consented\"><sequester/></on></audience>"
            + rule("<present attribute=\"PatientComments\"/>")
        func lifting(_ tag: String) throws -> RuleSet {
            try Rules.ruleSet(body + Rules.rule("c", "<present attribute=\"StudyComments\"/>", tier: 2, tag: tag))
        }
        let study = try lifting("<tag study=\"consented\"/>"), patient = try lifting("<tag patient=\"consented\"/>")
        for (old, new) in [(study, patient), (patient, study)] {
            let entry = try #require(RuleSetDifference(old: old, new: new).audiences.first)
            #expect(entry.verdict != .equivalent && entry.remark != nil)
        }
        for same in [study, patient] {
            #expect(verdict(RuleSetDifference(old: same, new: same).audiences, "a") == .equivalent)
        }
    }
}
