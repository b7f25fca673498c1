@testable import RuleLanguage
import Testing

/// What a rule set says, without where it says it.
enum Fingerprint {
    static func of(_ ruleSet: RuleSet) -> String {
        var lines = ["\(ruleSet.id) \(ruleSet.revision) \(ruleSet.tier)"]
        for label in ruleSet.labels.values.sorted(by: { $0.id < $1.id }) {
            var label = label
            label.location = nowhere
            lines.append("\(label)")
        }
        for list in ruleSet.lists.values.sorted(by: { $0.id < $1.id }) {
            lines.append("\(list.id) \(list.keys) \(list.count)")
        }
        for rule in ruleSet.rules {
            lines.append(
                "\(rule.tier) \(rule.id) \(rule.studyLabels) \(rule.patientLabels) \(ConditionText.of(rule.condition))")
        }
        for profile in ruleSet.profiles.values.sorted(by: { $0.id < $1.id }) {
            var settings = profile.settings
            for index in settings.concepts.indices { settings.concepts[index].location = nowhere }
            lines.append(
                "\(profile.id) \(profile.parents) \(profile.ancestors) \(profile.methodCodes) "
                    + "\(profile.burnedInAnnotation) \(settings)")
            for statement in profile.statements { lines.append("\(statement.selector) \(statement.action)") }
        }
        for audience in ruleSet.audiences.values.sorted(by: { $0.id < $1.id }) {
            lines.append("\(audience.id) \(audience.always)")
            for clause in audience.clauses {
                lines.append("\(clause.labels) \(clause.unless ?? "") \(clause.consequence)")
            }
        }
        return lines.joined(separator: "\n")
    }

    static let nowhere = SourceLocation(file: "", line: 0)
}

@Suite("Order does not matter (P4)")
struct OrderTests {
    /// The document with the children of those elements shuffled whose order has no meaning: all of them.
    private func shuffled(_ element: XMLElement, _ generator: inout Generator) -> String {
        let attributes = element.attributes.shuffled(using: &generator).map { " \($0.name)=\"\(escaped($0.value))\"" }
        let children = element.children.shuffled(using: &generator).map { shuffled($0, &generator) }
        let namespace = element.name == "ruleset" ? " xmlns=\"urn:cordon:rules:1\"" : ""
        let text = children.isEmpty ? escaped(element.text) : ""
        return
            "<\(element.name)\(namespace)\(attributes.joined())>\(text)\(children.joined(separator: "\n"))</\(element.name)>"
    }

    private func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }

    @Test func `shuffled children give an equal rule set`() throws {
        let folder = try Folder()
        folder.write("lists/vip.csv", "PatientID,IssuerOfPatientID\nA1,HOSP\nA2,\n")
        let root = try #require(
            XMLDocument(path: "a.xml", bytes: Array(GoodRuleSetTests.hospital.utf8), log: FindingLog()).root)
        let path = folder.write("site.xml", GoodRuleSetTests.hospital)
        let expected = Fingerprint.of(try #require(RuleSetLoader().load(path: path).ruleSet))
        var generator = Generator(state: 1)
        for _ in 0..<20 {
            let text = shuffled(root, &generator)
            let (ruleSet, findings) = RuleSetLoader().load(path: folder.write("site.xml", text))
            #expect(Fingerprint.of(try #require(ruleSet, "\(listed(findings))")) == expected)
        }
    }

    @Test func `clauses that differ only in where they stand keep one order`() {
        let text = Marked.ruleSet(
            "<audience id=\"a\"><always><release/></always><on label=\"sensitive\"><flag/></on>"
                + "<on label=\"sensitive\"><sequester/></on></audience>")
        let clauses = RuleSetLoader().load(text: text).ruleSet?.audiences["a"]?.clauses ?? []
        #expect(clauses.map(\.consequence.disposition) == [.flag, .sequester])
    }
}
