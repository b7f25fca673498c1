@testable import RuleLanguage
import Testing

@Suite("The schema")
struct SchemaTests {
    private static let nodes = XMLReader(schema: nil).read(PackageResources.rules_xsd).nodes

    @Test func `every element and attribute is documented for editors`() {
        for node in Self.nodes where ["element", "attribute", "simpleType"].contains(node.name) {
            let name = node.attributes.first { $0.name == "name" }?.value ?? "?"
            let documentation = node.children.first.map { Self.nodes[$0] }
            #expect(documentation?.name == "annotation", "\(node.name) \(name)")
        }
    }

    @Test func `what we read from the schema is what it says`() {
        let grammar = Grammar.rules
        #expect(grammar.type("ruleset")?.childNames.contains("audience") == true)
        #expect(grammar.type("oneCondition")?.childNames.count == 20)
        #expect(
            grammar.type("textComparison")?.attributes.map(\.name) == [
                "attribute", "component", "group", "value", "fold",
            ])
        #expect(grammar.type("on") == nil)
        #expect(grammar.simpleTypes["component"]?.values == ["family", "given", "middle", "prefix", "suffix"])
        for type in grammar.complexTypes.values {
            for child in type.children.values where grammar.type(child) == nil {
                #expect(grammar.simpleTypes[child] != nil || child == "string", "\(child)")
            }
        }
    }

    @Test func `every word of the schema is understood by the loader`() {
        // A condition that the parser does not know would be refused, with the code `invalid`.
        for name in Grammar.rules.type("oneCondition")?.childNames ?? [] {
            let text = Marked.condition("<\(name)/>")
            let (ruleSet, findings) = RuleSetLoader().load(text: text)
            #expect(
                (ruleSet == nil) != findings.isEmpty && !findings.contains { $0.code == "invalid" },
                "\(name) \(listed(findings))")
        }
    }

    @Test func `every finding has a mistake that shows it`() {
        let cases = [
            ShapeFindingTests.cases, LabelFindingTests.cases, AttributeFindingTests.cases, RuleFindingTests.cases,
            ProfileFindingTests.cases, AudienceFindingTests.cases, SettingFindingTests.cases, ProfileJoiningTests.cases,
            AssertionFindingTests.cases,
        ]
        // Shown by files of their own, in the suites about includes, lists and hostile input.
        let elsewhere: Set<FindingCode> = [
            .unreadableFile, .fileTooLarge, .includeCycle, .tooDeep, .tierInInclude, .emptyList, .missingColumn,
            .badCSV,
            .raggedRow, .emptyKey, .tooManyKeys, .keyCount, .tooManyFindings, .emptyValue, .differentValues,
            .noValueColumn, .badCertificate,
        ]
        // What no file should be able to bring about, and a thousand files.
        let untested: Set<FindingCode> = [.invalid, .tooManyFiles]
        let shown = Set(cases.joined().map(\.code)).union(elsewhere.map(\.rawValue)).union(untested.map(\.rawValue))
        #expect(shown == Set(FindingCode.allCases.map(\.rawValue)))
    }

    @Test func `a stable name is given to every finding once`() {
        let codes = FindingCode.allCases.map(\.rawValue)
        #expect(Set(codes).count == codes.count)
        #expect(codes.allSatisfy { $0.allSatisfy { $0.isLowercase || $0 == "-" } })
    }
}
