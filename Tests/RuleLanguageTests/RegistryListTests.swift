import RuleLanguage
import Testing

@Suite("Lists of the registry")
struct RegistryListTests {
    private func load(_ rows: [[String]]?) -> (RuleSet?, [Finding]) {
        let lists = RegistryLists { $0 == "vip" ? rows : nil }
        return RuleSetLoader(registryLists: lists).load(
            text: Marked.ruleSet("<list id=\"v\" registry=\"vip\" key=\"PatientID IssuerOfPatientID\"/>"))
    }

    @Test func `rows mean what those of a file mean, whatever is in their cells`() throws {
        let (ruleSet, findings) = load([
            ["Note", "PatientID", "IssuerOfPatientID"], ["a \"\u{301}b\", c\r\nd", "A,1", ""], ["", " B \"2", "X"],
        ])
        #expect(findings.isEmpty, "\(listed(findings))")
        let list = try #require(ruleSet?.lists["v"])
        #expect(list.isKnown && list.registryName == "vip" && list.count == 2)
        #expect(list.contains(["A,1", "anybody"]) == .found)
        #expect(list.contains(["B \"2", "X"]) == .found)
        #expect(list.contains(["B \"2", nil]) == .undecided)
    }

    @Test func `another row is another digest`() throws {
        let columns = ["PatientID", "IssuerOfPatientID"]
        let one = load([columns, ["A", ""]]).0, two = load([columns, ["A", ""], ["B", ""]]).0
        #expect(
            one?.digest != nil && one?.digest != two?.digest && one?.digest == load([columns, ["A", ""]]).0?.digest)
    }

    @Test func `a list that the registry does not have, or that lacks a column, is an error`() {
        #expect(load(nil).1.map(\.code) == ["unknown-list"])
        #expect(load([["PatientID"], ["A"]]).1.map(\.code) == ["missing-column"])
    }

    @Test func `without a registry the rule set says what it needs`() throws {
        func need(_ body: String) -> String? {
            RuleSetLoader().load(text: Marked.ruleSet(body)).ruleSet?.needOfRegistry
        }
        let rule = "<when><present attribute=\"PatientID\"/></when><tag study=\"sensitive\"/>"
        #expect(need("<list id=\"v\" registry=\"vip\" key=\"PatientID\"/>") == "the list `v`")
        #expect(
            need(
                "<tier number=\"1\"><rule id=\"r\"><when><not><held/></not></when><tag study=\"sensitive\"/></rule></tier>"
            )
                == "`held` in the rule `r`")
        #expect(
            need(
                """
                <tier number="1"><rule id="r">\(rule)
                <hold scope="study" matter="M" custodian="C" reason="R"/></rule></tier>
                """) == "the hold that the rule `r` places")
        #expect(need("<tier number=\"1\"><rule id=\"r\">\(rule)</rule></tier>") == nil)
    }
}
